/** fallocate(2) with FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE: whole blocks go from, or come into, the middle of a file. */
import { EFBIG, EINVAL, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { StoredInode } from './stored-inode.ts';

/** Bytes [offset, offset + length) go, and what was behind them moves forward. Throws EINVAL, EOPNOTSUPP, ENOSPC, EIO. */
export function collapseRange(file: StoredInode, offset: number, length: number): void {
  const { map, fs } = file;
  if (!map.collapse) throw fail(EOPNOTSUPP, 'blocks that cannot be moved');
  checkWholeBlocks(file, offset, length);
  if (offset + length >= file.size) throw fail(EINVAL, 'nothing would be left behind the range');
  startShift(file, offset);
  const { blockSize } = fs.superblock;
  const end = (offset + length) / blockSize;
  map.collapse(file, offset / blockSize, end, () => fs.pause());
  file.size -= length;
  file.contentChanged();
}

/** A hole of `length` bytes comes at `offset`, and what is there moves behind it. Throws EINVAL, EFBIG, EOPNOTSUPP, ENOSPC, EIO. */
export function insertRange(file: StoredInode, offset: number, length: number): void {
  const { map, fs } = file;
  if (!map.insertGap) throw fail(EOPNOTSUPP, 'blocks that cannot be moved');
  checkWholeBlocks(file, offset, length);
  if (file.size + length > map.maxBytes) throw fail(EFBIG, 'range');
  if (offset >= file.size) throw fail(EINVAL, 'behind the end');
  startShift(file, offset);
  const { blockSize } = fs.superblock;
  map.insertGap(file, offset / blockSize, length / blockSize);
  file.size += length;
  file.contentChanged();
}

function checkWholeBlocks({ fs }: StoredInode, offset: number, length: number): void {
  const { blockSize } = fs.superblock;
  if (offset % blockSize !== 0 || length % blockSize !== 0) throw fail(EINVAL, 'not whole blocks');
}

/** What is behind `offset` is going to move: it is stored, and not in memory. */
function startShift(file: StoredInode, offset: number): void {
  const first = Math.floor(offset / PAGE_SIZE);
  file.leaveInode();
  file.pages?.sync(first);
  file.fs.begin();
  file.pages?.discard(first, Number.POSITIVE_INFINITY);
}
