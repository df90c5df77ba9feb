/** sync(2), fsync(2), sync_file_range(2), posix_fadvise(2), readahead(2). */
import { EINVAL, ESPIPE, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Result } from '../block.ts';
import { BlockFile } from '../devfs/block-file.ts';
import type { Task } from '../task.ts';
import { checkOffset } from '../transfer.ts';

const FADV_DONTNEED = 4;
const FADV_LAST = 5;
const PAGE = 4096;

export function sync(task: Task): Result {
  task.kernel.vfs.mounts.syncAll();
  return 0;
}

function syncFile(task: Task, fd: number, dataOnly: boolean): Result {
  const file = task.files.get(fd);
  if (file instanceof BlockFile) file.sync();
  else {
    const type = file.inode.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw fail(EINVAL, 'cannot be synchronized');
    file.inode.sync(dataOnly);
  }
  return 0;
}

export function fsync(task: Task, fd: number): Result {
  return syncFile(task, fd, false);
}

export function fdatasync(task: Task, fd: number): Result {
  return syncFile(task, fd, true);
}

export function syncfs(task: Task, fd: number): Result {
  task.files.get(fd).inode.fs.sync();
  return 0;
}

/** SYNC_FILE_RANGE_WAIT_BEFORE, SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT_AFTER. */
const SYNC_RANGE_FLAGS = 7;

/** The range is a hint: all of the file is written. Errors: EBADF, EINVAL, ESPIPE. */
export function syncFileRange(
  task: Task,
  fd: number,
  offset: number,
  length: number,
  flags: number,
): Result {
  const { inode } = task.files.get(fd);
  if ((flags & ~SYNC_RANGE_FLAGS) !== 0) throw fail(EINVAL, 'flags');
  if (length < 0 || length >= 2 ** 63 - 2048) throw fail(EINVAL, 'length');
  checkOffset(offset + length);
  checkOffset(offset);
  if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(ESPIPE, 'not a regular file');
  inode.sync(true);
  return 0;
}

/** DONTNEED drops clean pages; the other advices have nothing to do here. */
export function fadvise64(
  task: Task,
  fd: number,
  offset: number,
  length: number,
  advice: number,
): Result {
  const { inode } = task.files.get(fd);
  if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(ESPIPE, 'not a regular file');
  if (advice < 0 || advice > FADV_LAST || length < 0) throw fail(EINVAL, 'advice');
  if (advice === FADV_DONTNEED && inode.pages) {
    const end = length === 0 ? inode.size : offset + length;
    inode.pages.reclaim(Math.ceil((end - offset) / PAGE));
  }
  return 0;
}

/** A miss reads ahead by itself: nothing is left to do but the checks. */
export function readahead(task: Task, fd: number, _offset: number, _count: number): Result {
  const { inode } = task.files.get(fd, 'readable');
  if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(EINVAL, 'not a regular file');
  return 0;
}
