/**
 * The checksums of metadata_csum (crc32c) and uninit_bg (crc16, in group descriptors only). Linux: ext4_*_csum in fs/ext4.
 *
 *     directory leaf   last 12 bytes: an entry {inode 0, rec_len 12, name_len 0, type 0xde}, then the checksum of all in front
 *     directory index  8 bytes behind the room for entries: a zero word, then the checksum of what is used, and of both words
 *     extents          4 bytes behind the room for entries
 *     attributes       h_checksum in the header, over the block's number and the block with that field zero
 *     inode            i_checksum_lo and _hi, over number, generation and the inode with both zero
 *     descriptor       bg_checksum: 16 bits, over the group's number and the descriptor with that field zero
 */
import type { BlockKind, CachedBlock, Sealer } from './block-cache.ts';
import { crc16, crc32c, crc32cOfWord, crc32cOfZeros } from './checksum.ts';
import { badChecksum } from './corruption.ts';
import { EXTRA_ISIZE } from './inode-record.ts';
import type { Superblock } from './superblock.ts';

/** The entry at the end of a directory leaf. */
export const LEAF_TAIL_BYTES = 12;
const LEAF_TAIL_TYPE = 0xde;
/** Fields of the header of an attribute block, an extent block, an inode and a descriptor. */
const H_CHECKSUM = 16;
const EH_MAX = 4;
const EXTENT_BYTES = 12;
const INODE_GENERATION = 100;
const INODE_CHECKSUM_LO = 124;
const INODE_CHECKSUM_HI = 130;
const DESCRIPTOR_CHECKSUM = 30;
/** Where the counts of an index block are: in the root behind "." and "..", else behind an empty entry. */
const ROOT_COUNTS = 32;
const NODE_COUNTS = 8;

export class MetadataChecksums implements Sealer {
  private readonly superblock: Superblock;
  /** False: every other function here does nothing. */
  readonly isOn: boolean;
  private readonly seed: number;

  constructor(superblock: Superblock) {
    this.superblock = superblock;
    this.isOn = superblock.hasChecksums;
    this.seed = this.isOn ? superblock.checksumSeed : 0;
  }

  /** What the checksums of an inode's own blocks begin with. */
  inodeSeed(ino: number, generation: number): number {
    if (!this.isOn) return 0;
    return crc32cOfWord(crc32cOfWord(this.seed, ino), generation);
  }

  ofBitmap(bytes: Uint8Array, bits: number): number {
    return crc32c(this.seed, bytes, 0, bits >>> 3);
  }

