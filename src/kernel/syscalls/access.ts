/** access(2): faccessat, faccessat2. */
import { EACCES, EINVAL, EROFS, fail } from '../../abi/errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  R_OK,
  W_OK,
  X_OK,
} from '../../abi/fcntl.ts';
import { MS_NOEXEC } from '../../abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { resolve } from '../../fs/path.ts';
import { checkAccess } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { whileReading } from '../structure-waits.ts';
import type { Task } from '../task.ts';
import { fileIdentity, powersOf } from '../vfs.ts';
import { type Located, locate } from './stat.ts';

export function faccessat(task: Task, dirfd: number, path: () => string, mode: number): Result {
  return faccessat2(task, dirfd, path, mode, 0);
}

/** The check is made with the real ids, the walk too, unless AT_EACCESS. Errors: EACCES, EINVAL, EROFS … */
export function faccessat2(
  task: Task,
  dirfd: number,
  latePath: () => string,
  mode: number,
  flags: number,
): Result {
  if ((mode & ~(R_OK | W_OK | X_OK)) !== 0) throw fail(EINVAL, 'access mode');
  if ((flags & ~(AT_EACCESS | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) {
    throw fail(EINVAL, 'access flags');
  }
  const path = latePath();
  const { ruid, rgid, groups, permitted } = task.credentials;
  const powers = powersOf(ruid === 0 ? permitted : 0);
  const identity =
    (flags & AT_EACCESS) !== 0 ? fileIdentity(task) : { uid: ruid, gid: rgid, groups, powers };
  let found: Located;
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    found = locate(task, dirfd, path, flags);
  } else {
    const followsLast = (flags & AT_SYMLINK_NOFOLLOW) === 0;
    const from = { ...task.kernel.vfs.pathContext(task, dirfd, path), identity };
    const dentry = whileReading(task, () => resolve(path, from, followsLast));
    found = { inode: dentry.inode, dentry };
  }
  const { inode, dentry } = found;
  const type = inode.mode & S_IFMT;
  const isNoexec = dentry !== undefined && (dentry.mount.flags & MS_NOEXEC) !== 0;
  if ((mode & X_OK) !== 0 && type === S_IFREG && isNoexec) throw fail(EACCES, 'noexec mount');
  checkAccess(inode, identity, mode);
  const isStored = type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
  if ((mode & W_OK) !== 0 && isStored && dentry?.mount.isReadOnly) throw fail(EROFS, path);
  return 0;
}
