/** Instructions of extensions that a machine does not have are illegal in every tier. */
import { expect, it } from 'vitest';
import { parseIsa } from '../../src/isa/extensions.ts';
import type { Instruction } from '../../src/isa/instruction.ts';
import { EXTENSIONS_OF, INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { CAUSE } from '../../src/isa/trap.ts';
import { createEngine } from '../../src/jit/engine.ts';
import { Exit } from '../../src/machine/engine.ts';
import { step } from '../../src/machine/evaluate.ts';
import { createState } from '../../src/machine/evaluator-state.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { interpreterModule, SYNCHRONOUS } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';

const BASE = 0x8010_0000;
const SMALL = parseIsa('rv64ic');
const C_FLD = 0x2000;
const NOP = 0x13;

/** Named hints are other instructions without their extension. */
const isHint = ({ name }: Instruction): boolean => /^(pause|ntl|prefetch)/.test(name);
const absent = INSTRUCTIONS.filter(
  (row, index) => !isHint(row) && EXTENSIONS_OF[index]?.some((extension) => !SMALL.has(extension)),
);
const WORDS: readonly number[] = [...absent.map((row) => row.match >>> 0), C_FLD];

function unused(): never {
  throw new Error('not reached');
}

it('the evaluator', () => {
  for (const word of WORDS) {
    const memory = {
      fetch: (address: bigint) => (address === 0n ? word & 0xffff : word >>> 16),
      load: unused,
      store: unused,
      loadForStore: unused,
    };
    const system = {
      readCsr: unused,
      writeCsr: unused,
      environmentCallCause: unused,
      trapReturn: unused,
      waitForInterrupt: unused,
      sfenceVma: unused,
      orderTranslations: unused,
      fenceI: unused,
      allowsBlock: unused,
    };
    const trap = step(createState(memory, system, SMALL));
    expect(trap).toEqual({ cause: CAUSE.ILLEGAL_INSTRUCTION, tval: BigInt(word) });
  }
  expect(WORDS.length).toBeGreaterThan(80);
});

it('the interpreter, and a translated region that leads to it', () => {
  const machine = new FlatMachine();
  const engine = createEngine({
    memory: machine.memory,
    calls: machine,
    interpreter: interpreterModule(),
    isa: SMALL,
    translation: SYNCHRONOUS,
    heatThreshold: 1,
    spread: 0,
  });
  for (const word of WORDS) {
    machine.writeWords(BASE, [NOP, word]);
    engine.invalidateAll();
    machine.pc = BASE;
    machine.word(HART.BUDGET, 100);
    expect(engine.run(machine.hart)).toBe(Exit.TRAP);
    expect([machine.word(HART.CAUSE), machine.long(HART.TVAL), machine.pc]).toEqual([
      CAUSE.ILLEGAL_INSTRUCTION,
      BigInt(word),
      BASE + 4,
    ]);
  }
  expect(engine.statistics()['modules']).toBeGreaterThan(80);
});
