/** FS_IOC_FIEMAP: where the pieces of a file are. Documentation/filesystems/fiemap.rst, linux/fiemap.h. */
import { EBADR, EFBIG, EINVAL, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import type { FileExtent } from '../../fs/inode.ts';
import { MAX_FILE_BYTES } from '../../fs/page-cache.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';

export const FS_IOC_FIEMAP = 0xc020_660b;

const FIEMAP_FLAG_SYNC = 1;
const FIEMAP_FLAG_XATTR = 2;
/** What says where the pieces are is brought into memory: it is read for the answer in any case. */
const FIEMAP_FLAG_CACHE = 4;
/** struct fiemap: fm_start, fm_length, fm_flags, fm_mapped_extents, fm_extent_count. */
const LENGTH = 8;
const FLAGS = 16;
const MAPPED = 20;
const COUNT = 24;
const HEADER_BYTES = 32;
const EXTENT_BYTES = 56;
/** FIEMAP_MAX_EXTENTS. */
const MAX_EXTENTS = Math.floor((2 ** 32 - 1 - HEADER_BYTES) / EXTENT_BYTES);

const LAST = 1;
const NOT_ALIGNED = 0x100;
/** FIEMAP_EXTENT_DATA_INLINE, _UNWRITTEN, _MERGED for blocks that are found one by one, _ENCODED, _DATA_ENCRYPTED. */
const SHARED = 0x2000;
const KINDS: Readonly<Record<FileExtent['kind'], number>> = {
  data: 0,
  inline: 0x200 | NOT_ALIGNED,
  unwritten: 0x800,
  merged: 0x1000,
  encoded: 0x8,
  encrypted: 0x88,
};

/**
 * Dirty pages go to the disk first even without FIEMAP_FLAG_SYNC, so that none is without a place (FIEMAP_EXTENT_DELALLOC).
 * Errors: EBADR for other flags, EFAULT, EFBIG, EINVAL, EOPNOTSUPP, and those of writing.
 */
export function fiemap(task: Task, { inode }: File, address: number): Result {
  const { memory } = task;
  const type = inode.mode & S_IFMT;
  if (inode.fileExtents === undefined || (type !== S_IFREG && type !== S_IFDIR))
    throw fail(EOPNOTSUPP, 'no extents');
  const start = Number(memory.readBigU64(address));
  const length = Number(memory.readBigU64(address + LENGTH));
  const flags = memory.readU32(address + FLAGS);
  const room = memory.readU32(address + COUNT);
  if (room > MAX_EXTENTS || length === 0) throw fail(EINVAL, 'extents or length');
  if (start > MAX_FILE_BYTES) throw fail(EFBIG, 'start');
  // Of those on Linux that have extents only ext4 knows the other two.
  const known = inode.attributeExtents ? FIEMAP_FLAG_XATTR | FIEMAP_FLAG_CACHE : 0;
  const unknown = flags & ~(FIEMAP_FLAG_SYNC | known);
  if (unknown !== 0) {
    memory.writeU32(address + FLAGS, unknown >>> 0);
    memory.writeU32(address + MAPPED, 0);
    throw fail(EBADR, 'flags');
  }
  inode.pages?.sync();
  const end = Math.min(start + length, MAX_FILE_BYTES);
  const ofAttributes = (flags & FIEMAP_FLAG_XATTR) === 0 ? undefined : inode.attributeExtents?.();
  const extents = ofAttributes
    ? ofAttributes.filter((each) => start < each.length)
    : inode.fileExtents(start, end);
  const shown = room === 0 ? 0 : Math.min(room, extents.length);
  if (shown > 0) memory.writeBytes(address + HEADER_BYTES, encode(extents, shown));
  memory.writeU32(address + MAPPED, room === 0 ? extents.length : shown);
  return 0;
}

function encode(extents: readonly FileExtent[], count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(count * EXTENT_BYTES));
  for (const [i, extent] of extents.slice(0, count).entries()) {
    const { logical, physical, length, kind, isShared } = extent;
    const at = i * EXTENT_BYTES;
    view.setBigUint64(at, BigInt(logical), true);
    view.setBigUint64(at + 8, BigInt(physical), true);
    view.setBigUint64(at + 16, BigInt(length), true);
    const flags = (i === extents.length - 1 ? LAST : 0) | (isShared === true ? SHARED : 0);
    view.setUint32(at + 40, KINDS[kind] | flags, true);
  }
  return new Uint8Array(view.buffer);
}
