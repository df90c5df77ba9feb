/** Copying an address space: page tables are copied, mappings are shared until one side changes them, pages until one writes. fork(2). */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  frameOf,
  HUGE_BYTES,
  HUGE_PAGES,
  isSwapEntry,
  PTE_ANONYMOUS,
  PTE_POOLED,
  PTE_W,
  slotOf,
} from '../arch/page-table.ts';
import { AddressSpace } from './address-space.ts';
import {
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_WIPEONFORK,
  type Vma,
} from './vma.ts';
import type { VmaSummary } from './vma-chunk.ts';

/** Throws ENOMEM; then nothing is left behind. */
export function forkAddressSpace(parent: AddressSpace): AddressSpace {
  const child = new AddressSpace(parent.kernel);
  child.layout.copyFrom(parent.layout);
  child.refusesHuge = parent.refusesHuge;
  const { swap } = parent.kernel;
  swap.forking = child;
  try {
    if (parent.vmas.tree.isShareable) shareAll(parent, child);
    else shareSome(parent, child);
    parent.forPresent((vma, start, end) => {
      if ((vma.flags & (VM_DONTCOPY | VM_WIPEONFORK)) === 0)
        copyPages(parent, child, vma, start, end);
    });
  } catch (error) {
    child.release();
    throw error;
  } finally {
    swap.forking = undefined;
    // Pages of the parent became read-only.
    parent.kernel.arch.protectTlb(parent.pageTable.asid);
  }
  return child;
}

/** All mappings, until one side changes one. */
function shareAll(parent: AddressSpace, child: AddressSpace): void {
  const { summary } = parent.vmas.tree;
  checkCommit(parent, summary);
  child.vmas.share(parent.vmas);
  child.counters.addAll(summary);
}

/** Chunk by chunk; mappings that a child has otherwise one by one. */
function shareSome(parent: AddressSpace, child: AddressSpace): void {
  for (const chunk of parent.vmas.tree.chunks) {
    if (!chunk.isShareable) {
      for (const vma of chunk.vmas) copyMapping(parent, child, vma);
      continue;
    }
    checkCommit(parent, chunk.summary);
    child.vmas.tree.share(chunk);
    child.counters.addAll(chunk.summary);
  }
  if (child.vmas.count === parent.vmas.count) child.vmas.copySearch(parent.vmas);
}

function checkCommit(parent: AddressSpace, { accounted, mostAccounted }: VmaSummary): void {
  if (accounted === 0) return;
  const { overcommit } = parent.kernel;
  overcommit.check(parent, accounted / PAGE_SIZE, mostAccounted / PAGE_SIZE);
}

function copyMapping(parent: AddressSpace, child: AddressSpace, vma: Vma): void {
  if ((vma.flags & VM_DONTCOPY) !== 0) return;
  if ((vma.flags & VM_ACCOUNT) !== 0)
    parent.kernel.overcommit.check(parent, (vma.end - vma.start) / PAGE_SIZE);
  child.insertVma({ ...vma, flags: vma.flags & ~(VM_LOCKED | VM_LOCKONFAULT) });
}

/**
 * Private pages lose write permission on both sides, and the write that comes finds whether it needs a copy. Pages of
 * files can be faulted in again and are not copied, unless shared: those that were written must stay so. [start, end) is of `vma` and of
 * others like it.
 */
function copyPages(
  parent: AddressSpace,
  child: AddressSpace,
  vma: Vma,
  start: number,
  end: number,
): void {
  const { kernel } = parent;
  const words = kernel.arch.ram.words();
  const { frames, zeroFrame, swap } = kernel;
  const { isShared } = vma;
  // Nothing of it is anonymous.
  if (isShared && (vma.file !== undefined || vma.sharedMemory !== undefined)) return;
  for (
    let at = parent.pageTable.nextPresent(start, end);
    at < end;
    at = parent.pageTable.nextPresent(at, end)
  ) {
    if (parent.pageTable.isWholeHuge(at, end)) {
      copyHuge(parent, child, vma, at);
      at += HUGE_BYTES;
      continue;
    }
    // To the end of the table.
    const stop = Math.min(end, (Math.floor(at / HUGE_BYTES) + 1) * HUGE_BYTES);
    let from = parent.pageTable.find(at);
    let to = child.pageTable.ensure(at);
    let anonymous = 0;
    let others = 0;
    for (; at < stop; at += PAGE_SIZE, from += 2, to += 2) {
      let pte = words[from] as number;
      if (pte === 0) continue;
      if (isSwapEntry(pte)) {
        words[to] = pte;
        swap.retain(slotOf(pte));
        child.counters.swapPages++;
        continue;
      }
      if (!isShared && (pte & PTE_W) !== 0) words[from] = pte &= ~PTE_W;
      const frame = frameOf(pte);
      words[to] = pte;
      frames.retain(frame);
      if (frame === zeroFrame) continue;
      if ((pte & PTE_ANONYMOUS) !== 0) anonymous++;
      else others++;
    }
    child.counters.addResidents(vma, anonymous, others);
  }
}

/** A megapage stays one on both sides until somebody writes. Pages of the pool that are shared can be faulted in again. */
function copyHuge(parent: AddressSpace, child: AddressSpace, vma: Vma, at: number): void {
  if (vma.isShared) return;
  const { frames, hugePages } = parent.kernel;
  const pte = parent.pageTable.huge(at) & ~PTE_W;
  child.pageTable.setHuge(at, pte);
  parent.pageTable.changeHuge(at, pte);
  if ((pte & PTE_POOLED) !== 0) {
    hugePages.pool.retain(frameOf(pte));
    child.counters.pooledHugePages++;
  } else {
    frames.retainBlock(frameOf(pte), HUGE_PAGES);
    child.counters.addAnonymous(HUGE_PAGES);
  }
}
