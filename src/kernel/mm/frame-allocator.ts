/**
 * Physical page frames: a binary buddy allocator with reference counts. Linux: mm/page_alloc.c. All state is in typed
 * arrays indexed by frame number (from the start of RAM); single frames go through a stack, so that the usual allocation
 * and release touch no buddy.
 */
import { ENOMEM, fail } from '../../abi/errno.ts';
import { PageAccount } from '../../fs/page-account.ts';
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { panic } from '../../lib/panic.ts';
import type { Ram } from '../arch/memory.ts';

/** Largest block: 4 MiB. */
export const MAX_ORDER = 10;
const NONE = -1;
const IN_USE = 0xff;
/** Frames kept apart for single allocations. */
const STACK_FRAMES = 256;
/** Reclaimed at a time by who needs one: SWAP_CLUSTER_MAX. */
const RECLAIM_FRAMES = 32;

/** Gives memory back when there is none: the page caches. */
export interface Reclaimer {
  /** Free about `frames` frames; returns how many it freed. */
  reclaim(frames: number): number;
}

/** Makes room in the background. */
export interface FrameWatcher {
  /** So few are free as `alarm` says, or fewer. */
  fellLow(): void;
}

/** Brings free frames together. */
export interface Compactor {
  /** Returns whether there is a free block of 2^order frames now. */
  makeBlock(order: number): boolean;
}

/** Holds translations of code; told of each executable frame whose content goes away. The platform. */
export interface CodeHolder {
  invalidateCode(physicalAddress: number): void;
}

export class FrameAllocator implements FrameSource {
  readonly total: number;
  readonly account = new PageAccount();
  /** Frames in no use, those in the stack included. */
  free = 0;
  /** Times that the reclaimers were asked, and frames that they gave. */
  reclaimScans = 0;
  reclaimed = 0;
  /** Asked, in order, when no more than the reserve is free. */
  readonly reclaimers: Reclaimer[] = [];
  /** Frames that stay free for those who make room. */
  reserve = 0;
  /** Free frames at which the watcher is told; not less than the reserve. */
  alarm = 0;
  watcher: FrameWatcher | undefined = undefined;
  compactor: Compactor | undefined = undefined;
  /** Somebody makes room: what he needs for it comes from the reserve. */
  isReclaiming = false;
  private readonly ram: Ram;
  private readonly references: Uint32Array;
  /** Order of the free block that starts here; IN_USE for all other frames. */
  private readonly freeOrder: Uint8Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly heads = new Int32Array(MAX_ORDER + 1).fill(NONE);
  private readonly stack = new Int32Array(STACK_FRAMES);
  private stacked = 0;
  /** 1 where a page was mapped executable: translations of it may exist. */
  private readonly mayHoldCode: Uint8Array;
  private readonly translations: CodeHolder;

  constructor(ram: Ram, translations: CodeHolder) {
    this.ram = ram;
    this.translations = translations;
    this.total = Math.floor(ram.size / PAGE_SIZE);
    this.references = new Uint32Array(this.total);
    this.freeOrder = new Uint8Array(this.total).fill(IN_USE);
    this.next = new Int32Array(this.total);
    this.previous = new Int32Array(this.total);
    this.mayHoldCode = new Uint8Array(this.total);
    this.addRange(0, this.total);
  }

  /** A zero-filled frame with one reference. Throws ENOMEM. */
  allocate(): number {
    const frame = this.allocateUncleared();
    this.ram.clearFrame(frame);
    return frame;
  }

  /** A frame whose content is about to be overwritten as a whole. Throws ENOMEM. */
  allocateUncleared(): number {
    if (this.free <= this.alarm) this.makeRoom();
    const number = this.stacked > 0 ? (this.stack[--this.stacked] as number) : this.takeSingle();
    this.references[number] = 1;
    this.free--;
    return this.ram.base + number * PAGE_SIZE;
  }

  /** As allocateBlock; pages move to make one if none is there. Throws ENOMEM. */
  allocateBlockByMoving(order: number): number {
    const isMissing = this.gather().every((count, at) => at < order || count === 0);
    if (isMissing && this.free - (1 << order) >= this.reserve) this.compactor?.makeBlock(order);
    return this.allocateBlock(order);
  }

