/** Faults that 2 MiB at once answer, in anonymous memory; and collapsing small pages into a megapage. Linux: mm/huge_memory.c. */
import { EINVAL, fail, KernelError } from '../../abi/errno.ts';
import { PROT_EXEC, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  frameOf,
  HUGE_BYTES,
  HUGE_PAGES,
  isSwapEntry,
  makePte,
  PTE_ANONYMOUS,
  PTE_D,
  PTE_W,
  readBits,
  slotOf,
} from '../arch/page-table.ts';
import type { AddressSpace } from './address-space.ts';
import { isBacked, VM_HUGETLB, type Vma } from './vma.ts';

const HUGE_ORDER = 9;

/** Handles a fault if a megapage is there or may be made; false leaves it to small pages. */
export function hugeFault(space: AddressSpace, vma: Vma, page: number, needed: number): boolean {
  const pte = space.pageTable.huge(page);
  const base = page - (page & (HUGE_BYTES - 1));
  const isWrite = (needed & PTE_W) !== 0;
  if (pte !== 0) return changePermission(space, vma, base, pte, needed);
  if (!isWrite || !isRoomFor(vma, base) || !space.kernel.hugePages.mayBeHuge(space, vma))
    return false;
  return mapFresh(space, vma, base);
}

/** Anonymous, private, and 2 MiB of it around the address. */
function isRoomFor(vma: Vma, base: number): boolean {
  return !vma.isShared && !isBacked(vma) && base >= vma.start && base + HUGE_BYTES <= vma.end;
}

function changePermission(
  space: AddressSpace,
  vma: Vma,
  base: number,
  pte: number,
  needed: number,
): boolean {
  const { frames } = space.kernel;
  const { pageTable } = space;
  if ((pte & needed) !== needed) {
    let bits = readBits(vma.protection) | (pte & (PTE_D | PTE_ANONYMOUS | PTE_W));
    if ((needed & PTE_W) !== 0) {
      // Shared since a fork: the page that is written is copied, by itself.
      if (!frames.isBlockOwned(frameOf(pte), HUGE_PAGES)) return false;
      bits |= PTE_W | PTE_D;
    }
    pageTable.changeHuge(base, makePte(frameOf(pte), bits));
  }
  // One address of a megapage stands for all of it.
  space.flushPage(base);
  return true;
}

function mapFresh(space: AddressSpace, vma: Vma, base: number): boolean {
  const { frames, hugePages, zeroFrame } = space.kernel;
  const { pageTable } = space;
  const isEmpty = pageTable.clearOfZeros(base, zeroFrame, () => frames.release(zeroFrame));
  if (!isEmpty) return false;
  let block: number;
  try {
    block = frames.allocateBlock(HUGE_ORDER);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    hugePages.faultFallbacks++;
    return false;
  }
  try {
    install(space, vma, base, block);
  } catch (error) {
    frames.releaseBlock(block, HUGE_PAGES);
    throw error;
  }
  hugePages.faultAllocations++;
  space.flushAll();
  return true;
}

/** Throws ENOMEM; then the block is the caller's still. */
function install(space: AddressSpace, vma: Vma, base: number, block: number): void {
  const { frames } = space.kernel;
  const isWritable = (vma.protection & PROT_WRITE) !== 0;
  const bits = readBits(vma.protection) | PTE_D | PTE_ANONYMOUS | (isWritable ? PTE_W : 0);
  space.pageTable.setHuge(base, makePte(block, bits));
  if ((vma.protection & PROT_EXEC) !== 0) frames.markBlockCode(block, HUGE_PAGES);
  space.counters.addAnonymous(HUGE_PAGES);
}

/**
 * madvise(2), MADV_COLLAPSE: bring each 2 MiB of [start, end) that are anonymous into a megapage. Throws EINVAL where none may
 * be, ENOMEM.
 */
export function collapse(space: AddressSpace, vma: Vma, start: number, end: number): void {
  const first = Math.ceil(start / HUGE_BYTES) * HUGE_BYTES;
  if ((vma.flags & VM_HUGETLB) !== 0 || isBacked(vma)) throw fail(EINVAL, 'not anonymous');
  for (let base = first; base + HUGE_BYTES <= end; base += HUGE_BYTES) {
    if (space.pageTable.huge(base) === 0) collapseOne(space, vma, base);
  }
}

/** Linux: __collapse_huge_page_swapin. Throws EIO. */
function takeFromSwap({ kernel, counters }: AddressSpace, slot: number, frame: number): void {
  const { swap, arch } = kernel;
  const cached = swap.frameFor(slot);
  if (cached === undefined) swap.load(slot, frame);
  else arch.ram.copyFrame(frame, cached);
  swap.free(slot);
  counters.swapPages--;
}

function collapseOne(space: AddressSpace, vma: Vma, base: number): void {
  const { frames, hugePages, arch, zeroFrame } = space.kernel;
  const { pageTable, counters } = space;
  // As Linux: where there is no page there is nothing to collapse.
  if (pageTable.nextPresent(base, base + HUGE_BYTES) === base + HUGE_BYTES)
    throw fail(EINVAL, 'nothing is mapped');
  let block: number;
  try {
    block = frames.allocateBlock(HUGE_ORDER);
  } catch (error) {
    hugePages.collapseFailures++;
    throw error;
  }
  const words = arch.ram.words();
  const sources: number[] = [];
  for (let at = base; at < base + HUGE_BYTES; at += PAGE_SIZE) {
    const index = pageTable.find(at);
    sources.push(index < 0 ? 0 : (words[index] as number));
    if (index >= 0) words[index] = 0;
  }
  // Nobody writes to the small pages any more.
  space.flushAll();
  sources.forEach((pte, i) => {
    if (pte === 0) return;
    if (isSwapEntry(pte)) {
      takeFromSwap(space, slotOf(pte), block + i * PAGE_SIZE);
      return;
    }
    const source = frameOf(pte);
    if (source !== zeroFrame) arch.ram.copyFrame(block + i * PAGE_SIZE, source);
    counters.removeResident(vma, true, source === zeroFrame);
    frames.release(source);
  });
  install(space, vma, base, block);
  hugePages.collapses++;
}
