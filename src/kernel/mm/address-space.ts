/** The memory of one process: its mappings, its page table, and the counts of both. Linux: struct mm_struct. */
import { EFAULT, EINVAL, ENOMEM, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { AioContext } from '../aio.ts';
import {
  frameOf,
  HUGE_BYTES,
  HUGE_PAGES,
  isSwapEntry,
  PageTable,
  PTE_ANONYMOUS,
  PTE_D,
  slotOf,
} from '../arch/page-table.ts';
import { FutexTable } from '../futex-queue.ts';
import type { Kernel } from '../kernel.ts';
import { FaultResult, handleFault } from './fault.ts';
import { attach, detach } from './inode-mappings.ts';
import { MemoryCounters } from './memory-counters.ts';
import { UserMemory } from './user-memory.ts';
import { canMerge, VM_HUGETLB, type Vma, withBounds } from './vma.ts';
import { VmaSet } from './vma-set.ts';

/** Where more pages than this have changed, the whole address space is flushed from the TLBs. */
export const FLUSH_ALL_PAGES = 16;

/** Addresses that exec sets and /proc shows. */
export class MemoryLayout {
  startCode = 0;
  endCode = 0;
  startData = 0;
  endData = 0;
  startStack = 0;
  argumentStart = 0;
  argumentEnd = 0;
  environmentStart = 0;
  environmentEnd = 0;
  /** Start of the heap; brk never goes below it. */
  brkStart = 0;
  brk = 0;
  /** mmap places new mappings below. */
  mmapBase = 0;
  vdso = 0;
  /** As pushed on the stack, for /proc/<pid>/auxv. */
  auxv: Uint8Array = new Uint8Array(0);

  /** Those of another address space. */
  copyFrom(other: MemoryLayout): void {
    this.startCode = other.startCode;
    this.endCode = other.endCode;
    this.startData = other.startData;
    this.endData = other.endData;
    this.startStack = other.startStack;
    this.argumentStart = other.argumentStart;
    this.argumentEnd = other.argumentEnd;
    this.environmentStart = other.environmentStart;
    this.environmentEnd = other.environmentEnd;
    this.brkStart = other.brkStart;
    this.brk = other.brk;
    this.mmapBase = other.mmapBase;
    this.vdso = other.vdso;
    this.auxv = other.auxv;
  }
}

export class AddressSpace {
  readonly kernel: Kernel;
  readonly pageTable: PageTable;
  readonly memory: UserMemory;
  readonly vmas: VmaSet;
  readonly counters: MemoryCounters;
  readonly layout = new MemoryLayout();
  /** Waiters of futexes in private memory, by address. */
  readonly futexes = new FutexTable();
  /** Kernel AIO contexts, by the address that names them. */
  readonly aio = new Map<number, AioContext>();
  /** Addresses of 2 MiB of private mappings that the pool has promised a page to. */
  private promises: Set<number> | undefined;
  /** Where the clock goes on that looks for pages to swap out. */
  reclaimHand = 0;
  /** No megapages: PR_SET_THP_DISABLE. */
  refusesHuge = false;
  /** Processes that use it: more than one after vfork or clone(CLONE_VM). */
  users = 1;
  /** VM_LOCKED and VM_LOCKONFAULT of every further mapping: mlockall(MCL_FUTURE). */
  futureFlags = 0;

  /** Throws ENOMEM. */
  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.vmas = new VmaSet(this, kernel.frames);
    this.counters = new MemoryCounters(kernel.overcommit);
    this.pageTable = new PageTable(kernel.arch.ram, kernel.frames, kernel.asids.allocate());
    this.memory = new UserMemory(this, kernel.arch.ram);
  }

  /** Make a hart translate by this page table. */
  activate(hart: number): void {
    this.kernel.arch.setAddressSpace(hart, this.pageTable.root, this.pageTable.asid);
  }

  /** A process lets go; the last one frees everything. */
  release(): void {
    if (--this.users > 0) return;
    for (const context of this.aio.values()) context.destroy();
    this.aio.clear();
    // Forgotten by the TLBs as a whole: flushPage has nothing to do from here on.
    this.kernel.asids.release(this.pageTable.asid);
    this.forPresent((vma, start, end) => this.zap(vma, start, end));
    if (this.promises) this.kernel.hugePages.pool.unreserve(this.promises.size);
    this.kernel.overcommit.accounted -= this.vmas.tree.summary.accounted / PAGE_SIZE;
    this.vmas.clear();
    this.kernel.hugePages.splits += this.pageTable.splits;
    this.pageTable.free();
  }

  /** Physical address of a user byte after faulting its page in, as the kernel's own access. Throws EFAULT. */
  faultIn(address: number, isWrite: boolean): number {
    const result = handleFault(this, address, isWrite ? 'write' : 'read');
    const physical = result === FaultResult.DONE ? this.pageTable.lookup(address, isWrite) : -1;
    if (physical >= 0) return physical;
    if (result === FaultResult.OUT_OF_MEMORY) throw fail(ENOMEM, 'no frame for user memory');
    throw fail(EFAULT, `address 0x${address.toString(16)}`);
  }

  /** Add a mapping to a free range, joined with its neighbours where possible; returns the mapping that now covers it. */
  addVma(vma: Vma): Vma {
    const { vmas } = this;
    const index = vmas.indexAt(vma.start);
    const left = vmas.at(vmas.before(index));
    const right = vmas.at(index);
    const joinsRight = right !== undefined && canMerge(vma, right);
    const pages = (vma.end - vma.start) / PAGE_SIZE;
    if (left && canMerge(left, vma)) {
      const { end } = joinsRight ? right : vma;
      const joined = vmas.own(left);
      // Removed first: the set finds a mapping by its bounds.
      if (joinsRight) this.forget(right);
      joined.end = end;
      this.counters.addPages(vma, pages);
      return joined;
    }
    if (joinsRight) {
      const joined = vmas.own(right);
      joined.offset = vma.offset;
      joined.start = vma.start;
      this.counters.addPages(vma, pages);
      return joined;
    }
    this.insertVma(vma);
    return vma;
  }

  /** Unmap [start, end): frames are released, mappings cut. */
  unmap(start: number, end: number): void {
    for (const vma of this.vmas.owned(start, end)) {
      const part = this.isolate(vma, start, end);
      this.vmas.remove(part);
      this.empty(part);
    }
  }

  /** The part of `vma` within [start, end) as a mapping of its own. */
  isolate(vma: Vma, start: number, end: number): Vma {
    let part = this.vmas.own(vma);
    if (part.start < start) part = this.split(part, start);
    if (part.end > end) this.split(part, end);
    return part;
  }

  /** Cut at `address` a mapping that is this space's alone; returns the upper part. */
  private split(vma: Vma, address: number): Vma {
    if ((vma.flags & VM_HUGETLB) !== 0 && address % HUGE_BYTES !== 0)
      throw fail(EINVAL, 'within a huge page');
    if (this.vmas.count >= this.kernel.maxMapCount) throw fail(ENOMEM, 'vm.max_map_count');
    // A megapage lies in one mapping.
    this.pageTable.split(address);
    const upper = withBounds(vma, address, vma.end);
    vma.end = address;
    try {
      this.vmas.insert(upper);
    } catch (error) {
      vma.end = upper.end;
      throw error;
    }
    attach(upper);
    return upper;
  }

  /** Join a mapping whose attributes have changed with its neighbours. */
  tryMerge(vma: Vma): void {
    const { vmas } = this;
    const index = vmas.indexAt(vma.start);
    const left = vmas.at(vmas.before(index));
    const right = vmas.at(vmas.after(index));
    const joined = vmas.own(vma);
    if (right && canMerge(joined, right)) {
      const { end } = right;
      this.forget(right);
      joined.end = end;
    }
    if (!left || !canMerge(left, joined)) return;
    const { end } = joined;
    const lower = vmas.own(left);
    this.forget(joined);
    lower.end = end;
  }

  /** A neighbour takes the mapping's place. */
  private forget(vma: Vma): void {
    const own = this.vmas.own(vma);
    this.vmas.remove(own);
    detach(own);
  }

  /** Release the frames of [start, end) within `vma`; the mapping stays. */
  zap(vma: Vma, start: number, end: number): void {
    const { pageTable } = this;
    let count = 0;
    for (
      let at = pageTable.nextPresent(start, end);
      at < end;
      at = pageTable.nextPresent(at, end)
    ) {
      if (pageTable.isWholeHuge(at, end)) {
        count += HUGE_PAGES;
        this.kernel.hugePages.drop(this, pageTable.takeHuge(at));
        at += HUGE_BYTES;
        continue;
      }
      const stop = Math.min(end, (Math.floor(at / HUGE_BYTES) + 1) * HUGE_BYTES);
      count = this.zapTable(vma, at, stop, count);
      at = stop;
    }
    if (count > FLUSH_ALL_PAGES) this.flushAll();
  }

  /** As zap for pages of one table, `count` pages having been released before; returns how many have been now. */
  private zapTable(vma: Vma, start: number, end: number, count: number): number {
    const { counters } = this;
    const { arch, frames, zeroFrame, swap } = this.kernel;
    const hasCache = swap.cachedPages > 0;
    const words = arch.ram.words();
    let anonymous = 0;
    let others = 0;
    let released = count;
    let index = this.pageTable.find(start);
    for (let at = start; at < end; at += PAGE_SIZE, index += 2) {
      const pte = words[index] as number;
      if (pte === 0) continue;
      words[index] = 0;
      if (released++ < FLUSH_ALL_PAGES) this.flushPage(at);
      if (vma.isShared && (pte & PTE_D) !== 0) this.noteDirty(vma, at);
      if (isSwapEntry(pte)) {
        swap.free(slotOf(pte));
        counters.swapPages--;
        continue;
      }
      const frame = frameOf(pte);
      frames.release(frame);
      if (frame === zeroFrame) continue;
      if ((pte & PTE_ANONYMOUS) !== 0) anonymous++;
      else others++;
      if (hasCache) swap.noteReleased(frame);
    }
    counters.removeResidents(vma, anonymous, others);
    return released;
  }

  /** The pool promises a page to each 2 MiB of a private mapping. Throws ENOMEM. */
  promiseHuge(start: number, end: number): void {
    this.kernel.hugePages.pool.reserve((end - start) / HUGE_BYTES);
    this.promises ??= new Set();
    for (let at = start; at < end; at += HUGE_BYTES) this.promises.add(at);
  }

  /** Whether a page was promised there; it is no longer. */
  takePromise(address: number): boolean {
    return this.promises?.delete(address) === true;
  }

  /** The pages move to `to`, and with them what was promised. */
  movePromises(start: number, end: number, to: number): void {
    if (!this.promises) return;
    for (let at = start; at < end; at += HUGE_BYTES)
      if (this.promises.delete(at)) this.promises.add(to + at - start);
  }

  /** The page at `address` was written through a shared mapping. */
  noteDirty(vma: Vma, address: number): void {
    const index = (vma.offset + address - vma.start) / PAGE_SIZE;
    vma.file?.inode.pages?.markDirty(index);
  }

  flushPage(address: number): void {
    if (this.users <= 0) return;
    this.kernel.arch.flushTlb(this.pageTable.asid, address);
  }

  flushAll(): void {
    if (this.users <= 0) return;
    this.kernel.arch.flushTlb(this.pageTable.asid);
  }

  /** Whether a page is there, though perhaps without permission: mincore's answer for private pages. */
  isPresent(address: number): boolean {
    const pte = this.pageTable.get(address);
    if (isSwapEntry(pte)) return this.kernel.swap.frameFor(slotOf(pte)) !== undefined;
    return pte !== 0;
  }

  /** Put a mapping in place as it is, without looking at neighbours: fork. */
  insertVma(vma: Vma): void {
    this.vmas.insert(vma);
    this.counters.addPages(vma, (vma.end - vma.start) / PAGE_SIZE);
    attach(vma);
  }

  /**
   * Visit where entries are: ranges that begin at one, in order, each of one mapping or of several plain ones, of which the first is
   * given. What is visited may change.
   */
  forPresent(visit: (vma: Vma, start: number, end: number) => void): void {
    const { vmas, pageTable } = this;
    let vma = vmas.findFrom(0);
    // Where nothing is, among many mappings perhaps, steps get longer.
    let step = HUGE_BYTES;
    for (let at = 0; vma; vma = vmas.findFrom(at)) {
      at = Math.max(at, vma.start);
      const limit = Math.max(vma.end, Math.floor(at / HUGE_BYTES) * HUGE_BYTES + step);
      at = pageTable.nextPresent(at, limit);
      if (at >= limit) {
        step *= 4;
        continue;
      }
      step = HUGE_BYTES;
      if (at >= vma.end) vma = vmas.findFrom(at) as Vma;
      const { chunk, end } = vma;
      const stop = chunk?.isPlain ? chunk.end : end;
      visit(vma, at, stop);
      at = stop;
    }
  }

  /** Everything that a mapping holds goes; the set has it no more. */
  private empty(vma: Vma): void {
    this.zap(vma, vma.start, vma.end);
    if (this.promises && (vma.flags & VM_HUGETLB) !== 0)
      for (let at = vma.start; at < vma.end; at += HUGE_BYTES)
        if (this.promises.delete(at)) this.kernel.hugePages.pool.unreserve(1);
    this.counters.addPages(vma, -(vma.end - vma.start) / PAGE_SIZE);
    detach(vma);
  }
}
