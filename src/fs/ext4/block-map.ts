/** Where the blocks of a file are: 12 direct pointers, then trees of one, two and three levels. Poirier, section 4.2. */
import { EFBIG, fail } from '../../abi/errno.ts';
import type { BlockCache } from './block-cache.ts';
import { corrupted } from './corruption.ts';
import type { FileMap, MappedInode, Stretch } from './file-map.ts';
import type { Groups } from './groups.ts';
import type { Superblock } from './superblock.ts';

export const POINTERS = 15;
const DIRECT = 12;
/** i_blocks without huge_file: 32 bits of 512 bytes. */
const MAX_COUNTED_BYTES = 2 ** 41;

export class BlockMap implements FileMap {
  readonly maxBytes: number;
  private readonly superblock: Superblock;
  private readonly cache: BlockCache;
  private readonly groups: Groups;
  private readonly perBlock: number;

  constructor(superblock: Superblock, cache: BlockCache, groups: Groups) {
    this.superblock = superblock;
    this.cache = cache;
    this.groups = groups;
    this.perBlock = superblock.blockSize / 4;
    const blocks = DIRECT + this.perBlock + this.perBlock ** 2 + this.perBlock ** 3;
    const { blockSize } = superblock;
    this.maxBytes = Math.min(blocks * blockSize, MAX_COUNTED_BYTES - blockSize);
  }

  /** Blocks that a tree of `depth` levels (0: one block) holds. */
  private span(depth: number): number {
    return this.perBlock ** depth;
  }

  /** The slot of i_block that leads to block `index` of the file, and the index within that tree. Throws EFBIG. */
  private locate(index: number): { slot: number; depth: number; within: number } {
    if (index < DIRECT) return { slot: index, depth: 0, within: 0 };
    let within = index - DIRECT;
    for (let depth = 1; depth <= 3; depth++) {
      if (within < this.span(depth)) return { slot: DIRECT - 1 + depth, depth, within };
      within -= this.span(depth);
    }
    throw fail(EFBIG, 'block number');
  }

  /** The disk block of block `index` of the file; 0 for a hole. Throws EIO for a pointer out of range. */
  find(inode: MappedInode, index: number): number {
    if (index < DIRECT) return this.check(inode.pointers[index] as number);
    const { slot, depth, within } = this.locate(index);
    let block = this.check(inode.pointers[slot] as number);
    for (let level = depth - 1; level >= 0 && block !== 0; level--) {
      const at = Math.floor(within / this.span(level)) % this.perBlock;
      block = this.check(this.cache.read(block).words[at] as number);
    }
    return block;
  }

  stretch(inode: MappedInode, index: number, most: number): Stretch {
    const block = this.find(inode, index);
    let length = 1;
    while (length < most && this.find(inode, index + length) === (block === 0 ? 0 : block + length))
      length++;
    return { block, length };
  }

  /** The first block of the file in [index, end) that is no hole; empty subtrees are skipped at once. */
  nextMapped(inode: MappedInode, index: number, end: number): number | undefined {
    let at = index;
    while (at < end) {
      const { slot, depth, within } = this.locate(at);
      let block = this.check(inode.pointers[slot] as number);
      let level = depth;
      while (level > 0 && block !== 0) {
        level--;
        const child = Math.floor(within / this.span(level)) % this.perBlock;
        block = this.check(this.cache.read(block).words[child] as number);
      }
      if (block !== 0) return at;
      // Nothing in the rest of this subtree.
      at += this.span(level) - (within % this.span(level));
    }
    return undefined;
  }

  /** As find, but a hole gets a block: returns its number, negative if it is new (its content is then undefined). Throws ENOSPC. */
  ensure(inode: MappedInode, index: number): number {
    const { slot, depth, within } = this.locate(index);
    const known = this.find(inode, index);
    if (known !== 0) return known;
    const previous = index > 0 ? this.find(inode, index - 1) : 0;
    let goal = previous !== 0 ? previous + 1 : inode.goal;
    const take = (isIndirect: boolean): number => {
      const block = this.allocate(inode, goal);
      if (isIndirect) this.cache.create(block);
      goal = block + 1;
      return block;
    };
    let block = inode.pointers[slot] as number;
    if (block === 0) inode.pointers[slot] = block = take(depth > 0);
    for (let level = depth - 1; level >= 0; level--) {
      const at = Math.floor(within / this.span(level)) % this.perBlock;
      const parent = block;
      block = this.cache.read(parent).words[at] as number;
      if (block !== 0) continue;
      block = take(level > 0);
      const indirect = this.cache.read(parent);
      indirect.words[at] = block;
      indirect.markDirty();
    }
    return -block;
  }

  /** A block for `inode` that is in no pointer yet. */
  private allocate(inode: MappedInode, goal: number): number {
    const block = this.groups.allocateBlock(goal);
    inode.blocks += this.superblock.sectorsPerBlock;
    inode.isDirty = true;
    return block;
  }

  /** Free the file's blocks [first, end); indirect blocks that become empty go too. */
  release(inode: MappedInode, first: number, end: number, pause: () => void): void {
    for (let slot = Math.min(first, DIRECT); slot < Math.min(end, DIRECT); slot++) {
      this.releaseSlot(inode, slot, 0, first, end);
    }
    let base = DIRECT;
    for (let depth = 1; depth <= 3; depth++) {
      const span = this.span(depth);
      if (first < base + span && end > base) {
        this.releaseSlot(inode, DIRECT - 1 + depth, depth, first - base, end - base);
      }
      base += span;
      pause();
    }
  }

  private releaseSlot(
    inode: MappedInode,
    slot: number,
    depth: number,
    first: number,
    end: number,
  ): void {
    const block = this.check(inode.pointers[slot] as number);
    if (block === 0 || !this.releaseTree(inode, block, depth, first, end)) return;
    inode.pointers[slot] = 0;
    inode.isDirty = true;
  }

  /** Frees what of the tree below `block` lies in [first, end), which counts from the tree's start; true if `block` went too. */
  private releaseTree(
    inode: MappedInode,
    block: number,
    depth: number,
    first: number,
    end: number,
  ): boolean {
    if (depth > 0 && !this.releaseChildren(inode, block, depth, first, end)) return false;
    this.cache.forget(block);
    this.groups.freeBlock(block);
    inode.blocks -= this.superblock.sectorsPerBlock;
    inode.isDirty = true;
    return true;
  }

  /** True if no child is left. */
  private releaseChildren(
    inode: MappedInode,
    block: number,
    depth: number,
    first: number,
    end: number,
  ): boolean {
    const span = this.span(depth - 1);
    // The cache may drop the block while its children are walked: they are taken out of it first.
    const children = this.cache.read(block).words.slice();
    const from = Math.max(0, Math.floor(first / span));
    const to = Math.min(this.perBlock, Math.ceil(end / span));
    let hasChanged = false;
    for (let at = from; at < to; at++) {
      const child = this.check(children[at] as number);
      if (child === 0) continue;
      const start = at * span;
      if (!this.releaseTree(inode, child, depth - 1, first - start, end - start)) continue;
      children[at] = 0;
      hasChanged = true;
    }
    if (hasChanged) {
      const indirect = this.cache.read(block);
      indirect.words.set(children);
      indirect.markDirty();
    }
    return children.every((child) => child === 0);
  }

  private check(block: number): number {
    if (block >= this.superblock.blockCount) throw corrupted('block pointer');
    return block;
  }
}
