/**
 * The mappings of one address space in address order, never overlapping, in chunks: binary search finds the chunk, and the
 * mapping in it. A position is a number that holds until the set changes.
 */
import type { AddressSpace } from './address-space.ts';
import type { FrameAllocator } from './frame-allocator.ts';
import type { Vma } from './vma.ts';
import { CHUNK_MAPPINGS, CHUNK_SHIFT, VmaChunk } from './vma-chunk.ts';
import { VmaTree } from './vma-tree.ts';

const PLACE = CHUNK_MAPPINGS - 1;
/** Neighbours with so few mappings together become one. */
const FEW = CHUNK_MAPPINGS / 2;
/** What a chunk costs: Linux takes 184 bytes for a mapping, the host's process 200 to 300 (test/hostile/README.md). */
const FRAMES_PER_CHUNK = 3;

export class VmaSet {
  /** Perhaps relatives', too: to look at. */
  tree = new VmaTree();
  private readonly space: AddressSpace;
  private readonly frames: FrameAllocator;
  /** Where findGapBelow need not look: no free range above `searchTop` (and below `searchHigh`) is longer than `longestGap`. */
  private searchHigh = -1;
  private searchTop = 0;
  private longestGap = 0;
  /** The chunk where the last search ended: the next one mostly ends there, too. Any number does no harm. */
  private recent = 0;

  /** Chunks but the first are paid for with `frames`. */
  constructor(space: AddressSpace, frames: FrameAllocator) {
    this.space = space;
    this.frames = frames;
    this.tree.spaces.add(space);
  }

  get count(): number {
    return this.tree.count;
  }

  *[Symbol.iterator](): Generator<Vma> {
    for (const { vmas } of this.tree.chunks) yield* vmas;
  }

