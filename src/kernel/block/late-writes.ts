/** What a system call, or a thread of the kernel, has begun to write: it ends when that is done. Linux: io_schedule, balance_dirty_pages. */
import { bestEffort } from '../../fs/best-effort.ts';
import type { File } from '../../fs/file.ts';
import { IoBatch } from '../../fs/io-batch.ts';
import { block } from '../block.ts';
import type { Task } from '../task.ts';

export class LateWrites extends IoBatch {
  /** Of pages that had become too many, of any file: an error is told by fsync(2). */
  isThrottle = false;
  /** The file that fsync(2) was called for: its error is told now. */
  file: { reportErrors(): void } | undefined = undefined;
  /** That syncfs(2) was called for. */
  fileSystemOf: File | undefined = undefined;
}

/** The call is over but for what it wrote: true if the task sleeps now until that is done, and ends with `result`. */
export function sleepForWrites(task: Task, writes: LateWrites, result: number): boolean {
  const { call } = task;
  if (task.syscall === undefined || result < 0 || writes.pending === 0) return false;
  call.result = result;
  block(task, writes.queue, {
    isUninterruptible: true,
    isIo: true,
    channel: writes.isThrottle ? 'balance_dirty_pages' : 'io_schedule',
  });
  return true;
}

/** What the call that wrote returns: `result`, or what became of the writes. */
export function resultAfterWrites(task: Task, result: number): number {
  const { writes } = task;
  task.writes = undefined;
  if (writes?.error === undefined || writes.isThrottle || result < 0) return result;
  writes.fileSystemOf?.takeFailure();
  if (writes.file) bestEffort(() => writes.file?.reportErrors());
  return -writes.error.errno;
}
