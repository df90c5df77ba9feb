/** Block groups: which blocks and inodes are in use. Linux: fs/ext4/balloc.c, ialloc.c. */
import { ENOSPC, fail } from '../../abi/errno.ts';
import { clearBit, findClear, isSet, setBit, setBits } from './bitmap.ts';
import type { BlockCache, CachedBlock } from './block-cache.ts';
import { badChecksum, corrupted } from './corruption.ts';
import {
  BLOCK_BITMAP,
  BLOCK_BITMAP_CHECKSUM,
  BLOCK_UNINIT,
  FREE_BLOCKS,
  FREE_INODES,
  GroupDescriptors,
  INODE_BITMAP,
  INODE_BITMAP_CHECKSUM,
  INODE_TABLE,
  INODE_UNINIT,
  USED_DIRECTORIES,
} from './group-descriptors.ts';
import type { MetadataChecksums } from './metadata-checksums.ts';
import type { Superblock } from './superblock.ts';

/** Consecutive blocks. */
export interface Run {
  readonly start: number;
  readonly length: number;
}

export class Groups {
  private readonly superblock: Superblock;
  private readonly cache: BlockCache;
  private readonly checksums: MetadataChecksums;
  private readonly descriptors: GroupDescriptors;
  /** Groups whose bitmaps were compared with their checksums, and those that changed since the last flush. */
  private readonly checkedBlocks = new Set<number>();
  private readonly checkedInodes = new Set<number>();
  private readonly changed = new Set<number>();
  /**
   * With a journal: blocks freed by the running transaction, by group. If it is lost they still belong to their old owner, so
   * that nobody else may write to them before it is committed.
   */
  private held: Map<number, Uint32Array> | undefined;

  constructor(superblock: Superblock, cache: BlockCache, checksums: MetadataChecksums) {
    this.superblock = superblock;
    this.cache = cache;
    this.checksums = checksums;
    this.descriptors = new GroupDescriptors(superblock, cache, checksums);
  }

  get count(): number {
    return this.superblock.groupCount;
  }

  freeInodes(group: number): number {
    return this.descriptors.get(group, FREE_INODES);
  }

  /** First block of the group's inode table. Throws EUCLEAN for one outside the file system. */
  inodeTable(group: number): number {
    return this.checkBlock(this.descriptors.get(group, INODE_TABLE));
  }

  private checkBlock(block: number): number {
    const { fields, blockCount } = this.superblock;
    if (block <= fields.s_first_data_block || block >= blockCount) throw corrupted('descriptor');
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
    return this.allocateRun(goal, 1).start;
  }

  /** As many free blocks in a row as there are, `most` of them at most. Throws ENOSPC. */
  allocateRun(goal: number, most: number): Run {
    const { superblock } = this;
    const room = superblock.freeBlocks - superblock.withheldBlocks;
    if (room <= 0) throw fail(ENOSPC, 'blocks');
    const isInside = goal >= superblock.fields.s_first_data_block && goal < superblock.blockCount;
    const start = isInside ? this.groupOfBlock(goal) : 0;
    for (let i = 0; i <= this.count; i++) {
      const group = (start + i) % this.count;
      if (this.descriptors.get(group, FREE_BLOCKS) === 0) continue;
      const from = i === 0 && isInside ? goal - superblock.groupStart(group) : 0;
      const run = this.takeRun(group, from, Math.min(most, room));
      if (run !== undefined) return run;
    }
    throw fail(ENOSPC, 'blocks');
  }

  private takeRun(group: number, from: number, most: number): Run | undefined {
    const { superblock } = this;
    const bitmap = this.blockBitmap(group);
    const held = this.held?.get(group);
    const limit = superblock.blocksInGroup(group);
    let bit = findClear(bitmap.words, held, from, limit);
    if (bit < 0 && from > 0) bit = findClear(bitmap.words, held, 0, from);
    if (bit < 0) return undefined;
    let length = 0;
    while (
      length < most &&
      bit + length < limit &&
      findClear(bitmap.words, held, bit + length, bit + length + 1) >= 0
    ) {
      setBit(bitmap.words, bit + length);
      length++;
    }
    bitmap.markDirty();
    this.changed.add(group);
    this.descriptors.adjust(group, FREE_BLOCKS, -length);
    superblock.freeBlocks -= length;
    return { start: superblock.groupStart(group) + bit, length };
  }

