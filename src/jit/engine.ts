/** The engine of a hart: interpreter first, translated regions for what is hot (machine/engine.ts is its interface). */
import { DEFAULT_ISA, type Isa } from '../isa/extensions.ts';
import { type Engine, type EngineCalls, Exit, type InstalledRegion } from '../machine/engine.ts';
import { ALONE, HART } from '../machine/hart-layout.ts';
import { Interpreter } from '../machine/interpreter.ts';
import { HART_ENGINE, REGION_EXIT } from '../machine/record-layout.ts';
import {
  CodeCache,
  type InvalidationCause,
  type LoadedModule,
  type RegionOrder,
} from './code-cache.ts';
import type { RegionRequest } from './control-flow.ts';
import { RegionIntake } from './region-intake.ts';
import type { TranslatorPort } from './translator-port.ts';

/** Name of the function of request `index` among a region module's exports. */
export const regionName = (index: number): string => `r${index}`;

/** What translation in the engine's own thread gives. */
export interface TranslatedModule {
  /** Undefined where no region could be translated. */
  readonly module: WebAssembly.Module | undefined;
  readonly byteLength: number;
  /** Per request: the halfwords that the region was made from; undefined if it was not translated. */
  readonly covered: readonly (Uint16Array | undefined)[];
}

/**
 * interpret: never translate. synchronous: translate in this thread as soon as a block is hot, so that runs do not depend
 * on timing. background: in the thread behind `port`; results are taken in at poll().
 */
export type Translation =
  | { readonly mode: 'interpret' }
  | {
      readonly mode: 'synchronous';
      readonly translate: (requests: readonly RegionRequest[]) => TranslatedModule;
    }
  | { readonly mode: 'background'; readonly port: TranslatorPort };

export interface EngineOptions {
  /** Shared; hart blocks and tables as in machine/hart-layout.ts. */
  readonly memory: WebAssembly.Memory;
  readonly calls: EngineCalls;
  /** Compiled build/interpreter.wasm. */
  readonly interpreter: WebAssembly.Module;
  /** Instructions beyond it are illegal. Default: all that the machine has but for what must be asked for. */
  readonly isa?: Isa;
  /** Compiled build/vector.wasm, needed where the ISA has V. */
  readonly vectorModule?: WebAssembly.Module;
  readonly translation?: Translation;
  /** Executions of a block entry after which it is translated, 1 to 65535. */
  readonly heatThreshold?: number;
  /** Translations beyond this many bytes of wasm are thrown away, to be made again as they get hot. Default 64 MiB. */
  readonly codeBudgetBytes?: number;
  /** This engine's number among `engines` that share the memory: one per hart thread. */
  readonly index?: number;
  readonly engines?: number;
  /**
   * Upper bound of the pseudo-random number of instructions that a spent slice is stretched by, so that preemption falls
   * between any two instructions of a loop; a power of two. 0: run() retires exactly HART.BUDGET instructions.
   */
  readonly spread?: number;
  /** Milliseconds, for what installing translations takes: by default the clock's, or this thread's processor time. */
  readonly now?: () => number;
}

const PAGE_BYTES = 4096;
const DEFAULT_SPREAD = 64;
const DEFAULT_CODE_BUDGET_BYTES = 64 * 1024 * 1024;
/** Measured on CoreMark: 64 3.8 s, 1000 3.4 s, 4000 3.4 s, 20000 4.1 s, synchronous. */
const DEFAULT_HEAT_THRESHOLD = 2000;

class TieredEngine implements Engine {
  private readonly interpreter: Interpreter;
  private readonly cache: CodeCache;
  private readonly translation: Translation;
  private readonly memory: WebAssembly.Memory;
  private readonly signedWords: Int32Array;
  private readonly spread: number;
  /** In the mode `background`. */
  private readonly intake: RegionIntake | undefined;
  private lastHart = 0;
  private modules = 0;
  constructor(options: EngineOptions) {
    this.memory = options.memory;
    this.translation = options.translation ?? { mode: 'interpret' };
    const { heatThreshold, ...rest } = options;
    const isTranslating = this.translation.mode !== 'interpret';
    this.interpreter = new Interpreter({
      isa: DEFAULT_ISA,
      ...rest,
      module: options.interpreter,
      ...(isTranslating && { heatThreshold: heatThreshold ?? DEFAULT_HEAT_THRESHOLD }),
      onHot: (hostPage, slot) => this.hot(hostPage, slot),
    });
    this.cache = new CodeCache(
      this.interpreter,
      options.codeBudgetBytes ?? DEFAULT_CODE_BUDGET_BYTES,
    );
    if (this.translation.mode === 'background') {
      this.intake = new RegionIntake(
        this.cache,
        this.translation.port,
        ({ module, byteLength, id, wasm }) => this.load(module, byteLength, id, wasm),
        options.now ?? (() => performance.now()),
      );
    }
    this.signedWords = new Int32Array(options.memory.buffer);
    this.signedWords[ALONE >>> 2] = (options.engines ?? 1) === 1 ? 1 : 0;
    this.spread = options.spread ?? DEFAULT_SPREAD;
  }

  run(hart: number): Exit {
    if (hart !== this.lastHart) {
      this.cache.attach(hart);
      this.lastHart = hart;
    }
    const exit = this.interpreter.run(hart);
    if (exit !== Exit.BUDGET || this.spread === 0) return exit;
    // Attention is urgent; a spent budget is not.
    if ((this.signedWords[(hart + HART.BUDGET) >>> 2] as number) > 0) return exit;
    this.stretch(hart);
    return this.interpreter.run(hart);
  }

