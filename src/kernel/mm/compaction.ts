/**
 * Compaction: pages at the lower end of memory move to free frames at the upper end until both scans meet, so that what is free lies
 * together. A page can move if all who refer to its frame are known: entries of page tables, and the cache of its file. Linux: mm/compaction.c.
 */
import { makePte, PTE_ANONYMOUS, PTE_D, PTE_W, PTE_X } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import type { Compactor } from './frame-allocator.ts';
import { type CachedPage, FrameCensus, type FrameUser } from './frame-census.ts';

/** Of an entry, all but the number of its frame. */
const STATUS_BITS = 0x3ff;

export class Compaction implements Compactor {
  /** compact_migrate_scanned, compact_free_scanned, pgmigrate_success: frames. */
  migrateScanned = 0;
  freeScanned = 0;
  migrated = 0;
  /** compact_stall, _success, _fail: times that a block was missing, and that there was one afterwards, or none. */
  stalls = 0;
  successes = 0;
  failures = 0;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.compactor = this;
  }

  makeBlock(order: number): boolean {
    this.stalls++;
    this.compact();
    const isThere = this.kernel.frames.freeBlocks().some((count, at) => at >= order && count > 0);
    if (isThere) this.successes++;
    else this.failures++;
    return isThere;
  }

  /** All of memory: vm.compact_memory. */
  compact(): void {
    const { frames, arch } = this.kernel;
    const census = new FrameCensus(this.kernel);
    frames.gather();
    let upper = frames.total - 1;
    for (let lower = 0; lower < upper; lower++) {
      const frame = arch.ram.frameAt(lower);
      if (frames.referencesOf(frame) === 0) continue;
      this.migrateScanned++;
      if (!this.isMovable(census, frame)) continue;
      while (upper > lower && frames.referencesOf(arch.ram.frameAt(upper)) > 0) {
        this.freeScanned++;
        upper--;
      }
      if (upper === lower) break;
      const target = arch.ram.frameAt(upper);
      frames.takeFree(target);
      this.move(frame, target, census.users.get(frame) ?? [], census.pages.get(frame));
    }
    frames.gather();
  }

  private isMovable(census: FrameCensus, frame: number): boolean {
    const { frames, swap } = this.kernel;
    if (frames.referencesOf(frame) !== census.referencesOf(frame)) return false;
    if (frame === swap.pinned || swap.slotFor(frame) !== undefined) return false;
    return census.pages.get(frame)?.cache.isInTransfer !== true;
  }

  /** Nobody reaches the page while it is copied: a hart that tries faults, and is served afterwards. */
  private move(
    frame: number,
    target: number,
    users: readonly FrameUser[],
    page: CachedPage | undefined,
  ): void {
    const { frames, arch } = this.kernel;
    const words = arch.ram.words();
    const entries = users.map(({ space, at }) => {
      const index = space.pageTable.find(at);
      const pte = words[index] as number;
      words[index] = 0;
      space.flushPage(at);
      return { index, pte };
    });
    arch.ram.copyFrame(target, frame);
    for (const { index, pte } of entries) {
      // A hart may have set D of a page that is shared between the reading of the entry and the clearing.
      const isWritten = (pte & (PTE_W | PTE_ANONYMOUS)) === PTE_W;
      words[index] = makePte(target, (pte & STATUS_BITS) | (isWritten ? PTE_D : 0));
      if ((pte & PTE_X) !== 0) frames.markCode(target);
    }
    page?.cache.pages.set(page.index, target);
    const references = entries.length + (page ? 1 : 0);
    // One is there since it was taken.
    for (let i = 1; i < references; i++) frames.retain(target);
    for (let i = 0; i < references; i++) frames.release(frame);
    this.migrated++;
  }
}
