/** What a file system call that will never run again has to give back: its task was killed while it slept. */
import { LateTransfer } from '../fs/late-transfer.ts';
import { PipeFile } from '../fs/pipe-file.ts';
import { dropFile } from './file-table.ts';
import { Incoming } from './net/message.ts';
import type { Task } from './task.ts';

/** An open FIFO end that waited for its other end, descriptors that were received, frames for a transfer, and a place in the queue for a lock. */
export function abandonCall(task: Task): void {
  const { locks } = task.kernel.vfs;
  locks.cancel(task);
  if (task.syscall?.isHeld === true) task.process.hook?.forget(task);
  if (task.syscall) task.syscall.permissions = undefined;
  const held = task.syscall?.waitData;
  if (held instanceof LateTransfer) held.release();
  if (held instanceof PipeFile) dropFile(held, locks);
  if (held instanceof Incoming) for (const file of held.files) dropFile(file, locks);
}
