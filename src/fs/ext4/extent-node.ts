/**
 * A node of an extent tree, in i_block or in a block of its own. Linux: fs/ext4/ext4_extents.h.
 *
 *     header   eh_magic u16, eh_entries u16, eh_max u16, eh_depth u16, eh_generation u32
 *     extent   ee_block u32, ee_len u16, ee_start_hi u16, ee_start_lo u32      depth 0
 *     index    ei_block u32, ei_leaf_lo u32, ei_leaf_hi u16, unused u16        depth above
 */
import type { CachedBlock } from './block-cache.ts';
import { corrupted } from './corruption.ts';

const MAGIC = 0xf30a;
const HEADER_BYTES = 12;
const ENTRY_BYTES = 12;
/** EXT4_MAX_EXTENT_DEPTH. */
export const MAX_DEPTH = 5;
/** A longer ee_len means an extent of so many blocks less that was never written: it reads as zeros. */
const UNWRITTEN_BIAS = 32768;
const MAX_EXTENT = 32768;
export const MAX_UNWRITTEN = 32767;

export interface Extent {
  /** First block in the file. */
  readonly first: number;
  readonly length: number;
  /** First block on disk. */
  readonly start: number;
  readonly isUnwritten: boolean;
}

export class ExtentNode {
  /** Undefined for the root, which lies in the inode. */
  readonly block: CachedBlock | undefined;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, block: CachedBlock | undefined) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.block = block;
  }

  /** An empty node. */
  initialize(depth: number, hasChecksum: boolean): void {
    const room = this.bytes.length - HEADER_BYTES - (hasChecksum ? 4 : 0);
    this.bytes.fill(0);
    this.view.setUint16(0, MAGIC, true);
    this.view.setUint16(4, Math.floor(room / ENTRY_BYTES), true);
    this.view.setUint16(6, depth, true);
  }

  /** Throws EUCLEAN for a header that cannot be: at each use, because damage may have something else change the block. */
  checkHeader(depth: number | undefined): void {
    const { view } = this;
    const room = Math.floor((this.bytes.length - HEADER_BYTES) / ENTRY_BYTES);
    const isSound =
      view.getUint16(0, true) === MAGIC &&
      this.max > 0 &&
      this.max <= room &&
      this.count <= this.max &&
      this.depth <= MAX_DEPTH &&
      (depth === undefined || this.depth === depth);
    if (!isSound) throw corrupted('extent header');
    // The root of an empty file is the one node without entries.
    if (this.count === 0 && this.block !== undefined) throw corrupted('empty extent node');
  }

  /** Throws EUCLEAN for entries out of order. */
  checkOrder(): void {
    for (let i = 1; i < this.count; i++) {
      if (this.key(i) <= this.key(i - 1)) throw corrupted('order of extents');
    }
  }

  get count(): number {
    return this.view.getUint16(2, true);
  }

  private set count(count: number) {
    this.view.setUint16(2, count, true);
  }

  get max(): number {
    return this.view.getUint16(4, true);
  }

  get depth(): number {
    return this.view.getUint16(6, true);
  }

  set depth(depth: number) {
    this.view.setUint16(6, depth, true);
  }

  get isFull(): boolean {
    return this.count === this.max;
  }

  private at(i: number): number {
    return HEADER_BYTES + i * ENTRY_BYTES;
  }

  /** The first block of the file that entry `i` is about. */
  key(i: number): number {
    return this.view.getUint32(this.at(i), true);
  }

  setKey(i: number, key: number): void {
    this.view.setUint32(this.at(i), key, true);
  }

  extent(i: number): Extent {
    const at = this.at(i);
    const { view } = this;
    const length = view.getUint16(at + 4, true);
    const isUnwritten = length > UNWRITTEN_BIAS;
    return {
      first: view.getUint32(at, true),
      length: isUnwritten ? length - UNWRITTEN_BIAS : length,
      start: view.getUint32(at + 8, true) + view.getUint16(at + 6, true) * 2 ** 32,
      isUnwritten,
    };
  }

  setExtent(i: number, { first, length, start, isUnwritten }: Extent): void {
    const at = this.at(i);
    const { view } = this;
    view.setUint32(at, first, true);
    view.setUint16(at + 4, isUnwritten ? length + UNWRITTEN_BIAS : length, true);
    view.setUint16(at + 6, Math.floor(start / 2 ** 32), true);
    view.setUint32(at + 8, start % 2 ** 32, true);
  }

  /** The block of child `i`. */
  child(i: number): number {
    const at = this.at(i);
    return this.view.getUint32(at + 4, true) + this.view.getUint16(at + 8, true) * 2 ** 32;
  }

  setChild(i: number, key: number, block: number): void {
    const at = this.at(i);
    this.view.setUint32(at, key, true);
    this.view.setUint32(at + 4, block % 2 ** 32, true);
    this.view.setUint16(at + 8, Math.floor(block / 2 ** 32), true);
    this.view.setUint16(at + 10, 0, true);
  }

  /** The last entry whose key is not above `key`; -1 if there is none. */
  search(key: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.key(middle) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Room for an entry at `i`. The node must not be full. */
  open(i: number): void {
    this.bytes.copyWithin(this.at(i + 1), this.at(i), this.at(this.count));
    this.count++;
  }

  remove(i: number): void {
    this.bytes.copyWithin(this.at(i), this.at(i + 1), this.at(this.count));
    this.count--;
  }

  /** Entries from `i` on go to the end of `target`. */
  moveTo(target: ExtentNode, i: number): void {
    target.bytes.set(this.bytes.subarray(this.at(i), this.at(this.count)), target.at(target.count));
    target.count += this.count - i;
    this.count = i;
  }
}

/** Blocks [first, end) of the file, which lie in the extent. */
export function part(extent: Extent, first: number, end: number): Extent {
  return { ...extent, first, length: end - first, start: extent.start + first - extent.first };
}

/** One extent could hold both. */
export function areOne(left: Extent, right: Extent): boolean {
  const most = left.isUnwritten ? MAX_UNWRITTEN : MAX_EXTENT;
  return (
    left.isUnwritten === right.isUnwritten &&
    left.first + left.length === right.first &&
    left.start + left.length === right.start &&
    left.length + right.length <= most
  );
}
