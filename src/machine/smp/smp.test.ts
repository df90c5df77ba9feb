/** Harts with a thread each: test/support/bare-machine/smp/harts.c says what each program checks. */
import { describe, expect, it } from 'vitest';
import { hasInterpreter } from '../../../test/support/bare-machine/bare-machine.ts';
import {
  compileHarts,
  type Run,
  runHarts,
} from '../../../test/support/bare-machine/smp/threaded-machine.ts';

const SEED = Number(process.env['SEED'] ?? 20_241_121);
/** By hand, for long: ROUNDS=100 npx vitest run --project unit src/machine/smp */
const FACTOR = Number(process.env['ROUNDS'] ?? 1);

const MMIO_ROUNDS = 40 * FACTOR;
const ROUNDS: Run['rounds'] = {
  amo: 4000 * FACTOR,
  lrsc: 4000 * FACTOR,
  spinlock: 2000 * FACTOR,
  litmus: 40 * FACTOR,
  ipi: 60 * FACTOR,
  timer: 20 * FACTOR,
  fencedCode: 20 * FACTOR,
  remoteCode: 20 * FACTOR,
  mmio: MMIO_ROUNDS,
  tearing: 1000 * FACTOR,
  shootdown: 300 * FACTOR,
  fabricIpi: 40 * FACTOR,
};
/** Code that is tracked needs no fence.i. */
const TRACKED: Run['rounds'] = {
  lrsc: 1000 * FACTOR,
  shootdown: 100 * FACTOR,
  trackedCode: 20 * FACTOR,
};

/** Title, and how the programs run. */
const RUNS: readonly [string, Omit<Run, 'seed'>][] = [
  ['2, interpreted', { harts: 2, rounds: ROUNDS }],
  ['2, translated', { harts: 2, rounds: ROUNDS, isTranslating: true }],
  ['2, tracking code', { harts: 2, rounds: TRACKED, tracksCode: true, isTranslating: true }],
  ['2 that take turns', { harts: 2, rounds: ROUNDS, takesTurns: true }],
  ['4', { harts: 4, rounds: { amo: 4000, lrsc: 4000, spinlock: 2000, shootdown: 50 } }],
];

describe.skipIf(!hasInterpreter())('harts in threads', () => {
  const elf = compileHarts();

  it.each(RUNS)('%s', (_title, options) => {
    const { status, output } = runHarts(elf, { ...options, seed: SEED });
    expect(status, `seed ${SEED}`).toBe(0);
    // Each hart wrote three bytes under a lock.
    const written = (options.rounds.mmio ?? 0) * options.harts;
    expect(output.match(/<[a-h]>/g)?.length ?? 0).toBe(written);
    expect(output.length).toBe(3 * written);
  });

  it('report one that fails', () => {
    expect(() => runHarts(elf, { harts: 2, rounds: { failure: 1 }, seed: SEED })).toThrow(
      /the thread of hart 1 failed: Error: the test firmware was told to fail/,
    );
  });

  it('report one that is ended from outside', () => {
    expect(() => runHarts(elf, { harts: 2, rounds: { vanishing: 1 }, seed: SEED })).toThrow(
      /the thread of hart 1 is gone/,
    );
  });
});