  /** 2^order contiguous zero-filled frames, aligned to their size, each with one reference. Throws ENOMEM. */
  allocateBlock(order: number): number {
    const count = 1 << order;
    if (this.free - count <= this.alarm) this.watcher?.fellLow();
    const number = this.free - count < this.reserve ? NONE : this.takeBlock(order);
    if (number === NONE) throw fail(ENOMEM, `no block of order ${order}`);
    this.references.fill(1, number, number + count);
    this.free -= count;
    const address = this.ram.base + number * PAGE_SIZE;
    this.ram.clear(address, count * PAGE_SIZE);
    return address;
  }

  /** One reference more to each of `count` consecutive frames. */
  retainBlock(first: number, count: number): void {
    const number = (first - this.ram.base) / PAGE_SIZE;
    for (let i = number; i < number + count; i++)
      this.references[i] = (this.references[i] as number) + 1;
  }

  /** One less; a block that nobody else uses stays in one piece. */
  releaseBlock(first: number, count: number): void {
    const number = (first - this.ram.base) / PAGE_SIZE;
    const isCode = this.mayHoldCode.subarray(number, number + count).includes(1);
    if (isCode || !this.isBlockOwned(first, count)) {
      for (let i = 0; i < count; i++) this.release(first + i * PAGE_SIZE);
      return;
    }
    this.references.fill(0, number, number + count);
    this.free += count;
    this.putBlock(number, Math.log2(count));
  }

  /** Each of `count` consecutive frames has one reference. */
  isBlockOwned(first: number, count: number): boolean {
    const number = (first - this.ram.base) / PAGE_SIZE;
    for (let i = number; i < number + count; i++) if (this.references[i] !== 1) return false;
    return true;
  }

  markBlockCode(first: number, count: number): void {
    const number = (first - this.ram.base) / PAGE_SIZE;
    this.mayHoldCode.fill(1, number, number + count);
  }

  clear(address: number, bytes: number): void {
    this.ram.clear(address, bytes);
  }

  retain(frame: number): void {
    const number = (frame - this.ram.base) / PAGE_SIZE;
    this.references[number] = (this.references[number] as number) + 1;
  }

  release(frame: number): void {
    const number = (frame - this.ram.base) / PAGE_SIZE;
    const left = (this.references[number] as number) - 1;
    if (left < 0) panic(`frame 0x${frame.toString(16)} released more often than retained`);
    this.references[number] = left;
    if (left > 0) return;
    if (this.mayHoldCode[number] !== 0) {
      this.mayHoldCode[number] = 0;
      this.translations.invalidateCode(frame);
    }
    this.free++;
    if (this.stacked < STACK_FRAMES) this.stack[this.stacked++] = number;
    else this.putBlock(number, 0);
  }

  referencesOf(frame: number): number {
    return this.references[(frame - this.ram.base) / PAGE_SIZE] as number;
  }

  /** Numbers of the frames in use, from the start of RAM. */
  inUse(): number[] {
    const { references, total } = this;
    const numbers: number[] = [];
    for (let number = 0; number < total; number++)
      if (references[number] !== 0) numbers.push(number);
    return numbers;
  }

  /** The frame is mapped executable. */
  markCode(frame: number): void {
    this.mayHoldCode[(frame - this.ram.base) / PAGE_SIZE] = 1;
  }

  bytes(frame: number, from = 0, count = PAGE_SIZE): Uint8Array {
    return this.ram.bytes(frame + from, count);
  }

