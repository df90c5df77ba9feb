/** truncate(2), ftruncate(2), fallocate(2). */

import {
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  ESPIPE,
  ETXTBSY,
  fail,
} from '../../abi/errno.ts';
import { AT_FDCWD, F_SEAL_FUTURE_WRITE, F_SEAL_WRITE, O_DSYNC, W_OK } from '../../abi/fcntl.ts';
import { IN_MODIFY } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import { checkNotFrozen, isAppendOnly, isImmutable } from '../../fs/file-flags.ts';
import type { Inode } from '../../fs/inode.ts';
import { notifyFile, notifyPlace } from '../../fs/notify.ts';
import { MAX_FILE_BYTES, type PageCache } from '../../fs/page-cache.ts';
import { evictPages } from '../../fs/page-eviction.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { checkAccess } from '../../fs/permission.ts';
import { isWritable } from '../../fs/references.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { block, type Result } from '../block.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';
import { clearSetid, roomInFile } from '../transfer.ts';
import { fileIdentity } from '../vfs.ts';

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_COLLAPSE_RANGE = 8;
const FALLOC_FL_ZERO_RANGE = 0x10;
const FALLOC_FL_INSERT_RANGE = 0x20;
const FALLOC_FL_UNSHARE_RANGE = 0x40;
const SHIFTS = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE;
const MODES =
  FALLOC_FL_KEEP_SIZE |
  FALLOC_FL_PUNCH_HOLE |
  FALLOC_FL_ZERO_RANGE |
  FALLOC_FL_UNSHARE_RANGE |
  SHIFTS;
const CHUNK = 65536;
/** Written and let go together: 4 MiB. */
const PAGES_AT_A_TIME = 1024;

/** Errors: EACCES, EINVAL, EISDIR, EFBIG (with SIGXFSZ), EROFS, ETXTBSY and those of path resolution. */
export function truncate(task: Task, path: string, length: number): Result {
  if (length < 0) throw fail(EINVAL, 'negative length');
  const { kernel } = task;
  const place = kernel.vfs.resolve(task, AT_FDCWD, path);
  const { inode, mount } = place;
  if ((inode.mode & S_IFMT) === S_IFDIR) throw fail(EISDIR, path);
  if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(EINVAL, path);
  if (mount.isReadOnly) throw fail(EROFS, path);
  checkAccess(inode, fileIdentity(task), W_OK);
  if (inode.executing > 0) throw fail(ETXTBSY, path);
  const lease = kernel.leases.breakFor(inode, true);
  if (lease) return block(task, lease.queue, { deadlineNs: lease.deadlineNs });
  return resize(task, inode, length, place);
}

/** Errors: EBADF, EINVAL for a descriptor that is not open for writing or no regular file, EFBIG. */
export function ftruncate(task: Task, fd: number, length: number): Result {
  if (length < 0) throw fail(EINVAL, 'negative length');
  const file = task.files.get(fd);
  if ((file.inode.mode & S_IFMT) !== S_IFREG || !isWritable(file.flags)) {
    throw fail(EINVAL, 'not a regular file open for writing');
  }
  return resize(task, file.inode, length, file.dentry);
}

function resize(task: Task, inode: Inode, length: number, place: Dentry | undefined): Result {
  if (length > MAX_FILE_BYTES) throw fail(EFBIG, 'length');
  if (isAppendOnly(inode)) throw fail(EPERM, 'append-only');
  checkNotFrozen(inode);
  if (length > inode.size) roomInFile(task, length - 1, 1);
  clearSetid(task, inode);
  inode.setAttributes({ size: length });
  if (place) notifyPlace(place, IN_MODIFY);
  return 0;
}

/** Throws EINVAL, EOPNOTSUPP. */
function checkMode(mode: number): void {
  const punches = (mode & FALLOC_FL_PUNCH_HOLE) !== 0;
  const zeroes = (mode & FALLOC_FL_ZERO_RANGE) !== 0;
  if ((mode & ~MODES) !== 0 || (punches && zeroes)) throw fail(EOPNOTSUPP, 'mode');
  if (punches && (mode & FALLOC_FL_KEEP_SIZE) === 0) throw fail(EOPNOTSUPP, 'PUNCH_HOLE');
  const shift = mode & SHIFTS;
  if (shift !== 0 && mode !== FALLOC_FL_COLLAPSE_RANGE && mode !== FALLOC_FL_INSERT_RANGE)
    throw fail(EINVAL, 'one at a time');
  const isUnshare = (mode & FALLOC_FL_UNSHARE_RANGE) !== 0;
  if (isUnshare && (mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE)) !== 0)
    throw fail(EINVAL, 'UNSHARE_RANGE and others');
}

