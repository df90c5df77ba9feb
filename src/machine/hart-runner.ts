/** Runs one hart as the specification says: traps, interrupts and returns go to the guest's own handlers. */
import { DEBUG_CAUSE } from './debug/points.ts';
import { type ExecTrace, execChannel } from './debug/trace.ts';
import type { Engine } from './engine.ts';
import { Exit } from './engine.ts';
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';

/** Why a slice ended before its budget did, or that it did not. */
export const SliceEnd = {
  /** The budget is spent, or attention was raised. */
  BUDGET: 0,
  /** wfi, and nothing is pending: the hart sleeps until an interrupt. */
  WAITING: 1,
  /** A debugger's point (HART.CAUSE, debug/points.ts) or an observer stops it here; pc is the instruction's that was not executed. */
  STOPPED: 2,
} as const;
export type SliceEnd = (typeof SliceEnd)[keyof typeof SliceEnd];

/** Sees synchronous exceptions before the guest does. Returns what becomes of them. */
export interface TrapObserver {
  /** 'taken': state is as it shall go on, the guest sees no trap. 'stop': the slice ends. 'pass': the guest's handler. */
  trapped(hart: Hart, cause: number): 'taken' | 'stop' | 'pass';
}

export interface HartRunnerOptions {
  readonly engine: Engine;
  /** A store to code takes effect at once (MachineOptions.tracksCode). */
  readonly tracksCode: boolean;
  /** In the order in which they are asked: a debugger, then firmware that is not guest code. */
  readonly observers: readonly TrapObserver[];
  /** Of --trace exec; absent where that is not to be had. */
  readonly execTrace?: ExecTrace;
  /** Told of each trap that the guest takes, before it does. */
  readonly onTrap?: (hart: Hart, cause: number, isInterrupt: boolean) => void;
}

export class HartRunner {
  private readonly engine: Engine;
  private readonly tracksCode: boolean;
  private readonly observers: readonly TrapObserver[];
  private readonly execTrace: ExecTrace | undefined;
  private readonly onTrap: HartRunnerOptions['onTrap'];

  constructor(options: HartRunnerOptions) {
    this.engine = options.engine;
    this.tracksCode = options.tracksCode;
    this.observers = options.observers;
    this.execTrace = options.execTrace;
    this.onTrap = options.onTrap;
  }

  /** Run for at most `budget` instructions. ATTENTION was cleared and the hart's timers are up to date. */
  run(hart: Hart, budget: number): SliceEnd {
    const { state } = hart;
    if (execChannel.isOn && this.execTrace) return this.runTraced(hart, budget, this.execTrace);
    // A trap costs one instruction, so that a handler that faults at its first one does not hold the host for ever.
    for (let left = budget; left > 0; left = (state.word(HART.BUDGET) | 0) - 1) {
      state.setWord(HART.BUDGET, left);
      if (state.word(HART.ATTENTION) !== 0) return SliceEnd.BUDGET;
      this.takeInterrupt(hart);
      switch (this.engine.run(state.block)) {
        case Exit.BUDGET:
          return SliceEnd.BUDGET;
        case Exit.TRAP:
          if (!this.serveTrap(hart, state.word(HART.CAUSE))) return SliceEnd.STOPPED;
          break;
        case Exit.WFI:
          if (!hart.hasWakeup()) return SliceEnd.WAITING;
          break;
        case Exit.FENCE_I:
          if (!this.tracksCode) this.engine.invalidateAll();
          break;
        case Exit.SYSTEM:
          break;
      }
    }
    return SliceEnd.BUDGET;
  }

  private takeInterrupt(hart: Hart): void {
    const interrupt = hart.pendingInterrupt();
    if (interrupt < 0) return;
    this.onTrap?.(hart, interrupt, true);
    hart.trap(interrupt, true);
  }

  /** As run, one instruction at a time, each a line of the trace. */
  private runTraced(hart: Hart, budget: number, trace: ExecTrace): SliceEnd {
    for (let left = budget; left > 0; left--) {
      if (hart.state.word(HART.ATTENTION) !== 0) return SliceEnd.BUDGET;
      this.takeInterrupt(hart);
      trace.begin(hart);
      const end = this.step(hart);
      if (end !== SliceEnd.STOPPED) trace.end(hart);
      if (end !== SliceEnd.BUDGET) return end;
    }
    hart.state.setWord(HART.BUDGET, 0);
    return SliceEnd.BUDGET;
  }

  /** Exactly one instruction, or the trap that it takes. Interrupts wait. */
  step(hart: Hart): SliceEnd {
    const { state } = hart;
    for (;;) {
      state.setWord(HART.ATTENTION, 0);
      switch (this.engine.step(state.block)) {
        case Exit.TRAP:
          if (hart.retryAsFloat(state.word(HART.CAUSE))) continue;
          return this.serveTrap(hart, state.word(HART.CAUSE)) ? SliceEnd.BUDGET : SliceEnd.STOPPED;
        case Exit.WFI:
          return hart.hasWakeup() ? SliceEnd.BUDGET : SliceEnd.WAITING;
        case Exit.FENCE_I:
          if (!this.tracksCode) this.engine.invalidateAll();
          return SliceEnd.BUDGET;
        case Exit.BUDGET:
        case Exit.SYSTEM:
          return SliceEnd.BUDGET;
      }
    }
  }

  /** Returns whether the hart goes on. */
  private serveTrap(hart: Hart, cause: number): boolean {
    if (hart.retryAsFloat(cause)) return true;
    if (cause >= DEBUG_CAUSE) return false;
    for (const observer of this.observers) {
      const fate = observer.trapped(hart, cause);
      if (fate !== 'pass') return fate === 'taken';
    }
    this.onTrap?.(hart, cause, false);
    hart.trap(cause, false);
    return true;
  }
}
