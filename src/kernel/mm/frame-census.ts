/** Who has which frame, found by looking everywhere: there is no map from frames to what refers to them. Linux: rmap, struct page. */
import type { PageCache } from '../../fs/page-cache.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, HUGE_BYTES, isSwapEntry, TASK_SIZE } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from './address-space.ts';

/** A small page's entry, in `space`. */
export interface FrameUser {
  readonly space: AddressSpace;
  readonly at: number;
}

export interface CachedPage {
  readonly cache: PageCache;
  readonly index: number;
}

export class FrameCensus {
  /** Entries of small pages, by frame; those of swap and megapages are left out. */
  readonly users = new Map<number, FrameUser[]>();
  /** Pages of files, by frame. */
  readonly pages = new Map<number, CachedPage>();
  /** How often a megapage is mapped, by its first frame. */
  readonly megapages = new Map<number, number>();
  /** Frames that hold page tables. */
  readonly tables = new Set<number>();
  /** Those that objects of the kernel are charged for. */
  readonly slab: ReadonlySet<number>;

  constructor(kernel: Kernel) {
    const spaces = new Set<AddressSpace>();
    for (const { addressSpace } of kernel.pids.processes.values())
      if (addressSpace) spaces.add(addressSpace);
    this.slab = new Set([...kernel.slab.heldFrames, ...kernel.nameSlab.heldFrames]);
    for (const space of spaces) this.addSpace(space);
    for (const fs of kernel.vfs.fileSystems())
      for (const { pages } of fs.cachedFiles?.() ?? []) if (pages) this.addFile(pages);
  }

  private addSpace(space: AddressSpace): void {
    const { pageTable } = space;
    for (const table of pageTable.tableFrames()) this.tables.add(table);
    let at = pageTable.nextPresent(0, TASK_SIZE);
    while (at < TASK_SIZE) {
      const huge = pageTable.huge(at);
      if (huge !== 0)
        this.megapages.set(frameOf(huge), (this.megapages.get(frameOf(huge)) ?? 0) + 1);
      else this.addEntry(space, at);
      at = pageTable.nextPresent(huge !== 0 ? at + HUGE_BYTES : at + PAGE_SIZE, TASK_SIZE);
    }
  }

  private addEntry(space: AddressSpace, at: number): void {
    const pte = space.pageTable.get(at);
    if (isSwapEntry(pte)) return;
    const frame = frameOf(pte);
    const known = this.users.get(frame);
    if (known) known.push({ space, at });
    else this.users.set(frame, [{ space, at }]);
  }

  private addFile(cache: PageCache): void {
    for (const [index, frame] of cache.pages) this.pages.set(frame, { cache, index });
  }

  /** How many references to the frame are known. */
  referencesOf(frame: number): number {
    return (this.users.get(frame)?.length ?? 0) + (this.pages.has(frame) ? 1 : 0);
  }
}
