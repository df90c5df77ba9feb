/** The metadata blocks of a mounted file system in memory: bitmaps, inode tables, directories, extents. Linux: buffer heads. */
import { attempt } from '../best-effort.ts';
import type { BlockDevice } from '../block-device.ts';
import type { FileSystemContext } from '../filesystem.ts';
import { MustWait } from '../must-wait.ts';
import { BlockIn } from './block-in.ts';

/** Clean blocks kept beyond what is dirty: 4 MiB of 4 KiB blocks. */
const MAX_BLOCKS = 1024;
/** Blocks that must stay, looked at in vain before the cache grows instead. */
const MAX_SKIPPED = 16;
/** What is read of a table at a time. Linux: inode_readahead_blks, 32 of 4 KiB. */
const READ_AHEAD_BYTES = 65_536;

/** What a block is, and so where its checksum lies. */
export type BlockKind = 'plain' | 'directory' | 'extents' | 'attributes';

export class CachedBlock {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** The same memory as little-endian words. */
  readonly words: Uint32Array;
  readonly view: DataView;
  /** Set by whoever checked or made it; 'plain' has no checksum of its own. */
  kind: BlockKind = 'plain';
  /** What its checksum begins with, if it has one: the owning inode's. */
  seed = 0;
  /** Blocks that had been read when it was used last: its place in the order of age. */
  age = 0;
  /** Its content is in the journal, but not at its place yet. */
  isCommitted = false;
  private readonly dirtyBlocks: Set<CachedBlock>;

  constructor(number: number, bytes: Uint8Array, dirtyBlocks: Set<CachedBlock>) {
    this.number = number;
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.dirtyBlocks = dirtyBlocks;
  }

  get isDirty(): boolean {
    return this.dirtyBlocks.has(this);
  }

  /** Its content was changed: it goes to the disk with the next flush, or into the running transaction. */
  markDirty(): void {
    this.dirtyBlocks.add(this);
  }
}

/** Who gives blocks their checksums when they are stored. */
export interface Sealer {
  seal(block: CachedBlock): void;
}

/** Who is told of blocks that are metadata no more. */
export interface Revoker {
  revoke(number: number): void;
}

type SleepContext = Pick<FileSystemContext, 'frames' | 'maySleep'>;

export class BlockCache {
  private readonly device: BlockDevice;
  private readonly blockSize: number;
  private readonly sectorsPerBlock: number;
  private readonly sealer: Sealer;
  /** Least recently used first; among those that were used since the last insertion the order is any. */
  private readonly blocks = new Map<number, CachedBlock>();
  private insertions = 0;
  /** Differ from what is on disk, or in the journal. */
  readonly dirty = new Set<CachedBlock>();
  /** Set with a journal: dirty blocks then stay until they are committed. */
  journal: Revoker | undefined;
  private readonly context: SleepContext;
  /** What runs only reads, and may be run again: it need not look on until a missing block is there. */
  private maySleep = false;
  /** On their way. What happens to a block meanwhile makes what arrives worth nothing. */
  private readonly arriving = new Map<number, BlockIn>();
  /** Some did not arrive: who asks next looks for himself, and is told. */
  private arrivalFailed = false;

  constructor(device: BlockDevice, blockSize: number, sealer: Sealer, context: SleepContext) {
    this.context = context;
    this.device = device;
    this.blockSize = blockSize;
    this.sectorsPerBlock = blockSize / 512;
    this.sealer = sealer;
  }

  /** The block's content, to be used (and marked dirty) before many others are read. Throws EIO. */
  read(number: number): CachedBlock {
    const known = this.blocks.get(number);
    if (known !== undefined) {
      // Moving it costs more than finding it: only where the order matters.
      if (known.age !== this.insertions) {
        known.age = this.insertions;
        this.blocks.delete(number);
        this.blocks.set(number, known);
      }
      return known;
    }
    if (this.maySleep) this.bringIn(number, 1);
    const arrived = this.blocks.get(number);
    if (arrived !== undefined) return arrived;
    const bytes = new Uint8Array(this.blockSize);
    this.device.read(number * this.sectorsPerBlock, bytes);
    return this.insert(new CachedBlock(number, bytes, this.dirty));
  }

  /**
   * `step`, which changes nothing: while the context says so, and the disk is slow, it ends with MustWait for the first block that is missing,
   * and finds it when it is run again.
   */
  reading<T>(step: () => T): T {
    if (this.context.maySleep !== true || this.device.isSlow !== true) return step();
    this.maySleep = true;
    try {
      return step();
    } finally {
      this.maySleep = false;
    }
  }

  /** As reading, for what only brings blocks in: otherwise nothing is done, and it fails for whoever needs them. */
  prepare(step: () => void): void {
    if (this.context.maySleep !== true || this.device.isSlow !== true) return;
    const failure = attempt(() => this.reading(step));
    if (failure instanceof MustWait) throw failure;
  }

