/** Load averages: exponentially damped counts of runnable tasks over 1, 5 and 15 minutes. Linux: kernel/sched/loadavg.c. */
import type { Ns } from './clock.ts';

const PERIOD_NS = 5_000_000_000;
const MINUTES = [1, 5, 15] as const;

export class LoadAverage {
  /** As in /proc/loadavg. */
  readonly averages: [number, number, number] = [0, 0, 0];
  private nextNs: Ns = PERIOD_NS;

  /** Cheap; to be called often. `active` is the number of running and uninterruptible tasks now. */
  update(nowNs: Ns, active: number): void {
    if (nowNs < this.nextNs) return;
    const periods = Math.floor((nowNs - this.nextNs) / PERIOD_NS) + 1;
    this.nextNs += periods * PERIOD_NS;
    // While nobody asked, the machine was asleep: only the last period had these tasks.
    for (let i = 0; i < 3; i++) {
      const decay = Math.exp(-PERIOD_NS / 1e9 / (60 * (MINUTES[i] as number)));
      const slept = (this.averages[i] as number) * decay ** (periods - 1);
      this.averages[i] = slept * decay + active * (1 - decay);
    }
  }
}
