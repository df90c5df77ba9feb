/** The one place where a call waits for a file: operations give EAGAIN, and the call sleeps unless O_NONBLOCK. */
import { EAGAIN, KernelError } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import type { File } from '../fs/file.ts';
import { block, type Result } from './block.ts';
import type { Task } from './task.ts';

/**
 * After an operation on the file threw `error`: where it is EAGAIN, sleep until the file's queue is woken and let the call run again. Throws
 * any other, and EAGAIN for a file with O_NONBLOCK, or with nothing to wait on. The operation itself is not passed, for a closure each call
 * was a third of the garbage of a read.
 */
export function waitUntilReady(task: Task, file: File, error: unknown): Result {
  if (!(error instanceof KernelError) || error.errno !== EAGAIN) throw error;
  const queue = file.waitQueue;
  if ((file.flags & O_NONBLOCK) !== 0 || queue === undefined) throw error;
  return block(task, queue);
}
