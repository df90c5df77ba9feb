/** An interrupt that a hart's own store raises is taken where it is enabled, not when the slice happens to end. */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  symbolsOf,
} from '../../test/support/bare-machine/bare-machine.ts';
import { ConformanceMachine, MODES } from '../../test/support/bare-machine/conformance-machine.ts';

/** The loop behind the store: one turn of it may be over before the engine looks. */
const MOST = 16;

describe.skipIf(!hasInterpreter())('the latency of interrupts', () => {
  const elf = assemble('latency.S', 0x8000_0000);
  const symbols = symbolsOf(elf);

  it.each(MODES)('is a few instructions: %s', (mode) => {
    const conformance = new ConformanceMachine(mode);
    conformance.load(elf);
    const isDone = () => conformance.machine.powerOffStatus !== undefined;
    expect(conformance.run(10_000_000, isDone)).toBe(true);
    for (const name of ['external', 'software']) {
      const latency = conformance.word(symbols.get(name) ?? 0);
      expect(latency, name).toBeGreaterThan(0);
      expect(latency, name).toBeLessThan(MOST);
    }
  });
});
