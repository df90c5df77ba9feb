/** Where everything lies on an xv6 disk: boot, super, log, inodes, bitmap, data. xv6 book (riscv, rev 4), section 8.1; kernel/fs.h. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';
import type { BlockDevice } from '../block-device.ts';

export const BLOCK_BYTES = 1024;
export const SECTORS_PER_BLOCK = BLOCK_BYTES / 512;
export const XV6_MAGIC = 0x10203040;
export const INODE_BYTES = 64;
export const BITS_PER_BLOCK = BLOCK_BYTES * 8;

/** struct superblock, in block 1; all in blocks. */
export const SuperblockLayout = layout({
  magic: 'u32',
  size: 'u32',
  nblocks: 'u32',
  ninodes: 'u32',
  nlog: 'u32',
  logstart: 'u32',
  inodestart: 'u32',
  bmapstart: 'u32',
});
export type Superblock = Readonly<ReturnType<typeof SuperblockLayout.decode>>;

/** Throws EINVAL for what is no xv6 file system, or one that cannot be. */
export function readSuperblock(disk: BlockDevice): Superblock {
  if (disk.sectors < 2 * SECTORS_PER_BLOCK) throw fail(EINVAL, 'device without a superblock');
  const bytes = new Uint8Array(BLOCK_BYTES);
  disk.read(SECTORS_PER_BLOCK, bytes);
  const superblock = SuperblockLayout.decode(bytes);
  const { magic, size, ninodes, nlog, logstart, inodestart, bmapstart } = superblock;
  const inodeBlocks = Math.ceil(ninodes / (BLOCK_BYTES / INODE_BYTES));
  const bitmapBlocks = Math.ceil(size / BITS_PER_BLOCK);
  const isSound =
    magic === XV6_MAGIC &&
    size * SECTORS_PER_BLOCK <= disk.sectors &&
    ninodes > 1 &&
    nlog >= 2 &&
    logstart >= 2 &&
    logstart + nlog <= inodestart &&
    inodestart + inodeBlocks <= bmapstart &&
    bmapstart + bitmapBlocks <= size;
  if (!isSound) throw fail(EINVAL, 'xv6 superblock');
  return superblock;
}

/** The first block that files may have. */
export function dataStart({ size, bmapstart }: Superblock): number {
  return bmapstart + Math.ceil(size / BITS_PER_BLOCK);
}