/** Errors: EBADF, EFBIG, EINVAL, ENODEV, ENOSPC, EOPNOTSUPP for a mode that the file system does not have, EPERM, ESPIPE, ETXTBSY. */
function allocate(task: Task, fd: number, mode: number, offset: number, length: number): Result {
  const file = task.files.get(fd);
  if (offset < 0 || length <= 0) throw fail(EINVAL, 'range');
  checkMode(mode);
  if (!isWritable(file.flags)) throw fail(EBADF, 'not open for writing');
  const { inode } = file;
  const type = inode.mode & S_IFMT;
  if (isImmutable(inode) || ((mode & ~FALLOC_FL_KEEP_SIZE) !== 0 && isAppendOnly(inode)))
    throw fail(EPERM, 'immutable or append-only');
  if (inode.isSwapFile) throw fail(ETXTBSY, 'a swap area');
  if (type === S_IFIFO) throw fail(ESPIPE, 'a pipe');
  if (type === S_IFDIR) throw fail(EISDIR, 'a directory');
  if (type !== S_IFREG) throw fail(ENODEV, 'not a regular file');
  if (offset + length > MAX_FILE_BYTES) throw fail(EFBIG, 'range');
  if ((mode & SHIFTS) !== 0) shift(task, inode, mode, offset, length);
  else reserve(task, file, mode, offset, length);
  notifyFile(file, IN_MODIFY);
  return 0;
}

/** FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE. */
function shift(task: Task, inode: Inode, mode: number, offset: number, length: number): void {
  if (!inode.collapseRange || !inode.insertRange)
    throw fail(EOPNOTSUPP, 'the file system moves nothing');
  clearSetid(task, inode);
  if (mode === FALLOC_FL_COLLAPSE_RANGE) inode.collapseRange(offset, length);
  else {
    roomInFile(task, inode.size + length - 1, 1);
    inode.insertRange(offset, length);
  }
}

function reserve(task: Task, file: File, mode: number, offset: number, length: number): void {
  const { inode } = file;
  if ((mode & FALLOC_FL_UNSHARE_RANGE) !== 0) throw fail(EOPNOTSUPP, 'nothing is shared');
  const keepsSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  const punches = (mode & FALLOC_FL_PUNCH_HOLE) !== 0;
  const zeroes = (mode & FALLOC_FL_ZERO_RANGE) !== 0;
  if (!punches && inode.hasNoPreallocation === true) throw fail(EOPNOTSUPP, 'no extents');
  if (zeroes && inode.hasNoZeroRange === true) throw fail(EOPNOTSUPP, 'ZERO_RANGE');
  const isSealed = ((inode.seals ?? 0) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0;
  if (isSealed && (punches || zeroes)) throw fail(EPERM, 'sealed');
  const end = offset + length;
  if (!keepsSize && end > inode.size) roomInFile(task, end - 1, 1);
  clearSetid(task, inode);
  if (punches && offset >= inode.size) inode.punchBehindEnd?.();
  else if (punches || zeroes) clearRange(inode, offset, Math.min(end, inode.size));
  const isAllocated = !punches && inode.preallocate?.(offset, end) === true;
  if (!keepsSize && end > inode.size) inode.setAttributes({ size: end });
  if (!punches && !isAllocated && inode.pages) {
    fillHoles(inode, inode.pages, offset, Math.min(end, inode.size));
  }
  if ((file.flags & O_DSYNC) !== 0) inode.sync(false);
}

/** Whole pages become holes where the file system has them; the rest is overwritten with zeros. */
function clearRange(inode: Inode, offset: number, end: number): void {
  const first = Math.ceil(offset / PAGE_SIZE);
  const last = end === inode.size ? Math.ceil(end / PAGE_SIZE) : Math.floor(end / PAGE_SIZE);
  if (!inode.punchHole || last <= first) {
    writeZeros(inode, offset, end);
    return;
  }
  writeZeros(inode, offset, first * PAGE_SIZE);
  inode.punchHole(first, last);
  writeZeros(inode, last * PAGE_SIZE, end);
}

/** In the page cache: O_APPEND and O_DIRECT of the descriptor are of no concern. */
function writeZeros({ pages }: Inode, offset: number, end: number): void {
  const zeros = new Uint8Array(Math.min(CHUNK, Math.max(0, end - offset)));
  for (let at = offset; at < end; at += CHUNK) {
    pages?.write(new BytesBuffer(zeros.subarray(0, Math.min(CHUNK, end - at))), at);
  }
}

/** Every page of the range has its place from now on. What is stored elsewhere does not stay in memory. */
function fillHoles(inode: Inode, pages: PageCache, offset: number, end: number): void {
  let filled = 0;
  const last = Math.ceil(end / PAGE_SIZE);
  for (let index = Math.floor(offset / PAGE_SIZE); index < last; index++) {
    if (pages.pages.has(index) || !pages.owner.isHole(index)) continue;
    pages.getPage(index, true);
    if (++filled % PAGES_AT_A_TIME !== 0 || !pages.owner.isStored) continue;
    inode.sync(true);
    evictPages(pages, PAGES_AT_A_TIME);
  }
  // Even if all of it was there.
  pages.owner.contentChanged();
}

export const fallocate = partial(
  allocate,
  'behind the end of file only ext4 with extents reserves',
);
