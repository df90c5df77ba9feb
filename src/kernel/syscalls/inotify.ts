/** inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2). */
import { EINVAL, ENOTDIR, fail } from '../../abi/errno.ts';
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY, R_OK } from '../../abi/fcntl.ts';
import * as abi from '../../abi/inotify.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import { checkAccess } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { InotifyFile } from '../inotify.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';

/** What a mask may consist of; one with none of it, or more, is refused. */
const KNOWN =
  abi.IN_ALL_EVENTS |
  abi.IN_UNMOUNT |
  abi.IN_Q_OVERFLOW |
  abi.IN_IGNORED |
  abi.IN_ONLYDIR |
  abi.IN_DONT_FOLLOW |
  abi.IN_EXCL_UNLINK |
  abi.IN_MASK_ADD |
  abi.IN_MASK_CREATE |
  abi.IN_ISDIR |
  abi.IN_ONESHOT;

/** Errors: EINVAL, EMFILE. */
export function inotifyInit1(task: Task, flags: number): Result {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'inotify_init1 flags');
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const status = O_RDONLY | (flags & O_NONBLOCK);
  const { ruid } = task.credentials;
  const file = new InotifyFile(kernel.vfs.anonymous.root, status, kernel.inotify, ruid);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}

function instanceOf(task: Task, fd: number): InotifyFile {
  const file = task.files.get(fd);
  if (file instanceof InotifyFile) return file;
  throw fail(EINVAL, 'not an inotify descriptor');
}

/** Errors: EACCES, EBADF, EEXIST, EINVAL, ENOSPC, ENOTDIR and those of path resolution. */
export function inotifyAddWatch(task: Task, fd: number, path: () => string, mask: number): Result {
  if ((mask & KNOWN) === 0 || (mask & ~KNOWN) !== 0) throw fail(EINVAL, 'mask');
  const both = abi.IN_MASK_ADD | abi.IN_MASK_CREATE;
  if ((mask & both) === both) throw fail(EINVAL, 'IN_MASK_ADD with IN_MASK_CREATE');
  const file = instanceOf(task, fd);
  const { kernel } = task;
  const follows = (mask & abi.IN_DONT_FOLLOW) === 0;
  const { inode } = kernel.vfs.resolve(task, AT_FDCWD, path(), follows);
  if ((mask & abi.IN_ONLYDIR) !== 0 && (inode.mode & S_IFMT) !== S_IFDIR) {
    throw fail(ENOTDIR, 'IN_ONLYDIR');
  }
  checkAccess(inode, fileIdentity(task), R_OK);
  return file.watch(inode, mask);
}

export function inotifyRmWatch(task: Task, fd: number, wd: number): Result {
  instanceOf(task, fd).unwatch(wd);
  return 0;
}
