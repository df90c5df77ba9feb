/** Where frames come from when none is free: pages of files, then anonymous memory, as far as it was not used of late. Linux: mm/vmscan.c. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import type { Kernel } from '../kernel.ts';
import type { Reclaimer } from './frame-allocator.ts';
import { swapOutAnonymous } from './swap-out.ts';

/** vm.swappiness that weighs both alike. */
const EVEN_SWAPPINESS = 100;

/** Of the page allocator of Linux: so often little is scraped together before memory is held to be gone. */
const MAX_RECLAIM_RETRIES = 16;

/** Pages that were looked at, and those of them that went. */
export interface ReclaimCount {
  scanned: number;
  stolen: number;
}

export class Reclaim implements Reclaimer {
  /** By kswapd and by who needed the memory, and by kind: pgscan_*, pgsteal_*. Both pairs have the same sums. */
  readonly background: ReclaimCount = { scanned: 0, stolen: 0 };
  readonly direct: ReclaimCount = { scanned: 0, stolen: 0 };
  readonly file: ReclaimCount = { scanned: 0, stolen: 0 };
  readonly anonymous: ReclaimCount = { scanned: 0, stolen: 0 };
  private readonly kernel: Kernel;
  /** Times in a row that less than wanted was found, and less than the watermark was left. */
  private scrapes = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.reclaimers.push(this);
  }

  /** Frames that were released. 0 although there were some if the last pages are only being thrown out for one another. */
  reclaim(count: number): number {
    const released = this.release(count, this.direct);
    if (released > 0 && this.kernel.kswapd.isHopeless) this.kernel.kswapd.watch();
    if (released >= count || !this.isScarce()) this.scrapes = 0;
    else if (++this.scrapes > MAX_RECLAIM_RETRIES) {
      this.scrapes = 0;
      return 0;
    }
    return released;
  }

  /** As reclaim, for kswapd; returns whether it shall go on. */
  inBackground(count: number): boolean {
    const { frames } = this.kernel;
    frames.isReclaiming = true;
    try {
      const released = this.release(count, this.background);
      return released >= count || (released > 0 && !this.isScarce());
    } finally {
      frames.isReclaiming = false;
    }
  }

  /** Pages of files are fewer than min_free_kbytes. What a program just runs through would be read again for each instruction. */
  private isScarce(): boolean {
    const { vfs, swap, watermarks } = this.kernel;
    if (swap.hasRoom) return false;
    let stored = 0;
    for (const fs of vfs.fileSystems()) {
      const use = fs.memoryUse?.();
      if (use?.isStored) stored += use.cachedPages;
    }
    return stored < watermarks.min;
  }

  private release(count: number, by: ReclaimCount): number {
    const { account } = this.kernel.frames;
    const before = account.scanned + account.scannedUnstored;
    const released = this.releaseInOrder(count);
    by.scanned += account.scanned + account.scannedUnstored - before;
    by.stolen += released;
    return released;
  }

  /** Linux differs: all of one kind goes before the next is touched. */
  private releaseInOrder(count: number): number {
    const { swap } = this.kernel;
    const prefersAnonymous = swap.swappiness > EVEN_SWAPPINESS;
    return (
      (prefersAnonymous && this.swapOut(count, true)) ||
      this.evict(count, ReclaimStage.UNUSED) ||
      this.evict(count, ReclaimStage.WRITTEN) ||
      (swap.swappiness > 0 && this.swapOut(count, true)) ||
      this.evict(count, ReclaimStage.ALL) ||
      this.swapOut(count, false)
    );
  }

  private evict(count: number, stage: ReclaimStage): number {
    const { vfs, frames } = this.kernel;
    const before = frames.account.scanned;
    const released = vfs.reclaim(count, stage);
    this.file.scanned += frames.account.scanned - before;
    this.file.stolen += released;
    return released;
  }

  /** Anonymous memory and tmpfs, if there is swap. `sparesUsed`: what was used of late has a second chance. */
  private swapOut(count: number, sparesUsed: boolean): number {
    const { vfs, swap, frames } = this.kernel;
    if (!swap.hasRoom) return 0;
    const before = frames.account.scannedUnstored;
    const released =
      swapOutAnonymous(this.kernel, count, sparesUsed) || vfs.swapOut(count, sparesUsed);
    this.anonymous.scanned += frames.account.scannedUnstored - before;
    this.anonymous.stolen += released;
    return released;
  }
}
