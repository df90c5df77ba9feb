/** What may forbid opening a file that is there: open(2). Linux: may_open in fs/namei.c. */
import { EINVAL, EISDIR, ELOOP, ENOTDIR, EPERM, EROFS, ETXTBSY, fail } from '../abi/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NOATIME,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  R_OK,
  W_OK,
} from '../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import type { Dentry } from '../fs/dentry.ts';
import { isAppendOnly } from '../fs/file-flags.ts';
import { type AccessIdentity, checkAccess, isOwner } from '../fs/permission.ts';

/** The bit of O_TMPFILE that is not O_DIRECTORY. */
export const TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;

/** Before the path is looked at. Linux: build_open_flags. Throws EINVAL. */
export function checkOpenFlags(flags: number): void {
  if ((flags & O_PATH) !== 0) return;
  const isDirectory = (flags & O_DIRECTORY) !== 0;
  if (isDirectory && (flags & O_CREAT) !== 0) throw fail(EINVAL, 'O_CREAT with O_DIRECTORY');
  if ((flags & TMPFILE_BIT) === 0) return;
  if (!isDirectory || (flags & O_ACCMODE) === O_RDONLY) throw fail(EINVAL, 'O_TMPFILE');
}

/** Throws EACCES, EISDIR, ELOOP, ENOTDIR, EPERM, EROFS, ETXTBSY. */
export function checkOpen(dentry: Dentry, flags: number, identity: AccessIdentity): void {
  const { inode, mount } = dentry;
  const type = inode.mode & S_IFMT;
  checkType(dentry, type, flags);
  const access = flags & O_ACCMODE;
  const truncates = (flags & O_TRUNC) !== 0 && type === S_IFREG;
  let wanted = access === O_RDONLY ? R_OK : access === O_WRONLY ? W_OK : R_OK | W_OK;
  if (truncates) wanted |= W_OK;
  const isStored = type === S_IFREG || type === S_IFDIR;
  if ((wanted & W_OK) !== 0 && isStored && mount.isReadOnly) throw fail(EROFS, dentry.name);
  checkAccess(inode, identity, wanted);
  const rewrites = (access !== O_RDONLY && (flags & O_APPEND) === 0) || (flags & O_TRUNC) !== 0;
  if (rewrites && isAppendOnly(inode)) throw fail(EPERM, 'append-only');
  if ((flags & O_NOATIME) !== 0 && !isOwner(inode, identity)) throw fail(EPERM, 'O_NOATIME');
  if ((wanted & W_OK) !== 0 && inode.executing > 0) throw fail(ETXTBSY, dentry.name);
  if (truncates && inode.isSwapFile) throw fail(ETXTBSY, dentry.name);
}

function checkType(dentry: Dentry, type: number, flags: number): void {
  if (type === S_IFLNK) throw fail((flags & O_DIRECTORY) !== 0 ? ENOTDIR : ELOOP, dentry.name);
  if ((flags & O_DIRECTORY) !== 0 && type !== S_IFDIR) throw fail(ENOTDIR, dentry.name);
  const isWrite = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
  if (type === S_IFDIR && isWrite) throw fail(EISDIR, dentry.name);
}
