/** The timer of each hart: its own tick while it has a task, and on one hart the next kernel timer. Linux: kernel/time/tick-sched.c. */
import type { Ns } from '../clock.ts';
import type { Timers } from '../timer.ts';
import type { Arch } from './arch.ts';

export class Ticks {
  private readonly arch: Arch;
  private readonly timers: Timers;
  /** By hart: when its scheduler wants it to trap; Infinity while it is idle. */
  private readonly tickNs: Ns[];
  /** The hart that is to run the kernel timers next: the one that armed the nearest, whose sleeper will find its caches warm. */
  private keeper = 0;
  private keptNs: Ns = Number.POSITIVE_INFINITY;

  constructor(arch: Arch, timers: Timers) {
    this.arch = arch;
    this.timers = timers;
    this.tickNs = new Array<Ns>(arch.harts).fill(Number.POSITIVE_INFINITY);
  }

  /** The hart leaves the kernel and wants to be back at `tickNs`; an idle one does not (Infinity). */
  arm(hart: number, tickNs: Ns): void {
    const { arch, timers } = this;
    const nextNs = timers.nextDeadlineNs;
    this.tickNs[hart] = tickNs;
    timers.areChanged = false;
    if (nextNs !== this.keptNs) {
      this.keptNs = nextNs;
      const before = this.keeper;
      this.keeper = hart;
      if (before !== hart) arch.setTimer(before, this.tickNs[before] as Ns);
    }
    arch.setTimer(hart, hart === this.keeper ? Math.min(tickNs, nextNs) : tickNs);
  }
}