  /** What bg_checksum should be. */
  ofDescriptor(bytes: Uint8Array, group: number): number {
    if (this.isOn) {
      let crc = crc32c(crc32cOfWord(this.seed, group), bytes, 0, DESCRIPTOR_CHECKSUM);
      crc = crc32c(crc32cOfZeros(crc, 2), bytes, DESCRIPTOR_CHECKSUM + 2);
      return crc & 0xffff;
    }
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, group, true);
    const crc = crc16(crc16(0xffff, this.superblock.fields.s_uuid), number);
    return crc16(crc16(crc, bytes, 0, DESCRIPTOR_CHECKSUM), bytes, DESCRIPTOR_CHECKSUM + 2);
  }

  /** First use of a block that was read: what it is, and that its checksum fits. Throws EBADMSG. */
  check(block: CachedBlock, kind: BlockKind, seed: number): void {
    if (block.kind === kind) return;
    if (this.isOn && !block.isDirty) {
      const place = placeOf(block, kind);
      const isRight =
        place > 0 && block.view.getUint32(place, true) === this.ofBlock(block, kind, seed, place);
      if (!isRight) throw badChecksum(`block ${block.number}: ${kind}`);
    }
    block.kind = kind;
    block.seed = seed;
  }

  seal(block: CachedBlock): void {
    if (!this.isOn || block.kind === 'plain') return;
    const place = placeOf(block, block.kind);
    if (place === 0) return;
    const crc = this.ofBlock(block, block.kind, block.seed, place);
    block.view.setUint32(place, crc, true);
  }

  private ofBlock(block: CachedBlock, kind: BlockKind, seed: number, place: number): number {
    const { bytes, view } = block;
    if (kind === 'attributes') {
      const low = crc32cOfWord(this.seed, block.number % 2 ** 32);
      const start = crc32cOfWord(low, Math.floor(block.number / 2 ** 32));
      return crc32c(crc32cOfZeros(crc32c(start, bytes, 0, H_CHECKSUM), 4), bytes, H_CHECKSUM + 4);
    }
    if (kind === 'extents' || isLeaf(block)) {
      return crc32c(seed, bytes, 0, kind === 'extents' ? place : place - LEAF_TAIL_BYTES + 4);
    }
    const counts = countsOf(block);
    const used = counts + view.getUint16(counts + 2, true) * 8;
    const crc = crc32c(seed, bytes, 0, Math.min(used, place - 4));
    return crc32cOfZeros(crc32c(crc, bytes, place - 4, place), 4);
  }

  /** Sets both halves of an inode's checksum. */
  sealInode(record: DataView, ino: number): void {
    if (!this.isOn) return;
    const crc = this.ofInode(record, ino);
    record.setUint16(INODE_CHECKSUM_LO, crc & 0xffff, true);
    if (hasHighHalf(record)) record.setUint16(INODE_CHECKSUM_HI, crc >>> 16, true);
  }

  /** Throws EBADMSG. */
  checkInode(record: DataView, ino: number): void {
    if (!this.isOn) return;
    const crc = this.ofInode(record, ino);
    const isRight =
      record.getUint16(INODE_CHECKSUM_LO, true) === (crc & 0xffff) &&
      (!hasHighHalf(record) || record.getUint16(INODE_CHECKSUM_HI, true) === crc >>> 16);
    if (!isRight) throw badChecksum(`inode ${ino}`);
  }

  private ofInode(record: DataView, ino: number): number {
    const bytes = new Uint8Array(record.buffer, record.byteOffset, record.byteLength);
    let crc = this.inodeSeed(ino, record.getUint32(INODE_GENERATION, true));
    crc = crc32cOfZeros(crc32c(crc, bytes, 0, INODE_CHECKSUM_LO), 2);
    if (!hasHighHalf(record)) return crc32c(crc, bytes, INODE_CHECKSUM_LO + 2);
    crc = crc32c(crc, bytes, INODE_CHECKSUM_LO + 2, INODE_CHECKSUM_HI);
    return crc32c(crc32cOfZeros(crc, 2), bytes, INODE_CHECKSUM_HI + 2);
  }
}

function hasHighHalf(record: DataView): boolean {
  return record.byteLength > EXTRA_ISIZE && record.getUint16(EXTRA_ISIZE, true) >= 4;
}

/** Where the block's checksum lies; 0 if it has room for none. */
function placeOf(block: CachedBlock, kind: BlockKind): number {
  const { view, bytes } = block;
  if (kind === 'attributes') return H_CHECKSUM;
  if (kind === 'extents') {
    const place = EXTENT_BYTES + view.getUint16(EH_MAX, true) * EXTENT_BYTES;
    return place + 4 <= bytes.length ? place : 0;
  }
  if (isLeaf(block)) return bytes.length - 4;
  const counts = countsOf(block);
  const place = counts + view.getUint16(counts, true) * 8 + 4;
  return counts > 0 && place + 4 <= bytes.length ? place : 0;
}

/** A directory block that ends with the entry that holds a checksum. */
function isLeaf({ view, bytes }: CachedBlock): boolean {
  const at = bytes.length - LEAF_TAIL_BYTES;
  return (
    view.getUint32(at, true) === 0 &&
    view.getUint16(at + 4, true) === LEAF_TAIL_BYTES &&
    view.getUint16(at + 6, true) === LEAF_TAIL_TYPE << 8
  );
}

/** An empty directory leaf's last bytes. */
export function writeLeafTail({ view, bytes }: CachedBlock): void {
  const at = bytes.length - LEAF_TAIL_BYTES;
  view.setUint32(at, 0, true);
  view.setUint16(at + 4, LEAF_TAIL_BYTES, true);
  view.setUint16(at + 6, LEAF_TAIL_TYPE << 8, true);
  view.setUint32(at + 8, 0, true);
}

function countsOf({ view, bytes }: CachedBlock): number {
  if (view.getUint32(0, true) === 0 && view.getUint16(4, true) === bytes.length) return NODE_COUNTS;
  return view.getUint16(4, true) === 12 ? ROOT_COUNTS : 0;
}
