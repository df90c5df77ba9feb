/** Block groups: the descriptor table and the bitmaps that say which blocks and inodes are in use. */
import { EIO, ENOSPC, fail } from '../../abi/errno.ts';
import type { BlockCache, CachedBlock } from './block-cache.ts';
import { DESCRIPTOR_BYTES, type Superblock } from './superblock.ts';

/** Offsets in struct ext2_group_desc. */
const BLOCK_BITMAP = 0;
const INODE_BITMAP = 4;
const INODE_TABLE = 8;
const FREE_BLOCKS = 12;
const FREE_INODES = 14;
const USED_DIRECTORIES = 16;

export class Groups {
  private readonly superblock: Superblock;
  private readonly cache: BlockCache;

  constructor(superblock: Superblock, cache: BlockCache) {
    this.superblock = superblock;
    this.cache = cache;
  }

  get count(): number {
    return this.superblock.groupCount;
  }

  private descriptorBlock(group: number): CachedBlock {
    const perBlock = this.superblock.blockSize / DESCRIPTOR_BYTES;
    const first = this.superblock.fields.s_first_data_block + 1;
    return this.cache.read(first + Math.floor(group / perBlock));
  }

  private descriptor(group: number, field: number, bytes: 2 | 4): number {
    const block = this.descriptorBlock(group);
    const at = (group * DESCRIPTOR_BYTES + field) % this.superblock.blockSize;
    const { view } = block;
    return bytes === 4 ? view.getUint32(at, true) : view.getUint16(at, true);
  }

  private adjust(group: number, field: number, change: number): void {
    const block = this.descriptorBlock(group);
    const at = (group * DESCRIPTOR_BYTES + field) % this.superblock.blockSize;
    const { view } = block;
    view.setUint16(at, view.getUint16(at, true) + change, true);
    block.isDirty = true;
  }

  freeBlocks(group: number): number {
    return this.descriptor(group, FREE_BLOCKS, 2);
  }

  freeInodes(group: number): number {
    return this.descriptor(group, FREE_INODES, 2);
  }

  usedDirectories(group: number): number {
    return this.descriptor(group, USED_DIRECTORIES, 2);
  }

  /** First block of the group's inode table. Throws EIO for one outside the file system. */
  inodeTable(group: number): number {
    return this.checkBlock(this.descriptor(group, INODE_TABLE, 4));
  }

  private checkBlock(block: number): number {
    const { s_first_data_block, s_blocks_count } = this.superblock.fields;
    if (block <= s_first_data_block || block >= s_blocks_count) throw fail(EIO, 'descriptor');
    return block;
  }

  groupOfBlock(block: number): number {
    const { s_first_data_block, s_blocks_per_group } = this.superblock.fields;
    return Math.floor((block - s_first_data_block) / s_blocks_per_group);
  }

  groupOfInode(ino: number): number {
    return Math.floor((ino - 1) / this.superblock.fields.s_inodes_per_group);
  }

  /** A free block, at `goal` or as soon as possible behind it. Throws ENOSPC. */
  allocateBlock(goal: number): number {
    const { superblock } = this;
    const { fields } = superblock;
    if (fields.s_free_blocks_count === 0) throw fail(ENOSPC, 'blocks');
    const isInside = goal >= fields.s_first_data_block && goal < fields.s_blocks_count;
    const start = isInside ? this.groupOfBlock(goal) : 0;
    for (let i = 0; i <= this.count; i++) {
      const group = (start + i) % this.count;
      if (this.freeBlocks(group) === 0) continue;
      const bitmap = this.cache.read(this.checkBlock(this.descriptor(group, BLOCK_BITMAP, 4)));
      const from = i === 0 && isInside ? goal - superblock.groupStart(group) : 0;
      const bit = takeBit(bitmap, from, superblock.blocksInGroup(group));
      if (bit < 0) continue;
      this.adjust(group, FREE_BLOCKS, -1);
      fields.s_free_blocks_count--;
      return superblock.groupStart(group) + bit;
    }
    throw fail(ENOSPC, 'blocks');
  }

