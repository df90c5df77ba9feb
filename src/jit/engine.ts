/** The engine of a hart: interpreter first, translated regions for what is hot (machine/engine.ts is its interface). */
import { type Engine, type EngineCalls, Exit } from '../machine/engine.ts';
import { HART } from '../machine/hart-layout.ts';
import { Interpreter } from '../machine/interpreter.ts';
import { HART_ENGINE } from '../machine/record-layout.ts';

export interface EngineOptions {
  /** Shared; hart blocks and tables as in machine/hart-layout.ts. */
  readonly memory: WebAssembly.Memory;
  readonly calls: EngineCalls;
  /** Compiled build/interpreter.wasm. */
  readonly interpreter: WebAssembly.Module;
  /** This engine's number among `engines` that share the memory: one per hart thread. */
  readonly index?: number;
  readonly engines?: number;
  /**
   * Upper bound of the pseudo-random number of instructions that a spent slice is stretched by, so that preemption falls
   * between any two instructions of a loop; a power of two. 0: run() retires exactly HART.BUDGET instructions.
   */
  readonly spread?: number;
}

const DEFAULT_SPREAD = 64;

class TieredEngine implements Engine {
  private readonly interpreter: Interpreter;
  private readonly words: Uint32Array;
  private readonly signedWords: Int32Array;
  private readonly spread: number;

  constructor(options: EngineOptions) {
    this.interpreter = new Interpreter({ ...options, module: options.interpreter });
    this.words = this.interpreter.words;
    this.signedWords = new Int32Array(options.memory.buffer);
    this.spread = options.spread ?? DEFAULT_SPREAD;
  }

  run(hart: number): Exit {
    const exit = this.interpreter.run(hart);
    if (exit !== Exit.BUDGET || this.spread === 0) return exit;
    const budget = (hart + HART.BUDGET) >>> 2;
    // Attention is urgent; a spent budget is not.
    if ((this.signedWords[budget] as number) > 0) return exit;
    this.signedWords[budget] = this.nextRandom(hart) & (this.spread - 1);
    return this.interpreter.run(hart);
  }

  /** Xorshift; the state lies in the hart block, so that a saved machine goes on with the same numbers. */
  private nextRandom(hart: number): number {
    const at = (hart + HART_ENGINE.RANDOM) >>> 2;
    let state = (this.words[at] as number) || 0x9e37_79b9;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.words[at] = state;
    return state >>> 8;
  }

  invalidatePage(physicalPage: number): void {
    this.interpreter.forgetPage(Interpreter.hostPageOf(physicalPage));
  }

  invalidateAll(): void {
    this.interpreter.forgetChanged();
  }

  poll(): void {
    // Nothing is translated.
  }

  statistics(): Record<string, number> {
    return { codePages: this.interpreter.codePages, ...this.interpreter.counters };
  }

  close(): void {
    // Nothing is held.
  }
}

/** Throws WebAssembly.CompileError or LinkError only if the interpreter does not belong to this version. */
export function createEngine(options: EngineOptions): Engine {
  return new TieredEngine(options);
}
