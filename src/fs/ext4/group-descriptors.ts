/** The table of group descriptors: struct ext4_group_desc, of 32 bytes or, with 64bit, of 64 and more. */
import type { BlockCache, CachedBlock } from './block-cache.ts';
import { badChecksum, corrupted } from './corruption.ts';
import type { MetadataChecksums } from './metadata-checksums.ts';
import { DESCRIPTOR_BYTES, type Superblock } from './superblock.ts';

/** A field: where its low and its high half are. */
interface Field {
  readonly low: number;
  readonly high: number;
  readonly bytes: 2 | 4;
}

export const BLOCK_BITMAP: Field = { low: 0x00, high: 0x20, bytes: 4 };
export const INODE_BITMAP: Field = { low: 0x04, high: 0x24, bytes: 4 };
export const INODE_TABLE: Field = { low: 0x08, high: 0x28, bytes: 4 };
export const FREE_BLOCKS: Field = { low: 0x0c, high: 0x2c, bytes: 2 };
export const FREE_INODES: Field = { low: 0x0e, high: 0x2e, bytes: 2 };
export const USED_DIRECTORIES: Field = { low: 0x10, high: 0x30, bytes: 2 };
export const BLOCK_BITMAP_CHECKSUM: Field = { low: 0x18, high: 0x38, bytes: 2 };
export const INODE_BITMAP_CHECKSUM: Field = { low: 0x1a, high: 0x3a, bytes: 2 };
export const UNUSED_INODES: Field = { low: 0x1c, high: 0x32, bytes: 2 };
const FLAGS = 0x12;
const CHECKSUM = 0x1e;

/** bg_flags: the bitmap on disk means nothing, all that can be free is. */
export const INODE_UNINIT = 1;
export const BLOCK_UNINIT = 2;

export class GroupDescriptors {
  private readonly superblock: Superblock;
  private readonly cache: BlockCache;
  private readonly checksums: MetadataChecksums;
  private readonly perBlock: number;
  private readonly isWide: boolean;
  /** Groups whose checksum was compared. */
  private readonly checked = new Set<number>();

  constructor(superblock: Superblock, cache: BlockCache, checksums: MetadataChecksums) {
    this.superblock = superblock;
    this.cache = cache;
    this.checksums = checksums;
    this.perBlock = superblock.blockSize / superblock.descriptorBytes;
    this.isWide = superblock.descriptorBytes > DESCRIPTOR_BYTES;
  }

  private get hasChecksums(): boolean {
    return this.superblock.hasChecksums || this.superblock.hasDescriptorChecksums;
  }

  /** The block with the group's descriptor, and where it is in it. Throws EBADMSG. */
  private locate(group: number): { block: CachedBlock; at: number } {
    const number = this.superblock.descriptorBlock(Math.floor(group / this.perBlock));
    if (number >= this.superblock.blockCount) throw corrupted('descriptor table');
    const block = this.cache.read(number);
    const at = (group % this.perBlock) * this.superblock.descriptorBytes;
    if (this.hasChecksums && !this.checked.has(group)) {
      const expected = this.checksums.ofDescriptor(this.bytesOf(block, at), group);
      if (block.view.getUint16(at + CHECKSUM, true) !== expected) {
        throw badChecksum(`descriptor of group ${group}`);
      }
      this.checked.add(group);
    }
    return { block, at };
  }

  private bytesOf(block: CachedBlock, at: number): Uint8Array {
    return block.bytes.subarray(at, at + this.superblock.descriptorBytes);
  }

  get(group: number, field: Field): number {
    const { block, at } = this.locate(group);
    const { view } = block;
    if (field.bytes === 4) {
      const high = this.isWide ? view.getUint32(at + field.high, true) : 0;
      return view.getUint32(at + field.low, true) + high * 2 ** 32;
    }
    const high = this.isWide ? view.getUint16(at + field.high, true) : 0;
    return view.getUint16(at + field.low, true) + high * 2 ** 16;
  }

  /** For fields of two halves of 16 bits. */
  set(group: number, field: Field, value: number): void {
    const { block, at } = this.locate(group);
    block.view.setUint16(at + field.low, value & 0xffff, true);
    if (this.isWide) block.view.setUint16(at + field.high, value >>> 16, true);
    block.markDirty();
  }

  adjust(group: number, field: Field, change: number): void {
    this.set(group, field, Math.max(0, this.get(group, field) + change));
  }

  /** A checksum of 32 bits, of which narrow descriptors keep the low half. */
  matches(group: number, field: Field, checksum: number): boolean {
    return this.get(group, field) === (this.isWide ? checksum : checksum & 0xffff);
  }

  hasFlag(group: number, flag: number): boolean {
    if (!this.hasChecksums) return false;
    const { block, at } = this.locate(group);
    return (block.view.getUint16(at + FLAGS, true) & flag) !== 0;
  }

  clearFlag(group: number, flag: number): void {
    const { block, at } = this.locate(group);
    block.view.setUint16(at + FLAGS, block.view.getUint16(at + FLAGS, true) & ~flag, true);
    block.markDirty();
  }

  /** So many inodes at the end of the table were never used. */
  limitUnusedInodes(group: number, most: number): void {
    if (this.hasChecksums && this.get(group, UNUSED_INODES) > most) {
      this.set(group, UNUSED_INODES, most);
    }
  }

  /** Before it is stored. */
  seal(group: number): void {
    if (!this.hasChecksums) return;
    const { block, at } = this.locate(group);
    const crc = this.checksums.ofDescriptor(this.bytesOf(block, at), group);
    block.view.setUint16(at + CHECKSUM, crc, true);
    block.markDirty();
  }
}
