/** Pages come back from swap: by a fault, or all of an area that is given up. Linux: do_swap_page, try_to_unuse. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  isSwapEntry,
  makePte,
  PTE_ANONYMOUS,
  PTE_X,
  readBits,
  slotOf,
} from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from './address-space.ts';
import type { SwapArea } from './swap-area.ts';
import type { Vma } from './vma.ts';

/** The entry at the word `index` names a frame again, read-only. True if it had to be read from the area. Throws ENOMEM, EIO. */
export function swapIn(space: AddressSpace, vma: Vma, index: number): boolean {
  const { swap, frames, arch } = space.kernel;
  const words = arch.ram.words();
  const slot = slotOf(words[index] as number);
  const known = swap.frameFor(slot);
  const frame = known ?? readIn(space.kernel, slot);
  if (known !== undefined) frames.retain(known);
  const bits = readBits(vma.protection);
  if ((bits & PTE_X) !== 0) frames.markCode(frame);
  words[index] = makePte(frame, bits | PTE_ANONYMOUS);
  space.counters.swapPages--;
  space.counters.addAnonymous(1);
  swap.free(slot);
  if (swap.isHalfFull && swap.usesOf(slot) === 0) swap.claim(frame);
  return known === undefined;
}

/** A frame with the slot's content, which the cache holds, too. */
function readIn({ swap, frames }: Kernel, slot: number): number {
  const frame = frames.allocateUncleared();
  try {
    swap.load(slot, frame);
  } catch (error) {
    frames.release(frame);
    throw error;
  }
  swap.cache(slot, frame);
  return frame;
}

/** Everything that lies in the area comes back. Throws ENOMEM, EIO: then some of it is there still. */
export function emptyArea(kernel: Kernel, area: SwapArea): void {
  for (const { addressSpace } of kernel.pids.processes.values())
    if (addressSpace) emptyFor(addressSpace, area);
  for (const fs of kernel.vfs.fileSystems()) fs.swapIn?.(area.first, area.end);
}

function emptyFor(space: AddressSpace, area: SwapArea): void {
  const { pageTable, kernel } = space;
  const words = kernel.arch.ram.words();
  for (const vma of space.vmas) {
    for (
      let at = pageTable.nextPresent(vma.start, vma.end);
      at < vma.end && space.counters.swapPages > 0;
      at = pageTable.nextPresent(at + PAGE_SIZE, vma.end)
    ) {
      if (pageTable.huge(at) !== 0) continue;
      const index = pageTable.find(at);
      const pte = words[index] as number;
      if (!isSwapEntry(pte) || slotOf(pte) < area.first || slotOf(pte) >= area.end) continue;
      swapIn(space, vma, index);
    }
  }
  kernel.swap.forgetCached(area);
}
