/** setitimer(2): the three interval timers of a process. */
import { SI_KERNEL, SIGALRM, SIGPROF, SIGVTALRM } from '../abi/signal.ts';
import type { Ns } from './clock.ts';
import type { Process } from './process.ts';
import { sendToProcess } from './signal.ts';
import { Timer, type TimerTarget } from './timer.ts';

/** A timer over CPU time, looked at whenever CPU time is charged. */
export interface CpuTimer {
  /** CPU time of the process at which it fires; Infinity when off. */
  deadlineNs: Ns;
  intervalNs: Ns;
}

export class IntervalTimers implements TimerTarget {
  private readonly process: Process;
  private readonly real: Timer = new Timer(this, 'ITIMER_REAL');
  private realIntervalNs: Ns = 0;
  /** ITIMER_VIRTUAL counts user time, ITIMER_PROF user and system time. */
  readonly virtual: CpuTimer = { deadlineNs: Number.POSITIVE_INFINITY, intervalNs: 0 };
  readonly profile: CpuTimer = { deadlineNs: Number.POSITIVE_INFINITY, intervalNs: 0 };

  constructor(process: Process) {
    this.process = process;
  }

  /** Remaining time (0 when off) and interval of ITIMER_REAL. */
  getReal(): { valueNs: Ns; intervalNs: Ns } {
    const now = this.process.kernel.clock.monotonicNs();
    return {
      // An armed timer never shows 0, which would mean disarmed.
      valueNs: this.real.isArmed ? Math.max(1000, this.real.deadlineNs - now) : 0,
      intervalNs: this.realIntervalNs,
    };
  }

  setReal(valueNs: Ns, intervalNs: Ns): void {
    const { timers, clock } = this.process.kernel;
    this.realIntervalNs = intervalNs;
    if (valueNs === 0) timers.disarm(this.real);
    else timers.arm(this.real, clock.monotonicNs() + valueNs);
  }

  expire(timer: Timer): void {
    sendToProcess(this.process, SIGALRM, { code: SI_KERNEL });
    if (this.realIntervalNs === 0) return;
    const { timers, clock } = this.process.kernel;
    const missed = Math.floor((clock.monotonicNs() - timer.deadlineNs) / this.realIntervalNs);
    timers.arm(timer, timer.deadlineNs + (missed + 1) * this.realIntervalNs);
  }

  get hasCpuTimer(): boolean {
    return (
      this.virtual.deadlineNs !== Number.POSITIVE_INFINITY ||
      this.profile.deadlineNs !== Number.POSITIVE_INFINITY
    );
  }

  /** Fire the CPU timers that have come due. */
  check(utimeNs: Ns, stimeNs: Ns): void {
    this.checkOne(this.virtual, utimeNs, SIGVTALRM);
    this.checkOne(this.profile, utimeNs + stimeNs, SIGPROF);
  }

  /** exec and exit: CPU timers and ITIMER_REAL survive exec; all end with the process. */
  stop(): void {
    this.process.kernel.timers.disarm(this.real);
    this.virtual.deadlineNs = this.profile.deadlineNs = Number.POSITIVE_INFINITY;
  }

  private checkOne(timer: CpuTimer, usedNs: Ns, signal: number): void {
    if (usedNs < timer.deadlineNs) return;
    timer.deadlineNs =
      timer.intervalNs === 0 ? Number.POSITIVE_INFINITY : usedNs + timer.intervalNs;
    sendToProcess(this.process, signal, { code: SI_KERNEL });
  }
}
