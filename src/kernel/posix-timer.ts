/** timer_create(2): timers of a process that send a signal of choice, on a clock of time or of CPU time. */
import { EINVAL, fail } from '../abi/errno.ts';
import { SI_TIMER } from '../abi/signal.ts';
import type { Timestamp } from '../fs/inode.ts';
import type { Ns } from './clock.ts';
import { type CpuAlarm, type CpuClock, readCpuClock } from './cpu-clock.ts';
import type { SignallingTimer } from './pending-signals.ts';
import type { Process } from './process.ts';
import { sendToProcess, sendToTask } from './signal.ts';
import { Timer, type TimerTarget } from './timer.ts';

/** SIGEV_* of asm-generic/siginfo.h. */
export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;

/** DELAYTIMER_MAX: overruns beyond it are not counted. */
const MAX_OVERRUN = 0x7fff_ffff;

export interface TimerNotification {
  readonly kind: number;
  readonly signal: number;
  readonly value: bigint;
  /** SIGEV_THREAD_ID. */
  readonly tid: number;
}

export class PosixTimer implements TimerTarget, SignallingTimer, CpuAlarm {
  // immutable
  readonly id: number;
  readonly clock: number;
  /** Whose CPU time it runs by; undefined for clocks of time. */
  readonly cpuClock: CpuClock | undefined;
  readonly notification: TimerNotification;
  intervalNs: Ns = 0;
  overrun = 0;
  /** By the CPU clock; Infinity while disarmed. */
  deadlineNs: Ns = Number.POSITIVE_INFINITY;
  /** Absolute deadline by the wall clock: moves when that is set. */
  private wallDeadline: Timestamp | undefined = undefined;
  private isQueued = false;
  /** Expirations while its signal waits, beyond the first. */
  private missed = 0;
  private readonly process: Process;
  private readonly timer: Timer = new Timer(this, 'posix');

  constructor(
    process: Process,
    id: number,
    clock: number,
    cpuClock: CpuClock | undefined,
    notification: TimerNotification,
  ) {
    this.process = process;
    this.id = id;
    this.clock = clock;
    this.cpuClock = cpuClock;
    this.notification = notification;
  }

  /** What its clock shows; for a wall clock that of monotonic time, which deadlines are in. */
  get nowNs(): Ns {
    const { cpuClock } = this;
    return cpuClock ? readCpuClock(cpuClock) : this.process.kernel.clock.monotonicNs();
  }

  /** Remaining time; 0 while disarmed. */
  get remainingNs(): Ns {
    if (this.cpuClock) {
      if (this.deadlineNs === Number.POSITIVE_INFINITY) return 0;
      return Math.max(1, this.deadlineNs - this.nowNs);
    }
    return this.timer.isArmed ? Math.max(1, this.timer.deadlineNs - this.nowNs) : 0;
  }

  /** deadlineNs undefined disarms. `wall` is the same deadline by the wall clock. */
  set(deadlineNs: Ns | undefined, intervalNs: Ns, wall?: Timestamp): void {
    const { timers } = this.process.kernel;
    this.intervalNs = intervalNs;
    this.overrun = this.missed = 0;
    this.wallDeadline = wall;
    if (this.cpuClock) {
      this.deadlineNs = deadlineNs ?? Number.POSITIVE_INFINITY;
      const { cpuAlarms } = this.cpuClock.process;
      if (deadlineNs === undefined) cpuAlarms.delete(this);
      else cpuAlarms.add(this);
    } else if (deadlineNs === undefined) timers.disarm(this.timer);
    else timers.arm(this.timer, deadlineNs);
  }

  /** The wall clock was set, or goes at another rate. */
  wallMoved(): void {
    const { timers, clock } = this.process.kernel;
    if (this.wallDeadline && this.timer.isArmed)
      timers.arm(this.timer, clock.monotonicOf(this.wallDeadline));
  }

  expire(timer: Timer): void {
    const { timers, clock } = this.process.kernel;
    let missed = 0;
    if (this.intervalNs > 0) {
      missed = Math.floor((clock.monotonicNs() - timer.deadlineNs) / this.intervalNs);
      this.wallDeadline = undefined;
      timers.arm(timer, timer.deadlineNs + (missed + 1) * this.intervalNs);
    }
    this.notify(missed);
  }

  expireCpu(usedNs: Ns): void {
    let missed = 0;
    if (this.intervalNs > 0) {
      missed = Math.floor((usedNs - this.deadlineNs) / this.intervalNs);
      this.deadlineNs += (missed + 1) * this.intervalNs;
    } else this.set(undefined, 0);
    this.notify(missed);
  }

  private notify(missed: number): void {
    const { kind, signal, value, tid } = this.notification;
    if (kind === SIGEV_NONE) return;
    if (this.isQueued) {
      this.missed += missed + 1;
      return;
    }
    this.isQueued = true;
    this.missed = missed;
    const info = { code: SI_TIMER, value, timer: this };
    if (kind !== SIGEV_THREAD_ID) sendToProcess(this.process, signal, info);
    else {
      const thread = this.process.tasks.get(tid);
      if (thread) sendToTask(thread, signal, info);
      else this.leftQueue(false);
    }
  }

  leftQueue(isTaken: boolean): void {
    this.isQueued = false;
    if (isTaken) this.overrun = Math.min(this.missed, MAX_OVERRUN);
    this.missed = 0;
  }

  /** It is deleted: a signal of it that waits goes too. */
  release(): void {
    this.set(undefined, 0);
    if (!this.isQueued) return;
    this.process.pending.forgetTimer(this);
    for (const task of this.process.tasks.values()) task.pending.forgetTimer(this);
  }
}

export class PosixTimers {
  readonly process: Process;
  private readonly timers = new Map<number, PosixTimer>();
  private nextId = 0;

  constructor(process: Process) {
    this.process = process;
  }

  [Symbol.iterator](): IterableIterator<PosixTimer> {
    return this.timers.values();
  }

  /** Throws ENOMEM. */
  create(
    clock: number,
    cpuClock: CpuClock | undefined,
    notification: (id: number) => TimerNotification,
  ): PosixTimer {
    const id = this.nextId;
    const timer = new PosixTimer(this.process, id, clock, cpuClock, notification(id));
    this.process.kernel.objects.timers.add();
    this.nextId++;
    this.timers.set(id, timer);
    return timer;
  }

  /** Throws EINVAL. */
  get(id: number): PosixTimer {
    const timer = this.timers.get(id);
    if (!timer) throw fail(EINVAL, `timer ${id}`);
    return timer;
  }

  delete(id: number): void {
    this.get(id).release();
    this.timers.delete(id);
    this.process.kernel.objects.timers.remove();
  }

  /** The wall clock was set, or goes at another rate. */
  wallMoved(): void {
    for (const timer of this.timers.values()) timer.wallMoved();
  }

  /** exec and exit. */
  clear(): void {
    for (const timer of this.timers.values()) timer.release();
    if (this.timers.size > 0) this.process.kernel.objects.timers.remove(this.timers.size);
    this.timers.clear();
  }
}
