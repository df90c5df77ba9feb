/** Where frames come from when none is free: pages of files, then anonymous memory, as far as it was not used of late. Linux: mm/vmscan.c. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import type { Reclaimer } from './frame-allocator.ts';
import { swapOutAnonymous } from './swap-out.ts';

/** vm.swappiness that weighs both alike. */
const EVEN_SWAPPINESS = 100;

/** Of the page allocator of Linux: so often little is scraped together before memory is held to be gone. */
const MAX_RECLAIM_RETRIES = 16;

export class Reclaim implements Reclaimer {
  private readonly kernel: Kernel;
  /** Times in a row that less than wanted was found, and less than the watermark was left. */
  private scrapes = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.reclaimers.push(this);
  }

  /** Frames that were released. 0 although there were some if the last pages are only being thrown out for one another. */
  reclaim(count: number): number {
    const released = this.release(count);
    if (released >= count || !this.isScarce()) this.scrapes = 0;
    else if (++this.scrapes > MAX_RECLAIM_RETRIES) {
      this.scrapes = 0;
      return 0;
    }
    return released;
  }

  /** Pages of files are fewer than min_free_kbytes. What a program just runs through would be read again for each instruction. */
  private isScarce(): boolean {
    const { vfs, swap, frames } = this.kernel;
    if (swap.hasRoom) return false;
    let stored = 0;
    for (const fs of vfs.fileSystems()) {
      const use = fs.memoryUse?.();
      if (use?.isStored) stored += use.cachedPages;
    }
    return stored < minimumFreePages(frames.total);
  }

  /** Linux differs: all of one kind goes before the next is touched. */
  private release(count: number): number {
    const { vfs, swap } = this.kernel;
    const prefersAnonymous = swap.swappiness > EVEN_SWAPPINESS;
    return (
      (prefersAnonymous && this.swapOut(count, true)) ||
      vfs.reclaim(count, ReclaimStage.UNUSED) ||
      vfs.reclaim(count, ReclaimStage.WRITTEN) ||
      (swap.swappiness > 0 && this.swapOut(count, true)) ||
      vfs.reclaim(count, ReclaimStage.ALL) ||
      this.swapOut(count, false)
    );
  }

  /** Anonymous memory and tmpfs, if there is swap. `sparesUsed`: what was used of late has a second chance. */
  private swapOut(count: number, sparesUsed: boolean): number {
    const { vfs, swap } = this.kernel;
    if (!swap.hasRoom) return 0;
    const released = swapOutAnonymous(this.kernel, count, sparesUsed);
    return released > 0 ? released : vfs.swapOut(count, sparesUsed);
  }
}

/** init_per_zone_wmark_min of mm/page_alloc.c: the square root of sixteen times the kilobytes. */
function minimumFreePages(pages: number): number {
  const kilobytesPerPage = PAGE_SIZE / 1024;
  return Math.floor(Math.sqrt(16 * pages * kilobytesPerPage) / kilobytesPerPage);
}
