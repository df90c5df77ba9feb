/**
 * What the real-time threads of a hart (FIFO, RR) may take while others wait for it, so that one that runs on for ever leaves a shell to
 * kill it from. sched(7), "Limiting the CPU usage of real-time and deadline processes". As with Linux's fair server (6.12), a hart on
 * which nobody else waits stays theirs.
 */
import type { Ns } from './clock.ts';

/** /proc/sys/kernel/sched_rt_period_us and sched_rt_runtime_us, for all harts. */
export class RealtimeLimits {
  periodNs: Ns = 1_000_000_000;
  /** Undefined: no limit. */
  runtimeNs: Ns | undefined = 950_000_000;
}

export class RealtimeBandwidth {
  private readonly limits: RealtimeLimits;
  private periodStartNs: Ns = 0;
  private usedNs: Ns = 0;

  constructor(limits: RealtimeLimits) {
    this.limits = limits;
  }

  /** A real-time thread has used CPU time up to now. */
  charge(usedNs: Ns, nowNs: Ns): void {
    this.renew(nowNs);
    this.usedNs += usedNs;
  }

  /** The share of this period is used up. */
  isSpent(nowNs: Ns): boolean {
    const { runtimeNs } = this.limits;
    if (runtimeNs === undefined || this.usedNs < runtimeNs) return false;
    this.renew(nowNs);
    return this.usedNs >= runtimeNs;
  }

  private renew(nowNs: Ns): void {
    const { periodNs, runtimeNs = 0 } = this.limits;
    const periods = Math.floor((nowNs - this.periodStartNs) / periodNs);
    if (periods < 1) return;
    this.periodStartNs += periods * periodNs;
    this.usedNs = Math.max(0, this.usedNs - periods * runtimeNs);
  }
}