  stretch(hart: number): void {
    this.signedWords[(hart + HART.BUDGET) >>> 2] =
      this.spread === 0 ? 0 : this.nextRandom(hart) & (this.spread - 1);
  }

  step(hart: number, count = 1): Exit {
    if (hart !== this.lastHart) {
      this.cache.attach(hart);
      this.lastHart = hart;
    }
    this.signedWords[(hart + HART.BUDGET) >>> 2] = count;
    return this.interpreter.run(hart);
  }

  mark(physicalAddress: number): void {
    const physicalPage = Math.floor(physicalAddress / PAGE_BYTES);
    const slot = (physicalAddress % PAGE_BYTES) >>> 1;
    this.because('breakpoint', () =>
      this.interpreter.mark(Interpreter.hostPageOf(physicalPage), slot),
    );
  }

  clearMarks(): void {
    this.because('breakpoint', () => this.interpreter.clearMarks());
  }

  /** Xorshift; the state lies in the hart block, so that a saved machine goes on with the same numbers. */
  private nextRandom(hart: number): number {
    const at = (hart + HART_ENGINE.RANDOM) >>> 2;
    let state = this.signedWords[at] || 0x1e37_79b9;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.signedWords[at] = state;
    return state >>> 8;
  }

  private hot(hostPage: number, slot: number): void {
    this.intake?.want(hostPage, slot);
    if (this.translation.mode !== 'synchronous') return;
    const order = this.cache.order(hostPage, slot);
    this.install([order], this.translation.translate([order.request]));
  }

  private install(
    orders: readonly RegionOrder[],
    { module, byteLength, covered }: TranslatedModule,
  ): void {
    if (module === undefined) return;
    const loaded = this.load(module, byteLength);
    orders.forEach((order, index) => {
      const halfwords = covered[index];
      if (halfwords !== undefined) this.cache.install(order, halfwords, loaded, regionName(index));
    });
    this.cache.trim();
  }

  private load(
    module: WebAssembly.Module,
    byteLength: number,
    id?: number,
    wasm?: Uint8Array,
  ): LoadedModule {
    this.modules++;
    const { instance, table, vector, readTime } = this.interpreter;
    const { exports } = new WebAssembly.Instance(module, {
      env: { memory: this.memory, regions: table, readTime },
      helpers: instance.exports,
      ...(vector && { vector: vector.exports }),
    });
    return { exports, byteLength, regions: 0, id, wasm };
  }

  invalidatePage(physicalPage: number): void {
    this.because('page', () => this.interpreter.forgetPage(Interpreter.hostPageOf(physicalPage)));
  }

  invalidateAll(): void {
    this.because('fence', () => this.interpreter.forgetChanged());
  }

  private because(cause: InvalidationCause, action: () => void): void {
    this.cache.cause = cause;
    action();
    this.cache.cause = 'records';
  }

  poll(): void {
    this.intake?.poll();
  }

  statistics(): Record<string, number> {
    const { intake } = this;
    return {
      translatedInstructions: this.translatedInstructions(),
      codePages: this.interpreter.pages.size,
      ...this.interpreter.counters,
      ...this.cache.counters,
      modules: this.modules,
      installUs: Math.round((intake?.installMs ?? 0) * 1000),
      installUsMaximum: Math.round((intake?.longestInstallMs ?? 0) * 1000),
      translatedRegions: intake?.origins.translated ?? 0,
      sharedRegions: intake?.origins.shared ?? 0,
      cachedRegions: intake?.origins.cached ?? 0,
      ...intake?.translator,
      ...this.exits(),
      failures: intake?.failures ?? 0,
      entriesWaiting: intake?.entriesWaiting ?? 0,
      batchesPending: intake?.batchesPending ?? 0,
      regionsPending: intake?.regionsPending ?? 0,
    };
  }

  regions(): InstalledRegion[] {
    return this.cache.regions();
  }

  /** Instructions that retired in regions, on all harts so far. */
  private translatedInstructions(): number {
    const { words } = this.interpreter;
    return this.cache.attached.reduce((sum, hart) => {
      const at = (hart + HART_ENGINE.TRANSLATED) >>> 2;
      return sum + (words[at] as number) + (words[at + 1] as number) * 2 ** 32;
    }, 0);
  }

  /** How often translated code was left, by reason, on all harts so far. */
  private exits(): Record<string, number> {
    const count = (reason: number): number =>
      this.cache.attached.reduce(
        (sum, hart) =>
          sum + (this.interpreter.words[(hart + HART_ENGINE.EXITS + 4 * reason) >>> 2] as number),
        0,
      );
    return {
      exitsUnknownTarget: count(REGION_EXIT.UNKNOWN_TARGET),
      exitsBudget: count(REGION_EXIT.BUDGET),
      exitsOperand: count(REGION_EXIT.OPERAND),
      exitsInstruction: count(REGION_EXIT.INSTRUCTION),
      exitsFloat: count(REGION_EXIT.FLOAT),
    };
  }

  close(): void {
    this.intake?.close();
  }
}

/** Throws WebAssembly.CompileError or LinkError only if the interpreter does not belong to this version. */
export function createEngine(options: EngineOptions): Engine {
  return new TieredEngine(options);
}
