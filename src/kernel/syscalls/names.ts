/** Making and removing names: mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2), rename(2), readlink(2). */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EXDEV,
  fail,
} from '../../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  W_OK,
  X_OK,
} from '../../abi/fcntl.ts';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISVTX,
} from '../../abi/stat.ts';
import { maskedMode } from '../../fs/acl.ts';
import { lookup } from '../../fs/dentry-cache.ts';
import {
  createFile,
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  removeDirectory,
  removeFile,
  renameEntry,
} from '../../fs/directory-operations.ts';
import { checkLinkSource } from '../../fs/link-protection.ts';
import { type ParentResult, resolveNew } from '../../fs/path.ts';
import { checkAccess } from '../../fs/permission.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { Result } from '../block.ts';
import { CAP_DAC_READ_SEARCH, CAP_MKNOD } from '../credentials.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import { whileReading } from '../structure-waits.ts';
import type { Task } from '../task.ts';
import { locate } from './stat.ts';

function newPlace(task: Task, dirfd: number, path: string, isDirectory: boolean) {
  const context = task.kernel.vfs.pathContext(task, dirfd, path);
  const { parent, name } = whileReading(task, () => resolveNew(path, context, isDirectory));
  whileReading(task, () => parent.inode.prepareChange?.());
  return { parent, name, identity: context.identity };
}

export function mkdirat(task: Task, dirfd: number, path: string, mode: number): Result {
  const { parent, name, identity } = newPlace(task, dirfd, path, true);
  const permissions = maskedMode(parent.inode, mode & (0o777 | S_ISVTX), task.umask);
  makeDirectory(parent, name, permissions, identity);
  return 0;
}

/** Errors: EINVAL for an unknown type, EPERM for a directory, or a device without CAP_MKNOD. */
export function mknodat(
  task: Task,
  dirfd: number,
  path: string,
  mode: number,
  device: number,
): Result {
  const { parent, name, identity } = newPlace(task, dirfd, path, false);
  const permissions = maskedMode(parent.inode, mode & 0o7777, task.umask);
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
      createFile(parent, name, mode & 0o7777, identity, task.umask);
      return 0;
    case S_IFCHR:
    case S_IFBLK:
      checkAccess(parent.inode, identity, W_OK | X_OK);
      if (!task.credentials.hasCapability(CAP_MKNOD)) throw fail(EPERM, 'CAP_MKNOD');
      makeNode(parent, name, (mode & S_IFMT) | permissions, device, identity);
      return 0;
    case S_IFIFO:
    case S_IFSOCK:
      makeNode(parent, name, (mode & S_IFMT) | permissions, 0, identity);
      return 0;
    case S_IFDIR:
      throw fail(EPERM, 'mknod of a directory');
    default:
      throw fail(EINVAL, 'mknod type');
  }
}

export function symlinkat(task: Task, target: string, dirfd: number, path: string): Result {
  if (target === '') throw fail(ENOENT, 'empty target');
  const { parent, name, identity } = newPlace(task, dirfd, path, false);
  makeSymlink(parent, name, target, identity);
  return 0;
}

export function linkat(
  task: Task,
  oldDirfd: number,
  lateOldPath: () => string,
  newDirfd: number,
  newPath: () => string,
  flags: number,
): Result {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) throw fail(EINVAL, 'linkat flags');
  const oldPath = lateOldPath();
  const isEmpty = oldPath === '' && (flags & AT_EMPTY_PATH) !== 0;
  const { credentials } = task;
  if (isEmpty && !credentials.hasCapability(CAP_DAC_READ_SEARCH)) throw fail(ENOENT, 'empty path');
  const follows = (flags & AT_SYMLINK_FOLLOW) !== 0;
  const { dentry } = isEmpty
    ? locate(task, oldDirfd, oldPath, AT_EMPTY_PATH)
    : { dentry: task.kernel.vfs.resolve(task, oldDirfd, oldPath, follows) };
  const { parent, name, identity } = newPlace(task, newDirfd, newPath(), false);
  if (!dentry) throw fail(EXDEV, 'descriptor without a place');
  checkLinkSource(task.kernel.vfs.protection, dentry.inode, identity);
  makeLink(dentry, parent, name, identity);
  return 0;
}

/** unlink(2), or rmdir(2) with AT_REMOVEDIR. */
export function unlinkat(task: Task, dirfd: number, path: string, flags: number): Result {
  if ((flags & ~AT_REMOVEDIR) !== 0) throw fail(EINVAL, 'unlinkat flags');
  const { vfs } = task.kernel;
  const context = vfs.pathContext(task, dirfd, path);
  const found = vfs.parentOf(task, dirfd, path);
  if ((flags & AT_REMOVEDIR) !== 0) {
    if (found.kind === 'dotdot') throw fail(ENOTEMPTY, path);
    if (found.kind === 'dot') throw fail(EINVAL, path);
    if (found.kind === 'root') throw fail(EBUSY, path);
    removeDirectory(found.parent, found.name, context.identity);
    return 0;
  }
  if (found.kind !== 'name') throw fail(EISDIR, path);
  if (found.hasTrailingSlash) {
    const victim = lookup(found.parent, found.name);
    if (!victim) throw fail(ENOENT, path);
    throw fail((victim.inode.mode & S_IFMT) === S_IFDIR ? EISDIR : ENOTDIR, path);
  }
  removeFile(found.parent, found.name, context.identity);
  return 0;
}

export function renameat2(
  task: Task,
  oldDirfd: number,
  oldPath: string,
  newDirfd: number,
  newPath: string,
  flags: number,
): Result {
  const isExclusive = (flags & RENAME_NOREPLACE) !== 0;
  const isExchange = (flags & RENAME_EXCHANGE) !== 0;
  const isWhiteout = (flags & RENAME_WHITEOUT) !== 0;
  const isUnknown = (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) !== 0;
  if (isUnknown || ((isExclusive || isWhiteout) && isExchange))
    throw fail(EINVAL, 'renameat2 flags');
  const { vfs } = task.kernel;
  const { identity } = vfs.pathContext(task, oldDirfd, oldPath);
  const from = vfs.parentOf(task, oldDirfd, oldPath);
  const to: ParentResult = vfs.parentOf(task, newDirfd, newPath);
  if (from.kind !== 'name') throw fail(EBUSY, oldPath);
  if (to.kind !== 'name') throw fail(isExclusive ? EEXIST : EBUSY, newPath);
  renameEntry(
    from.parent,
    from.name,
    to.parent,
    to.name,
    flags,
    identity,
    from.hasTrailingSlash,
    to.hasTrailingSlash,
  );
  return 0;
}

/** Errors: EINVAL for an empty buffer or no symlink. The result is cut to the buffer, without a NUL. */
export function readlinkat(task: Task, dirfd: number, path: string, buffer: UserBuffer): Result {
  if (buffer.length <= 0) throw fail(EINVAL, 'empty buffer');
  const { inode } =
    path === ''
      ? locate(task, dirfd, path, AT_EMPTY_PATH)
      : task.kernel.vfs.resolve(task, dirfd, path, false);
  if ((inode.mode & S_IFMT) !== S_IFLNK) throw fail(path === '' ? ENOENT : EINVAL, path);
  const target = toBytes(inode.readlink().slice(0, buffer.length));
  buffer.copyIn(target, 0);
  inode.accessed?.(undefined);
  return target.length;
}
