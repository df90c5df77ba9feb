/** The system call that a task is in: what survives from one run of a blocked call to the next. */
import type { Timestamp } from '../fs/inode.ts';
import type { Ns } from './clock.ts';
import type { PermissionRequest } from './fanotify-permission.ts';
import type { CallFault } from './faults/call-faults.ts';
import type { SignalSet } from './signal-set.ts';

/**
 * What a signal does to a call that sleeps. `restart`: runs again if the handler has SA_RESTART (Linux ERESTARTSYS).
 * `nohand`: EINTR if a handler runs, else runs again (ERESTARTNOHAND). `restart_block`: as nohand, deadline kept
 * (nanosleep, poll). `eintr`: always EINTR (epoll_wait, sigtimedwait).
 */
export type RestartMode = 'restart' | 'nohand' | 'restart_block' | 'eintr';

/** One object per task, reused by every call; begin() resets it. Plain data. */
export class PendingSyscall {
  number = -1;
  /** Set by a waker: completes the call without running its handler again. */
  result: number | undefined = undefined;
  /** Absolute; set by the first run. */
  deadlineNs: Ns | undefined = undefined;
  /** Its deadline by the wall clock: follows when that is set. */
  wallDeadline: Timestamp | undefined = undefined;
  timedOut = false;
  /** Bytes transferred so far: the result if the call is interrupted. */
  done = 0;
  /** Mask to restore when the call ends: sigsuspend, ppoll, pselect. */
  savedMask: SignalSet | undefined = undefined;
  /** Plain data of the handler's own. */
  waitData: unknown = undefined;
  /** What it asked fanotify groups, and their answers. */
  permissions: PermissionRequest[] | undefined = undefined;
  /** Times that it slept until structures of a file system were there: structure-waits.ts. */
  waits = 0;
  restart: RestartMode = 'restart';
  /** block() found a signal: the EINTR that it threw is subject to `restart`. */
  isInterrupted = false;
  /** Entered before: this is a re-run. */
  isRestarted = false;
  /** A hook of the process, or seccomp, decides about it first: syscall-hook.ts, seccomp/. */
  isHeld = false;
  /** A rule of fault injection makes it fail: faults/call-faults.ts. */
  fault: CallFault | undefined = undefined;
  /** While the call is traced: `name(` and the arguments before the first that the kernel writes; else ''. */
  traceText = '';
  /** When it began, while it is traced. */
  traceBeganNs = 0;
  /** Lines of signals without effect that came meanwhile: they follow the call's. */
  readonly traceSignals: string[] = [];
  /** What the kernel was told of the room for an address or an option, where it writes the length there. */
  traceLength = 0;

  begin(number: number): void {
    this.number = number;
    this.result = undefined;
    this.deadlineNs = undefined;
    this.wallDeadline = undefined;
    this.timedOut = false;
    this.done = 0;
    this.savedMask = undefined;
    this.waitData = undefined;
    this.permissions = undefined;
    this.waits = 0;
    this.restart = 'restart';
    this.isInterrupted = false;
    this.isRestarted = false;
    this.isHeld = false;
    this.fault = undefined;
    this.traceText = '';
  }
}
