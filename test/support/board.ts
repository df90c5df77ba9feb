/** An engine on flat memory with a program at the start of RAM, for each tier. */
import { createEngine, type EngineOptions } from '../../src/jit/engine.ts';
import { type Engine, Exit } from '../../src/machine/engine.ts';
import { HART, RAM_PHYSICAL_BASE } from '../../src/machine/hart-layout.ts';
import { interpreterModule, SYNCHRONOUS } from './engine-backend.ts';
import { FlatMachine } from './flat-machine.ts';
import type { Random } from './random.ts';

export const CODE = RAM_PHYSICAL_BASE;
export const RAM_BYTES = 16 << 20;

const SLICES = 400;
const SLICES_WITH_AN_END = 300;

export const TIERS = {
  interpreter: { translation: { mode: 'interpret' } },
  regions: { translation: SYNCHRONOUS, heatThreshold: 2 },
} as const satisfies Record<string, Partial<EngineOptions>>;

export class Board {
  readonly machine = new FlatMachine(RAM_BYTES);
  readonly engine: Engine;

  constructor(tier: Partial<EngineOptions>, words: readonly number[]) {
    const { machine } = this;
    const interpreter = interpreterModule();
    const fixed = { memory: machine.memory, calls: machine, interpreter };
    this.engine = createEngine({ ...fixed, spread: 0, ...tier });
    machine.writeWords(CODE, words);
    machine.pc = CODE;
  }

  run(budget: number): Exit {
    this.machine.word(HART.BUDGET, budget);
    return this.engine.run(this.machine.hart);
  }

  /**
   * All that the program, a loop that ends where x10 is x11, can see after each slice of random length, with an empty TLB now and then. After
   * SLICES_WITH_AN_END it does not find its end any more, and runs into the end of RAM: until it faults, at most SLICES.
   */
  watchSlices(random: Random): { seen: string[]; hasFaulted: boolean } {
    const { machine } = this;
    const seen: string[] = [];
    for (let slice = 0; slice < SLICES; slice++) {
      const hasEnd = slice < SLICES_WITH_AN_END;
      if (slice === SLICES_WITH_AN_END) machine.x(11, 0n);
      if (slice % 16 === 15) machine.clearTlb();
      const exit = this.run(1 + random.below(hasEnd ? 90 : 400));
      const registers = Array.from({ length: 32 }, (_, k) => machine.x(k).toString(16));
      seen.push(`${exit} ${machine.pc - CODE} ${machine.instret} ${registers.join(' ')}`);
      if (exit === Exit.TRAP) return { seen, hasFaulted: true };
    }
    return { seen, hasFaulted: false };
  }

  /** What the memory from a physical address to the end of RAM holds, then the address that a fault told. */
  remains(first: number): string[] {
    const { machine } = this;
    const count = (CODE + RAM_BYTES - first) / 8;
    const memory = Array.from({ length: count }, (_, k) =>
      machine.view.getBigUint64(machine.at(first + 8 * k), true).toString(16),
    );
    return [memory.join(' '), `${machine.long(HART.TVAL)}`];
  }
}
