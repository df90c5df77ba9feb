/** An engine on flat memory with a program at the start of RAM, for each tier. */
import { createEngine, type EngineOptions } from '../../src/jit/engine.ts';
import type { Engine, Exit } from '../../src/machine/engine.ts';
import { HART, RAM_PHYSICAL_BASE } from '../../src/machine/hart-layout.ts';
import { interpreterModule, SYNCHRONOUS } from './engine-backend.ts';
import { FlatMachine } from './flat-machine.ts';

export const CODE = RAM_PHYSICAL_BASE;
export const RAM_BYTES = 16 << 20;

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
}
