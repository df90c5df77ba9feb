/** Signals that were sent and not yet delivered, to a thread or to a process. Linux: struct sigpending. */
import type { Ns } from './clock.ts';
import {
  addSignal,
  emptySet,
  hasSignal,
  lowestSignal,
  removeSignal,
  type SignalSet,
} from './signal-set.ts';
import type { UserAccount } from './user-accounts.ts';

/** siginfo_t as data. Which fields count depends on the code: sigaction(2). */
export interface SignalInfo {
  readonly code: number;
  readonly pid?: number;
  readonly uid?: number;
  /** si_value of sigqueue and timers, all 64 bits of it. */
  readonly value?: bigint;
  /** si_addr of faults, si_call_addr of SIGSYS. */
  readonly address?: number | bigint;
  /** si_syscall of SIGSYS: its number. */
  readonly call?: number;
  /** si_errno; 0 but for SIGSYS and rt_sigqueueinfo. */
  readonly errno?: number;
  /** si_status, si_utime, si_stime of SIGCHLD. */
  readonly status?: number;
  readonly utimeNs?: Ns;
  readonly stimeNs?: Ns;
  /** si_timerid and si_overrun are the timer's, as of when the signal is taken. */
  readonly timer?: SignallingTimer;
  /** Raw bytes 16 to 127 as rt_sigqueueinfo gave them. */
  readonly raw?: Uint8Array;
}

/** A timer whose signal is in a queue at most once. */
export interface SignallingTimer {
  readonly id: number;
  /** Expirations while the signal that was taken last was waiting. */
  readonly overrun: number;
  /** The signal left the queue: it was taken, or it was discarded. */
  leftQueue(isTaken: boolean): void;
}

export interface QueuedSignal {
  readonly signal: number;
  readonly info: SignalInfo;
  /** Whose RLIMIT_SIGPENDING it counts against. */
  readonly account: UserAccount;
}

const FIRST_REALTIME = 32;

export class PendingSignals {
  readonly set: SignalSet = emptySet();
  private readonly queue: QueuedSignal[] = [];

  get count(): number {
    return this.queue.length;
  }

  /** Signals below 32 are not queued twice, but for those of timers; returns false when one was already there. */
  add(signal: number, info: SignalInfo, account: UserAccount): boolean {
    if (signal < FIRST_REALTIME && info.timer === undefined && hasSignal(this.set, signal))
      return false;
    this.queue.push({ signal, info, account });
    account.signalQueued();
    addSignal(this.set, signal);
    return true;
  }

  /** Take the first of `signal` out. */
  take(signal: number): SignalInfo | undefined {
    const index = this.queue.findIndex((entry) => entry.signal === signal);
    if (index < 0) return undefined;
    const [entry] = this.queue.splice(index, 1);
    if (!this.queue.some((other) => other.signal === signal)) removeSignal(this.set, signal);
    if (entry) left(entry, true);
    return entry?.info;
  }

  /** The timer was deleted: its signal does not wait any longer. */
  forgetTimer(timer: SignallingTimer): void {
    const entry = this.queue.find(({ info }) => info.timer === timer);
    if (!entry) return;
    this.queue.splice(this.queue.indexOf(entry), 1);
    left(entry, false);
    const { signal } = entry;
    if (!this.queue.some((other) => other.signal === signal)) removeSignal(this.set, signal);
  }

  /** Lowest pending signal outside `blocked`; 0 for none. Synchronous faults come first, as on Linux. */
  next(blocked: SignalSet): number {
    const faults = this.set.low & SYNCHRONOUS & ~blocked.low;
    if (faults !== 0) return 32 - Math.clz32(faults & -faults);
    return lowestSignal(this.set, blocked);
  }

  /** Forget every occurrence. */
  discard(signal: number): void {
    if (!hasSignal(this.set, signal)) return;
    removeSignal(this.set, signal);
    for (let i = this.queue.length - 1; i >= 0; i--) {
      const entry = this.queue[i];
      if (entry?.signal !== signal) continue;
      this.queue.splice(i, 1);
      left(entry, false);
    }
  }

  /** The thread or process is gone. */
  clear(): void {
    for (const entry of this.queue.splice(0)) left(entry, false);
    this.set.low = this.set.high = 0;
  }
}

function left({ info, account }: QueuedSignal, isTaken: boolean): void {
  account.signalLeft();
  info.timer?.leftQueue(isTaken);
}

/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS as bits of the low word. */
const SYNCHRONOUS = (1 << 3) | (1 << 4) | (1 << 6) | (1 << 7) | (1 << 10) | (1 << 30);
