/** The metadata blocks of a mounted ext2 in memory: bitmaps, inode tables, directories, indirect blocks. Linux: buffer heads. */
import type { BlockDevice } from '../block-device.ts';

/** Clean blocks kept beyond what is dirty: 4 MiB of 4 KiB blocks. */
const MAX_BLOCKS = 1024;

export class CachedBlock {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** The same memory as little-endian words. */
  readonly words: Uint32Array;
  readonly view: DataView;
  isDirty = false;

  constructor(number: number, size: number) {
    this.number = number;
    this.bytes = new Uint8Array(size);
    this.words = new Uint32Array(this.bytes.buffer);
    this.view = new DataView(this.bytes.buffer);
  }
}

export class BlockCache {
  private readonly device: BlockDevice;
  private readonly blockSize: number;
  private readonly sectorsPerBlock: number;
  /** Least recently used first. */
  private readonly blocks = new Map<number, CachedBlock>();

  constructor(device: BlockDevice, blockSize: number) {
    this.device = device;
    this.blockSize = blockSize;
    this.sectorsPerBlock = blockSize / 512;
  }

  /** The block's content, to be used (and marked dirty) before many others are read. Throws EIO. */
  read(number: number): CachedBlock {
    const known = this.blocks.get(number);
    if (known !== undefined) {
      this.blocks.delete(number);
      this.blocks.set(number, known);
      return known;
    }
    const block = new CachedBlock(number, this.blockSize);
    this.device.read(number * this.sectorsPerBlock, block.bytes);
    this.insert(block);
    return block;
  }

  /** A block that was just allocated: zeros, dirty, not read. */
  create(number: number): CachedBlock {
    const block = new CachedBlock(number, this.blockSize);
    block.isDirty = true;
    this.insert(block);
    return block;
  }

  /** The block was freed: what is in it must not be written over its next use. */
  forget(number: number): void {
    this.blocks.delete(number);
  }

  /** Write dirty blocks, in order; returns how many there were. */
  flush(): number {
    const dirty = [...this.blocks.values()].filter((block) => block.isDirty);
    dirty.sort((a, b) => a.number - b.number);
    for (const block of dirty) this.write(block);
    return dirty.length;
  }

  private insert(block: CachedBlock): void {
    this.blocks.set(block.number, block);
    if (this.blocks.size <= MAX_BLOCKS) return;
    for (const oldest of this.blocks.values()) {
      if (oldest.isDirty) this.write(oldest);
      this.blocks.delete(oldest.number);
      break;
    }
  }

  private write(block: CachedBlock): void {
    this.device.write(block.number * this.sectorsPerBlock, block.bytes);
    block.isDirty = false;
  }
}
