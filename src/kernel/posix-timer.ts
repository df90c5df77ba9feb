/** timer_create(2): timers of a process that send a signal of choice. */
import { EINVAL, fail } from '../abi/errno.ts';
import { SI_TIMER } from '../abi/signal.ts';
import type { Ns } from './clock.ts';
import type { Process } from './process.ts';
import { sendToProcess, sendToTask } from './signal.ts';
import { Timer, type TimerTarget } from './timer.ts';

/** SIGEV_* of asm-generic/siginfo.h. */
export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD_ID = 4;

export interface TimerNotification {
  readonly kind: number;
  readonly signal: number;
  readonly value: number;
  /** SIGEV_THREAD_ID. */
  readonly tid: number;
}

export class PosixTimer implements TimerTarget {
  readonly id: number;
  readonly clock: number;
  readonly notification: TimerNotification;
  intervalNs: Ns = 0;
  /** Expirations since the last signal was sent, beyond the first. */
  overrun = 0;
  private readonly process: Process;
  private readonly timer: Timer = new Timer(this, 'posix');

  constructor(process: Process, id: number, clock: number, notification: TimerNotification) {
    this.process = process;
    this.id = id;
    this.clock = clock;
    this.notification = notification;
  }

  /** Remaining time; 0 while disarmed. */
  get remainingNs(): Ns {
    if (!this.timer.isArmed) return 0;
    return Math.max(1, this.timer.deadlineNs - this.process.kernel.clock.monotonicNs());
  }

  /** deadlineNs undefined disarms. */
  set(deadlineNs: Ns | undefined, intervalNs: Ns): void {
    const { timers } = this.process.kernel;
    this.intervalNs = intervalNs;
    this.overrun = 0;
    if (deadlineNs === undefined) timers.disarm(this.timer);
    else timers.arm(this.timer, deadlineNs);
  }

  expire(timer: Timer): void {
    const { timers, clock, pids } = this.process.kernel;
    if (this.intervalNs > 0) {
      const late = clock.monotonicNs() - timer.deadlineNs;
      const missed = Math.floor(late / this.intervalNs);
      this.overrun = missed;
      timers.arm(timer, timer.deadlineNs + (missed + 1) * this.intervalNs);
    }
    const { kind, signal, value, tid } = this.notification;
    if (kind === SIGEV_NONE) return;
    const info = { code: SI_TIMER, value, timerId: this.id, overrun: this.overrun };
    const thread = kind === SIGEV_THREAD_ID ? pids.task(tid) : undefined;
    if (thread) sendToTask(thread, signal, info);
    else sendToProcess(this.process, signal, info);
  }
}

export class PosixTimers {
  private readonly process: Process;
  private readonly timers = new Map<number, PosixTimer>();
  private nextId = 0;

  constructor(process: Process) {
    this.process = process;
  }

  create(clock: number, notification: (id: number) => TimerNotification): PosixTimer {
    const id = this.nextId++;
    const timer = new PosixTimer(this.process, id, clock, notification(id));
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
    this.get(id).set(undefined, 0);
    this.timers.delete(id);
  }

  /** exec and exit. */
  clear(): void {
    for (const timer of this.timers.values()) timer.set(undefined, 0);
    this.timers.clear();
  }
}