  copyTo(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void {
    if (buffer.copyInPhysical?.(frame + from, count, offset) !== true)
      buffer.copyIn(this.bytes(frame, from, count), offset);
  }

  copyFrom(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void {
    if (buffer.copyOutPhysical?.(frame + from, count, offset) !== true)
      buffer.copyOut(this.bytes(frame, from, count), offset);
  }

  changed(frame: number): void {
    if (this.mayHoldCode[(frame - this.ram.base) / PAGE_SIZE] !== 0)
      this.translations.invalidateCode(frame);
  }

  /** Loose frames become part of blocks again; returns freeBlocks(). */
  gather(): number[] {
    this.flushStack();
    return this.freeBlocks();
  }

  /** Take a frame that is free, and not loose; it has one reference then, and any content. */
  takeFree(frame: number): void {
    const number = (frame - this.ram.base) / PAGE_SIZE;
    let order = 0;
    while (order <= MAX_ORDER && this.freeOrder[number & ~((1 << order) - 1)] !== order) order++;
    if (order > MAX_ORDER) panic(`frame 0x${frame.toString(16)} is not free`);
    const first = number & ~((1 << order) - 1);
    this.unlink(first, order);
    // The halves that it does not lie in stay free.
    for (let half = order - 1; half >= 0; half--) {
      const inUpper = (number & (1 << half)) !== 0;
      const start = number & ~((1 << (half + 1)) - 1);
      this.link(inUpper ? start : start + (1 << half), half);
    }
    this.references[number] = 1;
    this.free--;
  }

  /** Free blocks of each order, for /proc/buddyinfo. */
  freeBlocks(): number[] {
    return Array.from(this.heads, (head) => {
      let count = 0;
      for (let at = head; at !== NONE; at = this.next[at] as number) count++;
      return count;
    });
  }

  /** So many frames are free, after reclaim if need be. Throws ENOMEM. */
  ensureFree(count: number): void {
    while (this.free < count)
      if (this.isReclaiming || !this.reclaim(RECLAIM_FRAMES))
        throw fail(ENOMEM, 'frames that are kept free');
  }

  private takeSingle(): number {
    const number = this.takeBlock(0);
    if (number !== NONE) return number;
    // What the reclaimers have freed.
    if (this.stacked > 0) return this.stack[--this.stacked] as number;
    throw fail(ENOMEM, 'no free frame');
  }

  /** Out of line: few allocations meet a watermark. Throws ENOMEM. */
  private makeRoom(): void {
    if (this.isReclaiming) return;
    this.watcher?.fellLow();
    while (this.free <= this.reserve) {
      if (!this.reclaim(RECLAIM_FRAMES)) throw fail(ENOMEM, 'no free frame');
    }
  }

  private reclaim(frames: number): boolean {
    this.reclaimScans++;
    this.isReclaiming = true;
    try {
      for (const reclaimer of this.reclaimers) {
        const count = reclaimer.reclaim(frames);
        this.reclaimed += count;
        if (count > 0) return true;
      }
      return false;
    } finally {
      this.isReclaiming = false;
    }
  }

  private takeBlock(order: number): number {
    let found = order;
    while (found <= MAX_ORDER && this.heads[found] === NONE) found++;
    if (found > MAX_ORDER) {
      if (order === 0 || !this.flushStack()) return NONE;
      return this.takeBlock(order);
    }
    const number = this.heads[found] as number;
    this.unlink(number, found);
    while (found > order) {
      found--;
      this.link(number + (1 << found), found);
    }
    return number;
  }

  /** Merge the stacked frames into blocks again; false when there were none. */
  private flushStack(): boolean {
    if (this.stacked === 0) return false;
    while (this.stacked > 0) this.putBlock(this.stack[--this.stacked] as number, 0);
    return true;
  }

  private putBlock(number: number, order: number): void {
    while (order < MAX_ORDER) {
      const buddy = number ^ (1 << order);
      if (buddy >= this.total || this.freeOrder[buddy] !== order) break;
      this.unlink(buddy, order);
      number &= ~(1 << order);
      order++;
    }
    this.link(number, order);
  }

  private addRange(first: number, end: number): void {
    let number = first;
    while (number < end) {
      let order = MAX_ORDER;
      while (number % (1 << order) !== 0 || number + (1 << order) > end) order--;
      this.link(number, order);
      number += 1 << order;
    }
    this.free += end - first;
  }

  private link(number: number, order: number): void {
    const head = this.heads[order] as number;
    this.freeOrder[number] = order;
    this.next[number] = head;
    this.previous[number] = NONE;
    if (head !== NONE) this.previous[head] = number;
    this.heads[order] = number;
  }

  private unlink(number: number, order: number): void {
    const next = this.next[number] as number;
    const previous = this.previous[number] as number;
    if (previous === NONE) this.heads[order] = next;
    else this.next[previous] = next;
    if (next !== NONE) this.previous[next] = previous;
    this.freeOrder[number] = IN_USE;
  }
}
