/** Where the blocks of a file are: what block-map.ts (pointers) and extent-tree.ts (extents) both do. */

import type { ExtentNode } from './extent-node.ts';

/** What a map needs of an inode. */
export interface MappedInode {
  /** i_block: 15 words. */
  readonly pointers: Uint32Array;
  /** The root of its extents, in them: made at the first use. */
  extentRoot: ExtentNode | undefined;
  /** 512-byte blocks in use, those of the map included. */
  blocks: number;
  /** Where its first block should go. */
  readonly goal: number;
  /** What the checksums of its blocks begin with. */
  readonly checksumSeed: number;
  /** Its blocks hold metadata or journaled data: they are revoked when they are freed. */
  readonly hasJournaledBlocks: boolean;
  isDirty: boolean;
}

/** Blocks of a file in a row: on disk, or missing. */
export interface Stretch {
  /** Disk block of the first; 0 for what reads as zeros. */
  readonly block: number;
  readonly length: number;
  /** Disk block of the first if they have a place, and were not written yet. */
  readonly unwritten?: number;
}

export interface FileMap {
  /** Largest file in bytes. */
  readonly maxBytes: number;
  /** The disk block of block `index` of the file; 0 for what reads as zeros. Throws EUCLEAN, EBADMSG, EIO. */
  find(inode: MappedInode, index: number): number;
  /** From `index` on, `most` blocks at most. */
  stretch(inode: MappedInode, index: number, most: number): Stretch;
  /** The first block of the file in [index, end) that holds data; undefined if there is none. */
  nextMapped(inode: MappedInode, index: number, end: number): number | undefined;
  /**
   * As find, but a hole gets a block: returns its number, negative if it is new: its content is then undefined. Throws ENOSPC.
   */
  ensure(inode: MappedInode, index: number): number;
  /** Holes in [first, end) get blocks that read as zeros. Left out where such cannot be told from data. Throws ENOSPC. */
  preallocate?(inode: MappedInode, first: number, end: number): void;
  /** Blocks [first, end) go, and those behind them move there. Left out where blocks cannot be moved. */
  collapse?(inode: MappedInode, first: number, end: number, pause: () => void): void;
  /** Blocks from `first` on move by `count`, and leave a hole. Throws EINVAL where the last would have no number, ENOSPC. */
  insertGap?(inode: MappedInode, first: number, count: number): void;
  /** Free the file's blocks [first, end). `pause` is called whenever all of the map is consistent. */
  release(inode: MappedInode, first: number, end: number, pause: () => void): void;
}
