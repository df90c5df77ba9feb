/** struct dinode: 64 bytes. xv6: kernel/fs.h, kernel/stat.h. */
import { INODE_BYTES } from './superblock.ts';

export const T_DIR = 1;
export const T_FILE = 2;
export const T_DEVICE = 3;
/** NDIRECT; the address behind them is of a block of addresses. */
export const DIRECT = 12;

export interface DiskInode {
  readonly type: number;
  readonly major: number;
  readonly minor: number;
  readonly nlink: number;
  readonly size: number;
  readonly addrs: number[];
}

export function decodeInode(view: DataView, at: number): DiskInode {
  return {
    type: view.getInt16(at, true),
    major: view.getInt16(at + 2, true),
    minor: view.getInt16(at + 4, true),
    nlink: view.getInt16(at + 6, true),
    size: view.getUint32(at + 8, true),
    addrs: Array.from({ length: DIRECT + 1 }, (_, i) => view.getUint32(at + 12 + 4 * i, true)),
  };
}

export function encodeInode(view: DataView, at: number, inode: DiskInode): void {
  for (let i = 0; i < INODE_BYTES; i += 4) view.setUint32(at + i, 0, true);
  view.setInt16(at, inode.type, true);
  view.setInt16(at + 2, inode.major, true);
  view.setInt16(at + 4, inode.minor, true);
  view.setInt16(at + 6, inode.nlink, true);
  view.setUint32(at + 8, inode.size, true);
  for (const [i, block] of inode.addrs.entries()) view.setUint32(at + 12 + 4 * i, block, true);
}
