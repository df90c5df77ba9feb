/**
 * Structures of file systems that are read from a slow disk while the caller sleeps: inodes, directories, maps of blocks. A step in which a call has
 * changed nothing yet, and that only reads, ends with MustWait for what is missing; woken, the call runs again from its start.
 */
import { MustWait } from '../fs/must-wait.ts';
import type { Task } from './task.ts';

/** Of one call: then it looks on until the rest is there. So it ends even where what it has read is forgotten again. */
const MOST_WAITS = 256;

/** A step of the running task's system call. Throws MustWait, and what the step throws. */
export function whileReading<T>(task: Task, step: () => T): T {
  const { kernel, call, syscall } = task;
  const { context } = kernel.vfs;
  if (syscall === undefined || kernel.current !== task || call.waits >= MOST_WAITS) return step();
  return sleepily(context, call, step);
}

/** A step of a page fault of user code, which will happen again. */
export function whileFaulting<T>({ kernel }: Task, step: () => T): T {
  return sleepily(kernel.vfs.context, undefined, step);
}

function sleepily<T>(
  context: { maySleep: boolean },
  call: { waits: number } | undefined,
  step: () => T,
): T {
  context.maySleep = true;
  try {
    return step();
  } catch (error) {
    if (call !== undefined && error instanceof MustWait && error.isIo) call.waits++;
    throw error;
  } finally {
    context.maySleep = false;
  }
}
