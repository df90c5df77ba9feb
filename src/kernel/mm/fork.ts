/** Copying an address space: mappings and page tables are copied, pages are shared until one side writes. fork(2). */
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

/** Throws ENOMEM; then nothing is left behind. */
export function forkAddressSpace(parent: AddressSpace): AddressSpace {
  const child = new AddressSpace(parent.kernel);
  child.layout.copyFrom(parent.layout);
  child.refusesHuge = parent.refusesHuge;
  const { swap } = parent.kernel;
  swap.forking = child;
  try {
    for (let index = 0; index < parent.vmas.count; index++) {
      const vma = parent.vmas.at(index) as Vma;
      if ((vma.flags & VM_DONTCOPY) !== 0) continue;
      if ((vma.flags & VM_ACCOUNT) !== 0)
        parent.kernel.overcommit.check(parent, (vma.end - vma.start) / PAGE_SIZE);
      const copy: Vma = { ...vma, space: child, flags: vma.flags & ~(VM_LOCKED | VM_LOCKONFAULT) };
      child.insertVma(copy);
      if ((vma.flags & VM_WIPEONFORK) === 0) copyPages(parent, child, vma, copy);
    }
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

/**
 * Private pages lose write permission on both sides, and the write that comes finds whether it needs a copy. Pages of
 * files can be faulted in again and are not copied, unless shared: those that were written must stay so.
 */
function copyPages(parent: AddressSpace, child: AddressSpace, vma: Vma, copy: Vma): void {
  const { kernel } = parent;
  const words = kernel.arch.ram.words();
  const { frames, zeroFrame, swap } = kernel;
  const { isShared } = vma;
  // Nothing of it is anonymous.
  if (isShared && (vma.file !== undefined || vma.sharedMemory !== undefined)) return;
  for (
    let at = parent.pageTable.nextPresent(vma.start, vma.end);
    at < vma.end;
    at = parent.pageTable.nextPresent(at, vma.end)
  ) {
    if (parent.pageTable.isWholeHuge(at, vma.end)) {
      copyHuge(parent, child, vma, at);
      at += HUGE_BYTES;
      continue;
    }
    // To the end of the table.
    const stop = Math.min(vma.end, (Math.floor(at / HUGE_BYTES) + 1) * HUGE_BYTES);
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
    child.counters.addResidents(copy, anonymous, others);
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