  /** Blocks that are free already are left alone. */
  freeRun(start: number, length: number): void {
    this.checkBlock(start);
    this.checkBlock(start + length - 1);
    for (let done = 0; done < length; ) {
      const group = this.groupOfBlock(start + done);
      const bit = start + done - this.superblock.groupStart(group);
      const count = Math.min(length - done, this.superblock.blocksInGroup(group) - bit);
      this.freeBits(group, bit, count);
      done += count;
    }
  }

  freeBlock(block: number): void {
    this.freeRun(block, 1);
  }

  private freeBits(group: number, from: number, count: number): void {
    const { words } = this.blockBitmap(group);
    let held: Uint32Array | undefined;
    if (this.held !== undefined) {
      held = this.held.get(group) ?? new Uint32Array(words.length);
      this.held.set(group, held);
    }
    let freed = 0;
    for (let bit = from; bit < from + count; bit++) {
      if (!isSet(words, bit)) continue;
      clearBit(words, bit);
      if (held !== undefined) setBit(held, bit);
      freed++;
    }
    if (freed === 0) return;
    this.blockBitmap(group).markDirty();
    this.changed.add(group);
    this.descriptors.adjust(group, FREE_BLOCKS, freed);
    this.superblock.freeBlocks += freed;
  }

  /** From now on, or from the commit that was just made on, freed blocks wait for the next commit. */
  holdFreed(): void {
    if (this.held === undefined || this.held.size > 0) this.held = new Map();
  }

  /** Blocks are waiting: after a commit there is more room. */
  get isHolding(): boolean {
    return this.held !== undefined && this.held.size > 0;
  }

  /** A free inode number in `wanted`, or in a group behind it. Throws ENOSPC. */
  allocateInode(wanted: number, isDirectory: boolean): number {
    const { fields, firstInode, withheldInodes } = this.superblock;
    if (fields.s_free_inodes_count <= withheldInodes) throw fail(ENOSPC, 'inodes');
    for (let i = 0; i < this.count; i++) {
      const group = (wanted + i) % this.count;
      if (this.descriptors.get(group, FREE_INODES) === 0) continue;
      const bitmap = this.inodeBitmap(group);
      const from = group === 0 ? firstInode - 1 : 0;
      const bit = findClear(bitmap.words, undefined, from, fields.s_inodes_per_group);
      if (bit < 0) continue;
      setBit(bitmap.words, bit);
      bitmap.markDirty();
      this.changed.add(group);
      // A group with inodes in use has a block bitmap too.
      this.blockBitmap(group);
      this.descriptors.adjust(group, FREE_INODES, -1);
      this.descriptors.limitUnusedInodes(group, fields.s_inodes_per_group - bit - 1);
      if (isDirectory) this.descriptors.adjust(group, USED_DIRECTORIES, 1);
      fields.s_free_inodes_count--;
      return group * fields.s_inodes_per_group + bit + 1;
    }
    throw fail(ENOSPC, 'inodes');
  }

  freeInode(ino: number, isDirectory: boolean): void {
    const group = this.groupOfInode(ino);
    const bit = (ino - 1) % this.superblock.fields.s_inodes_per_group;
    const bitmap = this.inodeBitmap(group);
    if (!isSet(bitmap.words, bit)) return;
    clearBit(bitmap.words, bit);
    bitmap.markDirty();
    this.changed.add(group);
    this.descriptors.adjust(group, FREE_INODES, 1);
    if (isDirectory) this.descriptors.adjust(group, USED_DIRECTORIES, -1);
    this.superblock.fields.s_free_inodes_count++;
  }

  /** Free blocks and inodes as the descriptors have it: after a crash of another system the superblock may lag behind. */
  recount(): void {
    let blocks = 0;
    let inodes = 0;
    for (let group = 0; group < this.count; group++) {
      blocks += this.descriptors.get(group, FREE_BLOCKS);
      inodes += this.descriptors.get(group, FREE_INODES);
    }
    this.superblock.freeBlocks = blocks;
    this.superblock.fields.s_free_inodes_count = inodes;
  }

  /** Where a new directory goes: spread out, to the group with most free blocks among those with inodes above average. */
  groupForDirectory(parentGroup: number): number {
    const average = this.superblock.fields.s_free_inodes_count / this.count;
    let best = parentGroup;
    let mostBlocks = -1;
    for (let group = 0; group < this.count; group++) {
      if (this.freeInodes(group) < average) continue;
      const blocks = this.descriptors.get(group, FREE_BLOCKS);
      if (blocks <= mostBlocks) continue;
      best = group;
      mostBlocks = blocks;
    }
    return best;
  }

