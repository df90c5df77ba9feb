/** sync(2), fsync(2), sync_file_range(2), posix_fadvise(2), readahead(2). */

import { EINVAL, ESPIPE, fail, type KernelError } from '../../abi/errno.ts';
import { S_IFBLK, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from '../../abi/stat.ts';
import { attempt, bestEffort } from '../../fs/best-effort.ts';
import type { File } from '../../fs/file.ts';
import type { Inode } from '../../fs/inode.ts';
import { dropPages } from '../../fs/page-eviction.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { RegularFile } from '../../fs/regular-file.ts';
import type { Result } from '../block.ts';
import { BlockFile } from '../devfs/block-file.ts';
import type { Task } from '../task.ts';
import { checkOffset } from '../transfer.ts';

export function sync(task: Task): Result {
  task.kernel.vfs.mounts.syncAll();
  return 0;
}

/** Throws EINVAL for what stores nothing, EIO. */
export function syncFile(file: File, dataOnly: boolean): void {
  if (file instanceof BlockFile) file.sync();
  else if (file instanceof RegularFile) file.sync(dataOnly);
  else {
    const type = file.inode.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw fail(EINVAL, 'cannot be synchronized');
    file.inode.sync(dataOnly);
  }
}

export function fsync(task: Task, fd: number): Result {
  return syncFor(task, fd, false);
}

export function fdatasync(task: Task, fd: number): Result {
  return syncFor(task, fd, true);
}

function syncFor(task: Task, fd: number, dataOnly: boolean): Result {
  const file = task.files.get(fd);
  const failure = attempt(() => syncFile(file, dataOnly));
  if (task.writes && file instanceof RegularFile) task.writes.file = file;
  return afterWrites(task, failure);
}

/** What has begun is waited for in any case, so that the next call does not tell what became of it. Throws `failure` where nothing has. */
function afterWrites({ writes }: Task, failure: KernelError | undefined): Result {
  if (failure === undefined) return 0;
  if (writes === undefined || writes.pending === 0) throw failure;
  writes.error ??= failure;
  return 0;
}

/** Errors: EBADF; EIO, ENOSPC for anything in the file system that could not be stored since the file was opened, once. */
export function syncfs(task: Task, fd: number): Result {
  const file = task.files.get(fd);
  const failure = attempt(() => file.inode.fs.sync());
  const told = file.takeFailure();
  if (task.writes) task.writes.fileSystemOf = file;
  return afterWrites(task, failure ?? told);
}

const SYNC_FILE_RANGE_WRITE = 2;
/** And SYNC_FILE_RANGE_WAIT_BEFORE, SYNC_FILE_RANGE_WAIT_AFTER. */
const SYNC_RANGE_FLAGS = 7;
const SYNC_RANGE_WAITS = SYNC_RANGE_FLAGS & ~SYNC_FILE_RANGE_WRITE;
const SYNC_RANGE_TYPES: ReadonlySet<number> = new Set([S_IFREG, S_IFBLK, S_IFDIR, S_IFLNK]);

/** Pages of the range alone, no metadata. Errors: EBADF, EINVAL, EIO, ENOSPC, ESPIPE. */
export function syncFileRange(
  task: Task,
  fd: number,
  offset: number,
  length: number,
  flags: number,
): Result {
  const file = task.files.get(fd);
  const { inode } = file;
  if ((flags & ~SYNC_RANGE_FLAGS) !== 0) throw fail(EINVAL, 'flags');
  if (length < 0 || length >= 2 ** 63 - 2048) throw fail(EINVAL, 'length');
  checkOffset(offset + length);
  checkOffset(offset);
  if (!SYNC_RANGE_TYPES.has(inode.mode & S_IFMT)) throw fail(ESPIPE, 'not a file');
  if (!(file instanceof RegularFile)) return 0;
  const end = length === 0 ? Number.POSITIVE_INFINITY : Math.ceil((offset + length) / PAGE_SIZE);
  // Who only starts it hears of errors by another call.
  if ((flags & SYNC_FILE_RANGE_WRITE) !== 0)
    bestEffort(() => inode.pages?.sync(Math.floor(offset / PAGE_SIZE), end));
  if ((flags & SYNC_RANGE_WAITS) !== 0) file.reportErrors();
  return 0;
}

/** Errors: EBADF, EINVAL, ESPIPE. */
export function fadvise64(
  task: Task,
  fd: number,
  offset: number,
  length: number,
  advice: number,
): Result {
  const file = task.files.get(fd);
  const { inode } = file;
  const type = inode.mode & S_IFMT;
  if (type === S_IFIFO || type === S_IFSOCK) throw fail(ESPIPE, 'a stream');
  if (length < 0 || !(advice in ADVICES)) throw fail(EINVAL, 'advice');
  if (file instanceof RegularFile && inode.pages?.owner.isStored)
    ADVICES[advice]?.(task, file, offset, length === 0 ? inode.size : offset + length);
  return 0;
}

type Advise = (task: Task, file: RegularFile, start: number, end: number) => void;

/** By POSIX_FADV_*: NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, NOREUSE, of which Linux makes a hint for reclaim. */
const ADVICES: readonly Advise[] = [
  (_, { readAhead }) => {
    readAhead.pattern = 'normal';
  },
  (_, { readAhead }) => {
    readAhead.pattern = 'random';
  },
  (_, { readAhead }) => {
    readAhead.pattern = 'sequential';
  },
  (task, { inode }, start, end) => fetchAhead(task, inode, start, end),
  dropRange,
  () => undefined,
];

/** What is dirty is stored; pages go that lie within the range as a whole, or up to the end of file. */
function dropRange(_task: Task, { inode }: RegularFile, start: number, end: number): void {
  const { pages, size } = inode;
  const first = Math.ceil(start / PAGE_SIZE);
  const last = end >= size ? Math.ceil(size / PAGE_SIZE) : Math.floor(end / PAGE_SIZE);
  bestEffort(() => pages?.sync(first, last));
  if (pages) dropPages(pages, first, last, false);
}

/** At most half of the memory that is free. */
function fetchAhead({ kernel }: Task, inode: Inode, start: number, end: number): void {
  const first = Math.floor(start / PAGE_SIZE);
  const most = first + Math.floor(kernel.frames.free / 2);
  bestEffort(() => inode.pages?.populate(first, Math.min(Math.ceil(end / PAGE_SIZE), most)));
}

/** Errors: EBADF, EINVAL. */
export function readahead(task: Task, fd: number, offset: number, count: number): Result {
  const file = task.files.get(fd, 'readable');
  const { inode } = file;
  const type = inode.mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFBLK) throw fail(EINVAL, 'neither a file nor a disk');
  if (file instanceof RegularFile && inode.pages?.owner.isStored)
    fetchAhead(task, inode, offset, offset + count);
  return 0;
}
