/** chdir(2), getcwd(2), chroot(2), umask(2). */
import { ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, ERANGE, fail } from '../../abi/errno.ts';
import { AT_FDCWD, X_OK } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { PATH_MAX, pathOf } from '../../fs/path.ts';
import { checkAccess } from '../../fs/permission.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_CHROOT } from '../credentials.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import { letGoDetached } from '../mount-users.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';

function checkDirectory(task: Task, place: Dentry): Dentry {
  if ((place.inode.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, place.name);
  checkAccess(place.inode, fileIdentity(task), X_OK);
  return place;
}

export function chdir(task: Task, path: string): Result {
  const { kernel } = task;
  task.fsContext.cwd = checkDirectory(task, kernel.vfs.resolve(task, AT_FDCWD, path));
  letGoDetached(kernel);
  return 0;
}

export function fchdir(task: Task, fd: number): Result {
  const { kernel } = task;
  task.fsContext.cwd = checkDirectory(task, kernel.vfs.directoryOf(task, fd));
  letGoDetached(kernel);
  return 0;
}

export function chroot(task: Task, path: string): Result {
  const { kernel } = task;
  const place = checkDirectory(task, kernel.vfs.resolve(task, AT_FDCWD, path));
  if (!task.credentials.hasCapability(CAP_SYS_CHROOT)) throw fail(EPERM, 'CAP_SYS_CHROOT');
  task.fsContext.root = place;
  letGoDetached(kernel);
  return 0;
}

/** Returns the length with the NUL. Errors: ENOENT for a removed directory, ERANGE. */
export function getcwd(task: Task, buffer: UserBuffer): Result {
  const { cwd, root } = task;
  if (cwd.isDeleted) throw fail(ENOENT, 'removed directory');
  const bytes = toBytes(`${pathOf(cwd, root)}\0`);
  if (bytes.length > PATH_MAX) throw fail(ENAMETOOLONG, 'longer than a page');
  if (bytes.length > buffer.length) throw fail(ERANGE, 'buffer too small');
  buffer.copyIn(bytes, 0);
  return bytes.length;
}

export function umask(task: Task, mask: number): Result {
  const { fsContext } = task;
  const before = fsContext.umask;
  fsContext.umask = mask & 0o777;
  return before;
}