  /** Position of the first mapping that ends above `address`; behind the last one when there is none. */
  indexAt(address: number): number {
    const index = this.chunkAt(address);
    const vmas = this.tree.chunks[index]?.vmas;
    if (!vmas) return index << CHUNK_SHIFT;
    let low = 0;
    let high = vmas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((vmas[middle] as Vma).end > address) high = middle;
      else low = middle + 1;
    }
    return (index << CHUNK_SHIFT) + low;
  }

  at(position: number): Vma | undefined {
    return this.tree.chunks[position >> CHUNK_SHIFT]?.vmas[position & PLACE];
  }

  after(position: number): number {
    const chunk = position >> CHUNK_SHIFT;
    const isLast = (position & PLACE) + 1 >= (this.tree.chunks[chunk]?.vmas.length ?? 0);
    return isLast ? (chunk + 1) << CHUNK_SHIFT : position + 1;
  }

  /** Below the first one: a position where nothing is. */
  before(position: number): number {
    if ((position & PLACE) !== 0) return position - 1;
    const chunk = (position >> CHUNK_SHIFT) - 1;
    return chunk < 0
      ? -1
      : (chunk << CHUNK_SHIFT) + (this.tree.chunks[chunk] as VmaChunk).vmas.length - 1;
  }

  /** The mapping that contains `address`: to look at, others may have it too. */
  find(address: number): Vma | undefined {
    const vma = this.at(this.indexAt(address));
    return vma && vma.start <= address ? vma : undefined;
  }

  /** The first mapping that ends above `address`, to look at. */
  findFrom(address: number): Vma | undefined {
    return this.at(this.indexAt(address));
  }

  /** The mappings that overlap [start, end), to look at. */
  overlapping(start: number, end: number): Vma[] {
    const found: Vma[] = [];
    for (let position = this.indexAt(start); ; position = this.after(position)) {
      const vma = this.at(position);
      if (!vma || vma.start >= end) return found;
      found.push(vma);
    }
  }

  /** The mappings that overlap [start, end), for a change: this set's alone from now on. Throws ENOMEM. */
  owned(start: number, end: number): Vma[] {
    const first = this.indexAt(start) >> CHUNK_SHIFT;
    for (let at = first; (this.tree.chunks[at]?.start ?? end) < end; at++) this.ownChunk(at);
    return this.overlapping(start, end);
  }

  /** A mapping of this set, for a change: itself, or the copy that has taken its place. Throws ENOMEM. */
  own(vma: Vma): Vma {
    const position = this.indexAt(vma.start);
    this.ownChunk(position >> CHUNK_SHIFT);
    return this.at(position) as Vma;
  }

  /** The range must be free. Throws ENOMEM. */
  insert(vma: Vma): void {
    const position = this.indexAt(vma.start);
    const place = position & PLACE;
    const index = position >> CHUNK_SHIFT;
    const tree = this.ownTree();
    const { chunks } = tree;
    const before = place === 0 && index > 0 ? chunks[index - 1] : undefined;
    const chunk = chunks[index];
    // Where there is a choice, what is shared stays so.
    if (before?.isFull === false && before.trees.size === 1)
      this.ownChunk(index - 1).put(before.vmas.length, vma);
    else if (chunk?.isFull === false && (chunk.trees.size === 1 || place > 0))
      this.ownChunk(index).put(place, vma);
    else if (!chunk || place === 0) chunks.splice(index, 0, new VmaChunk(tree, [vma], this.pay()));
    else {
      const low = this.ownChunk(index);
      const paid = this.pay();
      chunks.splice(index + 1, 0, new VmaChunk(tree, low.vmas.splice(place), paid));
      low.put(place, vma);
    }
    tree.count++;
  }

  /** Has, from now on, what a relative has; it has nothing yet. */
  share(other: VmaSet): void {
    this.tree = other.tree;
    this.tree.spaces.add(this.space);
    this.copySearch(other);
  }

  /** Does nothing when the mapping is not in the set (any more). */
  remove(vma: Vma): void {
    const position = this.indexAt(vma.start);
    if (this.at(position) !== vma) return;
    const index = position >> CHUNK_SHIFT;
    const chunk = this.ownChunk(index);
    const { vmas } = chunk;
    const above = this.at(this.after(position));
    chunk.take(position & PLACE);
    this.tree.count--;
    if (vmas.length === 0) this.drop(index);
    else if (vmas.length < FEW) this.join(index);
    this.freed(above);
  }

  clear(): void {
    this.tree.release(this.space, this.frames);
    this.tree = new VmaTree();
    this.tree.spaces.add(this.space);
    this.searchHigh = -1;
  }

  /** What is known of free ranges, of a set with the same mappings. */
  copySearch(other: VmaSet): void {
    this.searchHigh = other.searchHigh;
    this.searchTop = other.searchTop;
    this.longestGap = other.longestGap;
  }

  /** Highest free range of `length` bytes in [low, high); undefined when there is none. */
  findGapBelow(
    high: number,
    low: number,
    length: number,
    guardOf: (vma: Vma) => number,
  ): number | undefined {
    const isKnown = high === this.searchHigh && length > this.longestGap;
    let longest = isKnown ? this.longestGap : 0;
    let top = isKnown ? this.searchTop : high;
    for (let index = this.indexAt(top - 1); ; index = this.before(index)) {
      const above = this.at(index);
      if (above) top = Math.min(top, above.start - guardOf(above));
      const below = this.at(this.before(index));
      const bottom = Math.max(low, below?.end ?? low);
      if (top - bottom >= length) {
        this.searchHigh = high;
        this.searchTop = top;
        this.longestGap = longest;
        return top - length;
      }
      longest = Math.max(longest, top - bottom);
      if (!below || below.end <= low) return undefined;
    }
  }

  /** Lowest free range of `length` bytes at or above `low`, below `high`. */
  findGapAbove(
    low: number,
    high: number,
    length: number,
    guardOf: (vma: Vma) => number,
  ): number | undefined {
    let bottom = low;
    for (let index = this.indexAt(low); ; index = this.after(index)) {
      const above = this.at(index);
      const top = Math.min(high, above ? above.start - guardOf(above) : high);
      if (top - bottom >= length) return bottom;
      if (!above) return undefined;
      bottom = Math.max(bottom, above.end);
    }
  }

  /** The first chunk that ends above `address`; behind the last one when there is none. */
  private chunkAt(address: number): number {
    const { chunks } = this.tree;
    const { recent } = this;
    if (recent < chunks.length && (chunks[recent] as VmaChunk).end > address)
      if (recent === 0 || (chunks[recent - 1] as VmaChunk).end <= address) return recent;
    let from = 0;
    let to = chunks.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((chunks[middle] as VmaChunk).end > address) to = middle;
      else from = middle + 1;
    }
    return (this.recent = from);
  }

  /** What lies below `above` became free: the next search begins there at the latest. */
  private freed(above: Vma | undefined): void {
    const top = above?.start ?? Number.POSITIVE_INFINITY;
    if (top > this.searchTop) this.searchTop = Math.min(top, this.searchHigh);
  }

  /** The tree, for a change: this space's alone. */
  private ownTree(): VmaTree {
    if (this.tree.spaces.size > 1) this.tree = this.tree.split(this.space);
    this.tree.touch();
    return this.tree;
  }

  private ownChunk(index: number): VmaChunk {
    const tree = this.ownTree();
    const chunk = tree.chunks[index] as VmaChunk;
    if (chunk.trees.size > 1) {
      const paid = chunk.isPaid ? payment(this.frames) : [];
      return (tree.chunks[index] = chunk.copy(tree, paid));
    }
    chunk.touch();
    return chunk;
  }

  private pay(): readonly number[] {
    return this.count === 0 ? [] : payment(this.frames);
  }

  /** A chunk of this space alone with nothing left in it. */
  private drop(index: number): void {
    const { chunks } = this.tree;
    chunks[index]?.free(this.frames);
    chunks.splice(index, 1);
  }

  /** A chunk of few and one of its neighbours, if that has few, too, and both are this set's alone. */
  private join(index: number): void {
    for (const left of [index - 1, index]) {
      const low = this.tree.chunks[left];
      const high = this.tree.chunks[left + 1];
      if (low?.trees.size !== 1 || high?.trees.size !== 1) continue;
      if (low.vmas.length + high.vmas.length > FEW) continue;
      low.touch();
      for (const vma of high.vmas) low.put(low.vmas.length, vma);
      this.drop(left + 1);
      return;
    }
  }
}

/** Throws ENOMEM; then nothing is paid. */
function payment(frames: FrameAllocator): readonly number[] {
  const paid: number[] = [];
  try {
    while (paid.length < FRAMES_PER_CHUNK) paid.push(frames.allocateUncleared());
    return paid;
  } catch (error) {
    for (const frame of paid) frames.release(frame);
    throw error;
  }
}
