/** How many instructions a hart runs before the host and the timers are looked at: about a millisecond's worth. */
import { type Clock, VirtualClock } from './clock.ts';

const SLICE_MS = 1;
const FIRST_BUDGET = 20_000;
const MIN_BUDGET = 2_000;
const MAX_BUDGET = 8_000_000;
/** In virtual time a slice is a number of instructions; only the latency of input depends on it. */
const VIRTUAL_BUDGET = 500_000;

export class SliceLength {
  private readonly clock: Clock;
  private readonly ticksPerSlice: number;
  /** Instructions that took about SLICE_MS, kernel included. */
  private budget = FIRST_BUDGET;
  private granted = 0;
  private startTicks = 0;

  constructor(clock: Clock, timebaseHz: number) {
    this.clock = clock;
    this.ticksPerSlice = (timebaseHz / 1000) * SLICE_MS;
  }

  /** Instructions to run from `now` on, the nearest timer being due at `deadline` (ticks or Infinity). At least 1. */
  next(now: number, deadline: number): number {
    this.startTicks = now;
    this.granted = this.length(now, deadline);
    return this.granted;
  }

  private length(now: number, deadline: number): number {
    if (this.clock instanceof VirtualClock) {
      if (deadline === Infinity) return VIRTUAL_BUDGET;
      return Math.max(1, Math.min(VIRTUAL_BUDGET, this.clock.instructionsUntil(deadline)));
    }
    const share = Math.min(1, (deadline - now) / this.ticksPerSlice);
    return Math.max(MIN_BUDGET, Math.floor(this.budget * share));
  }

  /** The slice came to its end at `now`, with `left` of its instructions unspent: learn from what the others took. */
  ended(now: number, left: number): void {
    // One that a timer cut short is too small a sample.
    if (this.clock.isVirtual || this.granted < this.budget) return;
    const elapsed = Math.max(1, now - this.startTicks);
    const used = this.granted - Math.max(0, left);
    // So is one that an interrupt ended soon after it began.
    if (used < this.granted / 4 && elapsed < this.ticksPerSlice / 4) return;
    const fitting = (used * this.ticksPerSlice) / elapsed;
    const bounded = Math.min(this.budget * 2, Math.max(this.budget / 4, fitting));
    this.budget = Math.floor(Math.min(MAX_BUDGET, Math.max(MIN_BUDGET, bounded)));
  }
}
