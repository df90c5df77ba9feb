/** Runs programs on the engine, in flat memory: interpreter only, or with every block translated at its first execution. */
import { readFileSync } from 'node:fs';
import { CAUSE } from '../../src/isa/trap.ts';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import type { Optimisations } from '../../src/jit/optimisations.ts';
import { translate } from '../../src/jit/translate.ts';
import { countBranches } from '../../src/machine/branch-counts.ts';
import { type Engine, Exit } from '../../src/machine/engine.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { FlatMachine } from './flat-machine.ts';
import { EXIT, type IsaProgram, WRITE } from './isa-program.ts';

const INTERPRETER = new URL('../../build/interpreter.wasm', import.meta.url);

let compiled: WebAssembly.Module | undefined;

/** The generated interpreter; `node --import tsx tools/gen-interpreter.ts` makes it. */
export function interpreterModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(INTERPRETER));
  return compiled;
}

/** Translation in the test's own thread. */
export function synchronous(
  optimisations?: Optimisations,
): Extract<Translation, { mode: 'synchronous' }> {
  return {
    mode: 'synchronous',
    translate: (requests) => {
      const { bytes, covered } = translate(requests, optimisations);
      const module = bytes && new WebAssembly.Module(bytes);
      return { module, byteLength: bytes?.length ?? 0, covered };
    },
  };
}

export const SYNCHRONOUS = synchronous();

export interface EngineRun {
  /** What the program wrote. */
  readonly written: Uint8Array;
  readonly machine: FlatMachine;
  readonly engine: Engine;
  /** Calls of Engine.run. */
  readonly slices: number;
}

export interface RunOptions {
  readonly translation: Translation;
  readonly heatThreshold?: number;
  /** Instructions a slice. */
  readonly budget?: number;
  /** Branches are counted in every other slice. */
  readonly countsBranches?: boolean;
}

/** Run a program with write and exit to its end. Throws at any other trap. */
export function runOnEngine(program: IsaProgram, options: RunOptions): EngineRun {
  const { budget = 1_000_000, heatThreshold = 1, translation, countsBranches } = options;
  const machine = new FlatMachine();
  const engine = createEngine({
    memory: machine.memory,
    calls: machine,
    interpreter: interpreterModule(),
    translation,
    heatThreshold,
    spread: 0,
  });
  machine.u8.set(program.image, machine.at(program.base));
  machine.pc = program.base;
  const words = new Uint32Array(machine.memory.buffer);
  const written: Uint8Array[] = [];
  for (let slices = 1; ; slices++) {
    machine.word(HART.BUDGET, budget);
    if (countsBranches) countBranches(words, machine.hart, slices % 2 === 1);
    const exit = engine.run(machine.hart);
    if (exit === Exit.BUDGET || exit === Exit.SYSTEM) continue;
    if (exit === Exit.FENCE_I) {
      engine.invalidateAll();
      continue;
    }
    const cause = machine.word(HART.CAUSE);
    const call = Number(machine.x(17));
    if (exit !== Exit.TRAP || cause !== CAUSE.ECALL_FROM_U || (call !== EXIT && call !== WRITE))
      throw new Error(`exit ${exit}, cause ${cause} at ${machine.pc.toString(16)}`);
    if (call === EXIT) return { written: Buffer.concat(written), machine, engine, slices };
    const from = machine.at(Number(machine.x(11)));
    written.push(machine.u8.slice(from, from + Number(machine.x(12))));
    machine.x(10, machine.x(12));
    machine.pc += 4;
  }
}
