/** The pool of 2 MiB pages that MAP_HUGETLB maps: set apart by vm.nr_hugepages, promised when they are mapped. Linux: mm/hugetlb.c. */
import { ENOMEM, fail, KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { panic } from '../../lib/panic.ts';
import { HUGE_BYTES, HUGE_PAGES } from '../arch/page-table.ts';
import type { FrameAllocator } from './frame-allocator.ts';

/** 2^9 frames. */
const HUGE_ORDER = 9;

export class HugePagePool {
  /** Pages that vm.nr_overcommit_hugepages allows beyond the pool, while they are in use. */
  overcommit = 0;
  /** Of the pages, those beyond vm.nr_hugepages: HugePages_Surp. */
  surplus = 0;
  /** Promised to mappings that have not touched them: HugePages_Rsvd. */
  reserved = 0;
  /** HugePages_Total: the surplus included. */
  total = 0;
  private readonly frames: FrameAllocator;
  private readonly unused: number[] = [];
  /** Users of each page in use. */
  private readonly references = new Map<number, number>();

  constructor(frames: FrameAllocator) {
    this.frames = frames;
  }

  /** HugePages_Free: those that are promised included. */
  get free(): number {
    return this.unused.length;
  }

  /** vm.nr_hugepages: as many as memory allows, and no fewer than are in use or promised. */
  resize(count: number): void {
    const converted = Math.min(this.surplus, Math.max(0, count - this.persistent));
    this.surplus -= converted;
    while (this.persistent < count && this.grow());
    while (this.persistent > count && this.free > this.reserved) this.shrink();
    if (this.persistent > count) this.surplus = this.total - count;
  }

  /** vm.nr_hugepages. */
  get persistent(): number {
    return this.total - this.surplus;
  }

  /** Promise pages. Throws ENOMEM. */
  reserve(count: number): void {
    const needed = count - (this.free - this.reserved);
    if (needed > this.overcommit - this.surplus && needed > 0) throw fail(ENOMEM, 'no huge pages');
    for (let i = 0; i < needed; i++) {
      if (!this.grow()) throw fail(ENOMEM, 'no block of 2 MiB');
      this.surplus++;
    }
    this.reserved += count;
  }

  /** A promise is taken back; what was there for it alone goes. */
  unreserve(count: number): void {
    this.reserved -= count;
    while (this.surplus > 0 && this.free > this.reserved) {
      this.shrink();
      this.surplus--;
    }
  }

  /** A cleared page with one user; one that was promised, or one that is not. Throws ENOMEM. */
  take(isPromised: boolean): number {
    if (!isPromised) this.reserve(1);
    this.reserved--;
    const page = this.unused.pop() ?? panic('a promised huge page is not there');
    this.references.set(page, 1);
    for (let at = page; at < page + HUGE_BYTES; at += PAGE_SIZE) this.frames.changed(at);
    this.frames.clear(page, HUGE_BYTES);
    return page;
  }

  retain(page: number): void {
    this.references.set(page, this.usersOf(page) + 1);
  }

  usersOf(page: number): number {
    return this.references.get(page) ?? 0;
  }

  release(page: number): void {
    const users = this.usersOf(page) - 1;
    this.references.set(page, users);
    if (users > 0) return;
    this.references.delete(page);
    this.unused.push(page);
    this.unreserve(0);
  }

  private grow(): boolean {
    try {
      this.unused.push(this.frames.allocateBlockByMoving(HUGE_ORDER));
    } catch (error) {
      if (error instanceof KernelError) return false;
      throw error;
    }
    this.total++;
    return true;
  }

  private shrink(): void {
    const page = this.unused.pop() ?? panic('the huge page pool is empty');
    this.frames.releaseBlock(page, HUGE_PAGES);
    this.total--;
  }
}