  /** Throws MustWait, unless they are there at once, or must be looked for without sleep. */
  private bringIn(first: number, count: number): void {
    const { arriving, context } = this;
    const there = arriving.get(first);
    if (there !== undefined) throw new MustWait(there.queue, true);
    if (this.arrivalFailed) {
      this.arrivalFailed = false;
      return;
    }
    const blocks = new BlockIn(this, context.frames, first, count);
    for (let number = first; number < first + count; number++) arriving.set(number, blocks);
    // Making room for the frames may use this cache, and must not sleep.
    this.maySleep = false;
    const hasBegun = blocks.begin(this.device, this.blockSize);
    this.maySleep = true;
    if (hasBegun && blocks.pending > 0) throw new MustWait(blocks.queue, true);
  }

  blocksArrived(blocks: BlockIn): void {
    const { first, count, error } = blocks;
    if (error !== undefined) this.arrivalFailed = true;
    const bytes = blocks.content(this.blockSize);
    for (let i = 0; i < count; i++) {
      if (this.arriving.get(first + i) !== blocks) continue;
      this.arriving.delete(first + i);
      if (error !== undefined) continue;
      const own = bytes.subarray(i * this.blockSize, (i + 1) * this.blockSize);
      const block = new CachedBlock(first + i, own, this.dirty);
      block.age = ++this.insertions;
      // Whoever inserts next makes room: this is the disk's interrupt.
      this.blocks.set(block.number, block);
    }
  }

  /**
   * As read; if it is missing, those of [first, end) that are missing beside it, READ_AHEAD_BYTES in all at most, come with it in one request. What
   * they hold on disk must be as it was stored last.
   */
  readAmong(number: number, first: number, end: number): CachedBlock {
    if (this.blocks.has(number) || this.arriving.has(number)) return this.read(number);
    const most = READ_AHEAD_BYTES / this.blockSize;
    const aligned = number - ((number - first) % most);
    let from = number;
    let to = number + 1;
    const isMissing = (each: number) => !this.blocks.has(each) && !this.arriving.has(each);
    while (from > aligned && isMissing(from - 1)) from--;
    while (to < Math.min(aligned + most, end) && isMissing(to)) to++;
    if (this.maySleep) this.bringIn(from, to - from);
    if (this.blocks.has(number)) return this.read(number);
    const { blockSize } = this;
    const bytes = new Uint8Array((to - from) * blockSize);
    const failure = attempt(() => this.device.read(from * this.sectorsPerBlock, bytes));
    // Perhaps because of the others.
    if (failure !== undefined) return this.read(number);
    for (let each = from; each < to; each++) {
      const at = (each - from) * blockSize;
      this.insert(new CachedBlock(each, bytes.subarray(at, at + blockSize), this.dirty));
    }
    return this.read(number);
  }

  /** The block if it is in memory. */
  peek(number: number): CachedBlock | undefined {
    return this.blocks.get(number);
  }

  /** All that are in memory, in order. */
  content(): CachedBlock[] {
    return [...this.blocks.values()].sort((a, b) => a.number - b.number);
  }

  /** A block that was just allocated: zeros, dirty, not read. */
  create(number: number, kind: BlockKind = 'plain', seed = 0): CachedBlock {
    const block = new CachedBlock(number, new Uint8Array(this.blockSize), this.dirty);
    block.kind = kind;
    block.seed = seed;
    block.markDirty();
    return this.insert(block);
  }

  /** The block was freed: what is in it must not be written over its next use. */
  forget(number: number): void {
    const block = this.blocks.get(number);
    if (block !== undefined) {
      this.blocks.delete(number);
      this.dirty.delete(block);
    }
    this.arriving.delete(number);
    this.journal?.revoke(number);
  }

  /** Write dirty blocks, in order; returns how many there were. */
  flush(): number {
    const dirty = [...this.dirty].sort((a, b) => a.number - b.number);
    for (const block of dirty) this.write(block);
    return dirty.length;
  }

  /** Write what is in the journal only to its place. Nothing may be dirty. */
  checkpoint(): void {
    const committed = [...this.blocks.values()].filter((block) => block.isCommitted);
    committed.sort((a, b) => a.number - b.number);
    for (const block of committed) this.writeBack(block);
  }

  /** Forget what can be read again; returns how many blocks. */
  dropClean(): number {
    let count = 0;
    for (const block of this.blocks.values()) {
      if (block.isDirty || block.isCommitted) continue;
      this.blocks.delete(block.number);
      count++;
    }
    return count;
  }

  private insert(block: CachedBlock): CachedBlock {
    block.age = ++this.insertions;
    this.arriving.delete(block.number);
    this.blocks.set(block.number, block);
    let skipped = 0;
    for (const oldest of this.blocks.values()) {
      if (this.blocks.size <= MAX_BLOCKS) break;
      if (!this.letGo(oldest) && ++skipped === MAX_SKIPPED) break;
    }
    return block;
  }

  /** False if it belongs to the running transaction: it moves to the young end. */
  private letGo(block: CachedBlock): boolean {
    this.blocks.delete(block.number);
    if (block.isDirty) {
      if (this.journal !== undefined) {
        this.blocks.set(block.number, block);
        return false;
      }
      this.write(block);
    } else if (block.isCommitted) {
      this.writeBack(block);
    }
    return true;
  }

  private write(block: CachedBlock): void {
    this.sealer.seal(block);
    this.writeBack(block);
    this.dirty.delete(block);
  }

  private writeBack(block: CachedBlock): void {
    this.device.write(block.number * this.sectorsPerBlock, block.bytes);
    block.isCommitted = false;
  }
}