  freeBlock(block: number): void {
    const group = this.groupOfBlock(this.checkBlock(block));
    const bitmap = this.cache.read(this.checkBlock(this.descriptor(group, BLOCK_BITMAP, 4)));
    if (!clearBit(bitmap, block - this.superblock.groupStart(group))) return;
    this.adjust(group, FREE_BLOCKS, 1);
    this.superblock.fields.s_free_blocks_count++;
  }

  /** A free inode number in `wanted`, or in a group behind it. Throws ENOSPC. */
  allocateInode(wanted: number, isDirectory: boolean): number {
    const { fields, firstInode } = this.superblock;
    if (fields.s_free_inodes_count === 0) throw fail(ENOSPC, 'inodes');
    for (let i = 0; i < this.count; i++) {
      const group = (wanted + i) % this.count;
      if (this.freeInodes(group) === 0) continue;
      const bitmap = this.cache.read(this.checkBlock(this.descriptor(group, INODE_BITMAP, 4)));
      const from = group === 0 ? firstInode - 1 : 0;
      const bit = takeBit(bitmap, from, fields.s_inodes_per_group);
      if (bit < 0) continue;
      this.adjust(group, FREE_INODES, -1);
      if (isDirectory) this.adjust(group, USED_DIRECTORIES, 1);
      fields.s_free_inodes_count--;
      return group * fields.s_inodes_per_group + bit + 1;
    }
    throw fail(ENOSPC, 'inodes');
  }

  freeInode(ino: number, isDirectory: boolean): void {
    const group = this.groupOfInode(ino);
    const bitmap = this.cache.read(this.checkBlock(this.descriptor(group, INODE_BITMAP, 4)));
    if (!clearBit(bitmap, (ino - 1) % this.superblock.fields.s_inodes_per_group)) return;
    this.adjust(group, FREE_INODES, 1);
    if (isDirectory) this.adjust(group, USED_DIRECTORIES, -1);
    this.superblock.fields.s_free_inodes_count++;
  }

  /** Where a new directory goes: spread out, to the group with most free blocks among those with inodes above average. */
  groupForDirectory(parentGroup: number): number {
    const average = this.superblock.fields.s_free_inodes_count / this.count;
    let best = parentGroup;
    let mostBlocks = -1;
    for (let group = 0; group < this.count; group++) {
      if (this.freeInodes(group) < average) continue;
      const blocks = this.freeBlocks(group);
      if (blocks <= mostBlocks) continue;
      best = group;
      mostBlocks = blocks;
    }
    return best;
  }
}

/** Set the first clear bit at or behind `from`, wrapping round once; -1 if all `limit` bits are set. */
function takeBit(bitmap: CachedBlock, from: number, limit: number): number {
  let bit = findClear(bitmap.words, from, limit);
  if (bit < 0 && from > 0) bit = findClear(bitmap.words, 0, from);
  if (bit < 0) return -1;
  const word = bit >>> 5;
  bitmap.words[word] = (bitmap.words[word] as number) | (1 << (bit & 31));
  bitmap.isDirty = true;
  return bit;
}

function findClear(words: Uint32Array, from: number, limit: number): number {
  let bit = from;
  while (bit < limit) {
    // Bits in front of the start count as set.
    const word = ~(words[bit >>> 5] as number) & (-1 << (bit & 31));
    const base = bit & ~31;
    if (word === 0) {
      bit = base + 32;
      continue;
    }
    const found = base + 31 - Math.clz32(word & -word);
    return found < limit ? found : -1;
  }
  return -1;
}

/** Returns false if it was clear already. */
function clearBit(bitmap: CachedBlock, bit: number): boolean {
  const word = bit >>> 5;
  const mask = 1 << (bit & 31);
  const old = bitmap.words[word] as number;
  if ((old & mask) === 0) return false;
  bitmap.words[word] = old & ~mask;
  bitmap.isDirty = true;
  return true;
}
