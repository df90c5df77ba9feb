/** eventfd2(2). */
import { EINVAL, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import type { Result } from '../block.ts';
import { EventFile } from '../eventfd.ts';
import type { Task } from '../task.ts';

const EFD_SEMAPHORE = 1;

export function eventfd2(task: Task, count: number, flags: number): Result {
  if ((flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'flags');
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const status = O_RDWR | (flags & O_NONBLOCK);
  const isSemaphore = (flags & EFD_SEMAPHORE) !== 0;
  const file = new EventFile(kernel.vfs.anonymous.root, status, count, isSemaphore);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}
