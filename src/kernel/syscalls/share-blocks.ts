/** FICLONE, FICLONERANGE, FIDEDUPERANGE: files that share stored blocks. ioctl_ficlonerange(2); Linux: fs/remap_range.c. */
import {
  EBADF,
  EINVAL,
  EISDIR,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  EXDEV,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_WRONLY } from '../../abi/fcntl.ts';
import { IN_MODIFY } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { FS_IMMUTABLE_FL } from '../../fs/file-flags.ts';
import { notifyFile } from '../../fs/notify.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { isWritable } from '../../fs/references.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';

export const FICLONE = 0x4004_9409;
export const FICLONERANGE = 0x4020_940d;
export const FIDEDUPERANGE = 0xc018_9436;

/** struct file_dedupe_range, and each of its struct file_dedupe_range_info. */
const DEDUPE_BYTES = 24;
const INFO_BYTES = 32;
/** Most of them that fit in a page. */
const MAX_INFOS = Math.floor((PAGE_SIZE - DEDUPE_BYTES) / INFO_BYTES);
const DIFFERS = 1;
/** Most that is compared at once. */
const MAX_DEDUPE = 16 * 2 ** 20;

interface Range {
  readonly from: number;
  readonly to: number;
  /** 0: up to the end of the source. */
  readonly length: number;
}

/** Linux's order: where they are, what they are, how they are open, who can do it. */
function checkFiles(source: File, target: File): void {
  if (source.inode.fs !== target.inode.fs) throw fail(EXDEV, 'another file system');
  for (const { inode } of [source, target]) {
    const type = inode.mode & S_IFMT;
    if (type === S_IFDIR) throw fail(EISDIR, 'directory');
    if (type !== S_IFREG) throw fail(EINVAL, 'no regular file');
  }
  if ((source.flags & O_ACCMODE) === O_WRONLY) throw fail(EBADF, 'access mode');
}

/** Whole blocks, or up to the end of the source; how many bytes. Throws EINVAL. Linux: generic_remap_checks. */
function checkRange(source: File, target: File, { from, to, length }: Range): number {
  const { size } = source.inode;
  if (from > size || from % PAGE_SIZE !== 0 || to % PAGE_SIZE !== 0) throw fail(EINVAL, 'place');
  const count = length === 0 ? size - from : length;
  if (from + count > size) throw fail(EINVAL, 'behind the end');
  const isWhole = count % PAGE_SIZE === 0;
  const isTail = from + count === size && to + count >= target.inode.size;
  if (!isWhole && !isTail) throw fail(EINVAL, 'a part of a block');
  const overlaps = source.inode === target.inode && from < to + count && to < from + count;
  if (overlaps) throw fail(EINVAL, 'the ranges overlap');
  return count;
}

function share(source: File, target: File, range: Range, count: number): void {
  const { inode } = target;
  if (!inode.cloneRange) throw fail(EOPNOTSUPP, 'no shared blocks');
  if (count === 0) return;
  const pages = Math.ceil(count / PAGE_SIZE);
  inode.cloneRange(source.inode, range.from / PAGE_SIZE, range.to / PAGE_SIZE, pages);
  if (range.to + count > inode.size) inode.setAttributes({ size: range.to + count });
}

function clone(source: File, target: File, range: Range): Result {
  checkFiles(source, target);
  if (!isWritable(target.flags) || (target.flags & O_APPEND) !== 0)
    throw fail(EBADF, 'access mode');
  if (!target.inode.cloneRange) throw fail(EOPNOTSUPP, 'no shared blocks');
  if (target.dentry?.mount.isReadOnly) throw fail(EROFS, 'read-only file system');
  if (((target.inode.fileFlags ?? 0) & FS_IMMUTABLE_FL) !== 0) throw fail(EPERM, 'immutable');
  share(source, target, range, checkRange(source, target, range));
  notifyFile(target, IN_MODIFY);
  return 0;
}

/** FICLONE: all of a file. Errors: EBADF, EINVAL, EISDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV, ENOSPC, EIO. */
export function cloneFile(task: Task, target: File, fd: number): Result {
  return clone(task.files.get(fd), target, { from: 0, to: 0, length: 0 });
}

/** FICLONERANGE. Errors: EFAULT, and those of FICLONE. */
export function cloneRange(task: Task, target: File, argument: number): Result {
  const { memory } = task;
  const source = task.files.get(memory.readU32(argument) | 0);
  const from = memory.readU64(argument + 8);
  const length = memory.readU64(argument + 16);
  const to = memory.readU64(argument + 24);
  return clone(source, target, { from, to, length });
}

function isSame(a: File, b: File, from: number, to: number, length: number): boolean {
  const [one, other] = [new Uint8Array(PAGE_SIZE), new Uint8Array(PAGE_SIZE)];
  for (let at = 0; at < length; at += PAGE_SIZE) {
    const count = Math.min(PAGE_SIZE, length - at);
    a.read(new BytesBuffer(one.subarray(0, count)), from + at);
    b.read(new BytesBuffer(other.subarray(0, count)), to + at);
    for (let i = 0; i < count; i++) if (one[i] !== other[i]) return false;
  }
  return true;
}

/** One target; how many bytes are shared, or DIFFERS as -1. Throws what its status is to be. */
function dedupe(task: Task, source: File, fd: number, range: Range): number {
  const target = task.files.get(fd);
  if (source.inode.fs !== target.inode.fs) throw fail(EXDEV, 'another file system');
  checkFiles(source, target);
  if (!isWritable(target.flags)) throw fail(EPERM, 'access mode');
  if (!target.inode.cloneRange) throw fail(EOPNOTSUPP, 'no shared blocks');
  if (range.to + range.length > target.inode.size) throw fail(EINVAL, 'behind the end');
  if (range.length === 0) return 0;
  const count = Math.min(checkRange(source, target, range), MAX_DEDUPE);
  if (!isSame(source, target, range.from, range.to, count)) return -1;
  share(source, target, range, count);
  return count;
}

/** FIDEDUPERANGE: equal ranges become shared; each target has a status of its own. Errors: EFAULT, EINVAL, EISDIR, EOPNOTSUPP. */
export function dedupeRange(task: Task, source: File, argument: number): Result {
  const { memory } = task;
  const from = memory.readU64(argument);
  const length = memory.readU64(argument + 8);
  const header = memory.readBytes(argument, DEDUPE_BYTES);
  const view = new DataView(header.buffer, header.byteOffset);
  const count = view.getUint16(16, true);
  if (count > MAX_INFOS || view.getUint16(18, true) !== 0 || view.getUint32(20, true) !== 0)
    throw fail(EINVAL, 'file_dedupe_range');
  if ((source.flags & O_ACCMODE) === O_WRONLY) throw fail(EINVAL, 'access mode');
  checkFiles(source, source);
  if (!source.inode.cloneRange) throw fail(EOPNOTSUPP, 'no shared blocks');
  if (from + length > source.inode.size) throw fail(EINVAL, 'behind the end');
  for (let i = 0; i < count; i++) {
    const info = argument + DEDUPE_BYTES + i * INFO_BYTES;
    const to = memory.readU64(info + 8);
    let [done, status] = [0, 0];
    try {
      const shared = dedupe(task, source, memory.readU32(info) | 0, { from, to, length });
      if (shared < 0) status = DIFFERS;
      else done = shared;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      status = -error.errno;
    }
    memory.writeU64(info + 16, done);
    memory.writeU32(info + 24, status >>> 0);
  }
  return 0;
}
