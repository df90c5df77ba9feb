/** Where frames come from when none is free: pages of files, then anonymous memory, as far as it was not used of late. Linux: mm/vmscan.c. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import type { Kernel } from '../kernel.ts';
import type { Reclaimer } from './frame-allocator.ts';
import { swapOutAnonymous } from './swap-out.ts';

/** vm.swappiness that weighs both alike. */
const EVEN_SWAPPINESS = 100;

export class Reclaim implements Reclaimer {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.reclaimers.push(this);
  }

  /** Linux differs: all of one kind goes before the next is touched. */
  reclaim(count: number): number {
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