  /** Its descriptor and bitmaps come into memory. Nothing is checked. Throws EIO. */
  bringIn(group: number): void {
    const { descriptors } = this;
    if (!descriptors.hasFlag(group, INODE_UNINIT))
      this.cache.read(this.checkBlock(descriptors.get(group, INODE_BITMAP)));
    if (!descriptors.hasFlag(group, BLOCK_UNINIT))
      this.cache.read(this.checkBlock(descriptors.get(group, BLOCK_BITMAP)));
  }

  /** Throws EBADMSG, EUCLEAN. */
  private blockBitmap(group: number): CachedBlock {
    const { descriptors, superblock } = this;
    const number = this.checkBlock(descriptors.get(group, BLOCK_BITMAP));
    if (descriptors.hasFlag(group, BLOCK_UNINIT)) return this.makeBlockBitmap(group, number);
    const bitmap = this.cache.read(number);
    if (this.checksums.isOn && !this.checkedBlocks.has(group)) {
      const crc = this.checksums.ofBitmap(bitmap.bytes, superblock.fields.s_blocks_per_group);
      if (!descriptors.matches(group, BLOCK_BITMAP_CHECKSUM, crc)) {
        throw badChecksum(`block bitmap of group ${group}`);
      }
    }
    this.checkedBlocks.add(group);
    return bitmap;
  }

  /** The group's first use: only its own metadata is taken. Linux: ext4_init_block_bitmap. */
  private makeBlockBitmap(group: number, number: number): CachedBlock {
    const { superblock, descriptors } = this;
    const { words } = this.cache.create(number);
    const start = superblock.groupStart(group);
    const count = superblock.blocksInGroup(group);
    setBits(words, 0, superblock.copyBlocks(group));
    setBits(words, count, superblock.blockSize * 8);
    const tableBlocks = Math.ceil(
      (superblock.fields.s_inodes_per_group * superblock.inodeSize) / superblock.blockSize,
    );
    const own: [number, number][] = [
      [number, 1],
      [descriptors.get(group, INODE_BITMAP), 1],
      [descriptors.get(group, INODE_TABLE), tableBlocks],
    ];
    for (const [first, length] of own) {
      const from = Math.max(first, start) - start;
      const to = Math.min(first + length, start + count) - start;
      if (from < to) setBits(words, from, to);
    }
    descriptors.clearFlag(group, BLOCK_UNINIT);
    this.checkedBlocks.add(group);
    this.changed.add(group);
    return this.cache.read(number);
  }

  private inodeBitmap(group: number): CachedBlock {
    const { descriptors, superblock } = this;
    const { s_inodes_per_group } = superblock.fields;
    const number = this.checkBlock(descriptors.get(group, INODE_BITMAP));
    if (descriptors.hasFlag(group, INODE_UNINIT)) {
      const made = this.cache.create(number);
      setBits(made.words, s_inodes_per_group, superblock.blockSize * 8);
      descriptors.clearFlag(group, INODE_UNINIT);
      this.checkedInodes.add(group);
      this.changed.add(group);
      return made;
    }
    const bitmap = this.cache.read(number);
    if (this.checksums.isOn && !this.checkedInodes.has(group)) {
      const crc = this.checksums.ofBitmap(bitmap.bytes, s_inodes_per_group);
      if (!descriptors.matches(group, INODE_BITMAP_CHECKSUM, crc)) {
        throw badChecksum(`inode bitmap of group ${group}`);
      }
    }
    this.checkedInodes.add(group);
    return bitmap;
  }

  /** Before a flush: the checksums of what changed. */
  seal(): void {
    const { checksums, descriptors, superblock } = this;
    const { s_blocks_per_group, s_inodes_per_group } = superblock.fields;
    for (const group of this.changed) {
      if (checksums.isOn && !descriptors.hasFlag(group, BLOCK_UNINIT)) {
        const crc = checksums.ofBitmap(this.blockBitmap(group).bytes, s_blocks_per_group);
        descriptors.set(group, BLOCK_BITMAP_CHECKSUM, crc);
      }
      if (checksums.isOn && !descriptors.hasFlag(group, INODE_UNINIT)) {
        const crc = checksums.ofBitmap(this.inodeBitmap(group).bytes, s_inodes_per_group);
        descriptors.set(group, INODE_BITMAP_CHECKSUM, crc);
      }
      descriptors.seal(group);
    }
    this.changed.clear();
  }
}
