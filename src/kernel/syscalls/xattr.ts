/** Extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2). No file system here has any. */
import { EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';

function refuse(): never {
  throw fail(EOPNOTSUPP, 'no extended attributes');
}

/** set, get and remove by path. */
export function pathXattr(task: Task, path: string): Result {
  task.kernel.vfs.resolve(task.process, AT_FDCWD, path);
  return refuse();
}

export function linkXattr(task: Task, path: string): Result {
  task.kernel.vfs.resolve(task.process, AT_FDCWD, path, false);
  return refuse();
}

export function fdXattr(task: Task, fd: number): Result {
  task.process.files.get(fd);
  return refuse();
}

/** The list is empty. */
export function listxattr(task: Task, path: string): Result {
  task.kernel.vfs.resolve(task.process, AT_FDCWD, path);
  return 0;
}

export function llistxattr(task: Task, path: string): Result {
  task.kernel.vfs.resolve(task.process, AT_FDCWD, path, false);
  return 0;
}

export function flistxattr(task: Task, fd: number): Result {
  task.process.files.get(fd);
  return 0;
}
