/** How many instructions a hart runs before the host and the timers are looked at: about a millisecond's worth. */
import { type Clock, VirtualClock } from './clock.ts';

const SLICE_MS = 1;
const FIRST_BUDGET = 20_000;
const MIN_BUDGET = 2_000;
const MAX_BUDGET = 8_000_000;
/** In virtual time a slice is a number of instructions; only the latency of input depends on it. */
const VIRTUAL_BUDGET = 500_000;
const VIRTUAL_TRAPS = 2048;
/** Traps between looks at the clock take about this share of a slice: some take a thousand times as long as others. */
const LOOK_SHARE = 1 / 16;
const MAX_TRAPS = 32;
/** A slice that is granted in parts goes on with another one until so much of its time has passed. */
const FULL_SHARE = 3 / 4;
/** A part of the learnt budget that is no smaller is a sample of the next. */
const SAMPLE_SHARE = 1 / 4;

export class SliceLength {
  private readonly clock: Clock;
  private readonly ticksPerSlice: number;
  private readonly parts: number;
  /** Instructions that took about SLICE_MS, kernel included. */
  private budget = FIRST_BUDGET;
  private granted = 0;
  private grantedTicks = 0;
  /** When the slice began: it may get several budgets, as timers are set. Whoever does not tell ends them at budgets only. */
  private startTicks = Infinity;
  private lookTicks = 0;
  /** Between looks at the clock. */
  private traps = 1;

  /**
   * `parts`, 1 to 3: whoever asks goesOn() where a budget is spent gets so many for a slice, with a look at the clock between them: what was
   * learnt of translated code is too much for the interpreter.
   */
  constructor(clock: Clock, timebaseHz: number, parts = 1) {
    this.clock = clock;
    this.parts = parts;
    this.ticksPerSlice = (timebaseHz / 1000) * SLICE_MS;
  }

  /** A slice begins now. Returns how many traps to serve before look(). */
  begin(now: number): number {
    this.startTicks = now;
    this.lookTicks = now;
    return this.clock.isVirtual ? VIRTUAL_TRAPS : this.traps;
  }

  /** The traps were served: how many more to serve before the next look; 0 where the slice has taken its time. */
  look(now: number): number {
    if (this.clock.isVirtual) return 0;
    const perTrap = (now - this.lookTicks) / this.traps;
    const fitting = (this.ticksPerSlice * LOOK_SHARE) / Math.max(1, perTrap);
    this.traps = Math.max(1, Math.min(MAX_TRAPS, Math.floor(fitting)));
    this.lookTicks = now;
    return now - this.startTicks < this.ticksPerSlice ? this.traps : 0;
  }

  /** Instructions to run from `now` on in this slice, the nearest timer being due at `deadline` (ticks or Infinity). At least 1. */
  next(now: number, deadline: number): number {
    this.grantedTicks = now;
    this.granted = this.length(now, deadline);
    return this.granted;
  }

  private length(now: number, deadline: number): number {
    if (this.clock instanceof VirtualClock) {
      if (deadline === Infinity) return VIRTUAL_BUDGET;
      return Math.max(1, Math.min(VIRTUAL_BUDGET, this.clock.instructionsUntil(deadline)));
    }
    const end = Math.min(deadline, this.startTicks + this.ticksPerSlice);
    const share = Math.min(1 / this.parts, (end - now) / this.ticksPerSlice);
    return Math.max(MIN_BUDGET, Math.floor(this.budget * share));
  }

  /** A budget was spent at `now`, with `left` of it unspent: whether next() is to be asked for another one in this slice. */
  goesOn(now: number, left: number): boolean {
    if (this.clock.isVirtual || now - this.startTicks >= this.ticksPerSlice * FULL_SHARE)
      return false;
    this.ended(now, left);
    return true;
  }

  /** The slice came to its end at `now`, with `left` of its instructions unspent: learn from what the others took. */
  ended(now: number, left: number): void {
    // One that a timer cut short is too small a sample.
    if (this.clock.isVirtual || this.granted < this.budget * SAMPLE_SHARE) return;
    const elapsed = Math.max(1, now - this.grantedTicks);
    const used = this.granted - Math.max(0, left);
    // So is one that an interrupt ended soon after it began.
    if (used < this.granted / 4 && elapsed < this.ticksPerSlice / 4) return;
    const fitting = (used * this.ticksPerSlice) / elapsed;
    const bounded = Math.min(this.budget * 2, Math.max(this.budget / 4, fitting));
    this.budget = Math.floor(Math.min(MAX_BUDGET, Math.max(MIN_BUDGET, bounded)));
  }
}
