/** An empty disk of xv6, laid out as its mkfs does: kernel/param.h, mkfs/mkfs.c. */
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import type { TestContext } from './harness.ts';

/** NINODES 200, LOGSIZE 30 and 2000 blocks. */
export const SIZE = 2000;
export const INODES = 200;
const LOG_START = 2;
const LOG_BLOCKS = 30;
export const INODE_START = 32;
export const BITMAP = 45;
export const DATA = 46;

/** An empty file system: the root has "." and "..". */
export function makeDisk(context: TestContext): MemoryDisk {
  const bytes = new Uint8Array(SIZE * 1024);
  const view = new DataView(bytes.buffer);
  const superblock = [
    0x10203040,
    SIZE,
    SIZE - DATA,
    INODES,
    LOG_BLOCKS,
    LOG_START,
    INODE_START,
    BITMAP,
  ];
  superblock.forEach((value, i) => {
    view.setUint32(1024 + 4 * i, value, true);
  });
  const root = INODE_START * 1024 + 64;
  view.setInt16(root, 1, true);
  view.setInt16(root + 6, 1, true);
  view.setUint32(root + 8, 1024, true);
  view.setUint32(root + 12, DATA, true);
  view.setUint16(DATA * 1024, 1, true);
  bytes.set(Buffer.from('.'), DATA * 1024 + 2);
  view.setUint16(DATA * 1024 + 16, 1, true);
  bytes.set(Buffer.from('..'), DATA * 1024 + 18);
  for (let block = 0; block <= DATA; block++) setBit(bytes, block);
  const disk = new MemoryDisk('xv6', bytes.length, context.frames);
  disk.write(0, bytes);
  return disk;
}

function setBit(bytes: Uint8Array, block: number): void {
  const at = BITMAP * 1024 + (block >>> 3);
  bytes[at] = (bytes[at] ?? 0) | (1 << (block & 7));
}
