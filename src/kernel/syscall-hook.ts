/** Whoever decides about a process's system calls before they run. The call waits meanwhile, as it would for a file. */
import type { WaitQueue } from '../lib/wait-queue.ts';
import { block, type Result } from './block.ts';
import type { Kernel } from './kernel.ts';
import type { Task } from './task.ts';

/** Let the call run, with the arguments that are in the registers by now. */
export const RUN = Symbol('run');

export interface SyscallHook {
  /** Woken when a decision has been made. */
  readonly queue: WaitQueue;
  wants(number: number): boolean;
  /** RUN, or the call's result in its place (negative: an error); undefined while that is not known. Asked again after each wake-up. */
  decide(task: Task): typeof RUN | number | undefined;
  /** The call will not be asked for again: a signal has interrupted it, or its task has ended. */
  forget(task: Task): void;
}

/** What the hook of a held call says; BLOCKED while it has not. Throws EINTR. */
export function askHook(task: Task, hook: SyscallHook): typeof RUN | Result {
  const decision = hook.decide(task);
  if (decision !== undefined) {
    task.call.isHeld = false;
    return decision;
  }
  try {
    return block(task, hook.queue, { channel: 'syscall_hook' });
  } catch (error) {
    hook.forget(task);
    throw error;
  }
}

/** After a restore: hooks stayed behind with their host, and the calls that waited for them run as if there had been none. */
export function releaseHeldCalls({ pids, scheduler }: Kernel): void {
  for (const task of pids.tasks.values()) if (task.syscall?.isHeld === true) scheduler.wake(task);
}
