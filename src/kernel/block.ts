/** Sleeping in a system call: the one way a task waits. The call runs again from its start when the task is woken. */
import { EINTR, fail } from '../abi/errno.ts';
import { MustWait } from '../fs/must-wait.ts';
import { panic } from '../lib/panic.ts';
import type { WaitQueue } from '../lib/wait-queue.ts';
import type { Ns } from './clock.ts';
import { beginIoWait } from './io-wait.ts';
import { hasPendingSignal } from './signal.ts';
import type { Task } from './task.ts';

/** A handler returns this after block(): the call is not finished. */
export const BLOCKED = Symbol('blocked');
/** What a system call handler returns: a number for a0, or BLOCKED. Errors are thrown. */
export type Result = number | typeof BLOCKED;

export interface BlockOptions {
  /** Absolute; when it passes, the call runs again with task.syscall.timedOut. */
  deadlineNs?: Ns | undefined;
  /** Woken one at a time (WaitQueue.wake). */
  isExclusive?: boolean;
  /** State D: signals do not end the sleep. */
  isUninterruptible?: boolean;
  /** For a disk: the time counts as such. */
  isIo?: boolean;
  /** For /proc/<pid>/wchan. */
  channel?: string;
}

/**
 * Put the running task to sleep until one of the queues wakes it, the deadline passes or a signal comes. The caller must
 * have checked its condition and returns BLOCKED at once. Throws EINTR, which becomes a restart where the call allows
 * it, when a signal is already pending.
 */
export function block(
  task: Task,
  queues: WaitQueue | readonly WaitQueue[],
  options: BlockOptions = {},
): typeof BLOCKED {
  const call = task.syscall;
  if (!call && !options.isUninterruptible) panic('interruptible sleep outside of a system call');
  if (!options.isUninterruptible && hasPendingSignal(task)) {
    if (call) call.isInterrupted = true;
    throw fail(EINTR, 'interrupted by a signal');
  }
  if (Array.isArray(queues))
    for (const queue of queues as readonly WaitQueue[]) queue.enlist(task, options.isExclusive);
  else (queues as WaitQueue).enlist(task, options.isExclusive);
  task.isExclusiveWaiter = options.isExclusive === true;
  task.state = options.isUninterruptible ? 'D' : 'S';
  if (options.isIo) beginIoWait(task);
  task.waitChannel = options.channel ?? task.kernel.syscallName(call?.number ?? -1);
  if (options.deadlineNs !== undefined && options.deadlineNs !== Number.POSITIVE_INFINITY)
    task.kernel.timers.arm(task.sleepTimer, options.deadlineNs);
  return BLOCKED;
}

/**
 * Absolute deadline of the running call, fixed on its first run: `relativeNs` from then on. Undefined means for ever.
 */
export function deadlineOf(task: Task, relativeNs: Ns | undefined): Ns | undefined {
  const call = task.syscall ?? panic('deadlineOf outside of a system call');
  if (relativeNs === undefined) return undefined;
  call.deadlineNs ??= task.kernel.clock.monotonicNs() + relativeNs;
  return call.deadlineNs;
}

/** As block, until a disk is done. */
export function sleepForDisk(task: Task, queue: WaitQueue): typeof BLOCKED {
  return block(task, queue, { isUninterruptible: true, isIo: true, channel: 'io_schedule' });
}

/** Block for what was thrown; returns another error instead when the call may not sleep. */
export function waitAsThrown(task: Task, thrown: unknown): unknown {
  if (!(thrown instanceof MustWait)) return thrown;
  try {
    if (thrown.isIo) sleepForDisk(task, thrown.queue);
    else block(task, thrown.queue);
    return BLOCKED;
  } catch (error) {
    return error;
  }
}
