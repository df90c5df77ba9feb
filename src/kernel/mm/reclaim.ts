/** Where frames come from when none is free: pages of files, then anonymous memory, as far as it was not used of late. Linux: mm/vmscan.c. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import type { NameCache } from '../../fs/name-cache.ts';
import type { Kernel } from '../kernel.ts';
import type { Reclaimer } from './frame-allocator.ts';
import { swapOutAnonymous } from './swap-out.ts';

/** vm.swappiness that weighs both alike. */
const EVEN_SWAPPINESS = 100;

/** vm.vfs_cache_pressure that weighs names after pages. */
const EVEN_PRESSURE = 100;
/** Looked for at a time, at least; and for each page that is wanted: a name and an inode are about a third of one. */
const NAMES_AT_A_TIME = 128;
const NAMES_PER_PAGE = 4;

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
  /** vm.vfs_cache_pressure: of the names that could go, so many in a hundred do; above, they go with the pages of files already. */
  cachePressure = 100;
  /** Pages that went with inodes, by who reclaims: kswapd_inodesteal, pginodesteal. */
  inodePages = { background: 0, direct: 0 };
  /** The marks of names are as old as the last run of kswapd: what is about to be used has one. */
  private agings = 0;
  /** kswapd reclaims: no system call is under way. */
  private isBackground = false;
  private readonly kernel: Kernel;
  /** Times in a row that less than wanted was found, and less than the watermark was left. */
  private scrapes = 0;
  /** So many are enough. Fewer each time that memory was held to be gone, until there is some again: what 500 processes take by turns is not scraped together for each. */
  private patience = MAX_RECLAIM_RETRIES;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.reclaimers.push(this);
  }

  /** Frames that were released. 0 although there were some if the last pages are only being thrown out for one another. */
  reclaim(count: number): number {
    if (this.kernel.frames.account.writeback > 0) this.kernel.hardware.finishWrites();
    const released = this.release(count, this.direct);
    if (released > 0 && this.kernel.kswapd.isHopeless) this.kernel.kswapd.watch();
    if (!this.isScarce()) {
      this.scrapes = 0;
      this.patience = MAX_RECLAIM_RETRIES;
    } else if (released >= count) this.scrapes = 0;
    else if (++this.scrapes > this.patience) {
      this.scrapes = 0;
      this.patience = Math.floor(this.patience / 2);
      // Pages that only take each other's place have kept names from their turn: no process goes before them.
      return this.forgetNames(count);
    }
    return released;
  }

  /** As reclaim, for kswapd; returns whether it shall go on. */
  inBackground(count: number): boolean {
    const { frames } = this.kernel;
    frames.isReclaiming = true;
    try {
      this.isBackground = true;
      const released = this.release(count, this.background);
      return released >= count || (released > 0 && !this.isScarce());
    } finally {
      frames.isReclaiming = false;
      this.isBackground = false;
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
    const { file, anonymous } = this;
    const scanned = account.scanned + account.scannedUnstored;
    const stolen = file.stolen + anonymous.stolen;
    const released = this.releaseInOrder(count);
    by.scanned += account.scanned + account.scannedUnstored - scanned;
    by.stolen += file.stolen + anonymous.stolen - stolen;
    return released;
  }

  /** Linux differs: all of one kind goes before the next is touched. */
  private releaseInOrder(count: number): number {
    const { swap } = this.kernel;
    const prefersAnonymous = swap.swappiness > EVEN_SWAPPINESS;
    const prefersNames = this.cachePressure > EVEN_PRESSURE;
    return (
      (prefersNames && this.forgetNames(count)) ||
      (prefersAnonymous && this.swapOut(count, true)) ||
      this.evict(count, ReclaimStage.UNUSED) ||
      this.evict(count, ReclaimStage.WRITTEN) ||
      (swap.swappiness > 0 && this.swapOut(count, true)) ||
      this.forgetNames(count) ||
      this.evict(count, ReclaimStage.ALL) ||
      this.swapOut(count, false)
    );
  }

  /** Names that nobody uses are forgotten, with their inodes; returns the frames that were released. */
  private forgetNames(count: number): number {
    const { vfs, frames, nameSlab } = this.kernel;
    const { names } = vfs.mounts;
    // Where a system call is under way, what it has looked up is known by its mark alone.
    if (!this.isBackground && names.agings !== this.agings) return 0;
    const { free } = frames;
    const { pagesStolen } = names;
    let left = Math.floor((names.names * this.cachePressure) / EVEN_PRESSURE);
    for (let missing = count; missing > 0 && left > 0; missing = count - (frames.free - free)) {
      const wanted = Math.min(left, Math.max(NAMES_AT_A_TIME, missing * NAMES_PER_PAGE));
      const pruned = this.prune(names, wanted);
      if (pruned === 0) break;
      left -= pruned;
      nameSlab.giveBack(names);
    }
    this.inodePages[this.isBackground ? 'background' : 'direct'] += names.pagesStolen - pagesStolen;
    return frames.free - free;
  }

  private prune(names: NameCache, wanted: number): number {
    if (!this.isBackground) return names.prune(wanted, false);
    const pruned = names.prune(wanted, true) || names.prune(wanted, false);
    this.agings = names.agings;
    return pruned;
  }

  /** All that nobody uses: vm.drop_caches. */
  dropNames(): void {
    const { vfs, nameSlab } = this.kernel;
    const { names } = vfs.mounts;
    // The first round takes their second chance.
    names.prune(Number.POSITIVE_INFINITY, true);
    names.prune(Number.POSITIVE_INFINITY, true);
    nameSlab.giveBack(names);
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
