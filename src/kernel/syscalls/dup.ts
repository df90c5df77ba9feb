/** dup(2): dup, dup3. */
import { EBADF, EINVAL, fail } from '../../abi/errno.ts';
import { O_CLOEXEC } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import type { Result } from '../block.ts';
import { letGoDetached } from '../mount-users.ts';
import type { Task } from '../task.ts';

/** Errors: EBADF, EMFILE. */
export function dup(task: Task, fd: number): Result {
  const { process } = task;
  const file = task.files.getAny(fd);
  const result = task.files.allocate(file, false, process.limit(RLIMIT_NOFILE));
  file.references++;
  return result;
}

/** Errors: EBADF, EINVAL. The new descriptor is closed first if it is open. */
export function dup3(task: Task, oldFd: number, newFd: number, flags: number): Result {
  const { process } = task;
  if ((flags & ~O_CLOEXEC) !== 0 || oldFd === newFd) throw fail(EINVAL, 'dup3');
  if (newFd < 0 || newFd >= process.limit(RLIMIT_NOFILE)) throw fail(EBADF, 'new descriptor');
  const file = task.files.getAny(oldFd);
  file.references++;
  task.files.replace(newFd, file, (flags & O_CLOEXEC) !== 0);
  letGoDetached(task.kernel);
  return newFd;
}
