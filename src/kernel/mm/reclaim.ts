/** Where frames come from when none is free, in this order: file pages, what is written first, the kernel's caches. Linux: mm/vmscan.c. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import type { Kernel } from '../kernel.ts';
import type { Reclaimer } from './frame-allocator.ts';

export class Reclaim implements Reclaimer {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.reclaimers.push(this);
  }

  /** Linux differs: all of one kind goes before the next is touched. */
  reclaim(count: number): number {
    const { vfs } = this.kernel;
    for (const stage of [ReclaimStage.UNUSED, ReclaimStage.WRITTEN, ReclaimStage.ALL]) {
      const released = vfs.reclaim(count, stage);
      if (released > 0) return released;
    }
    return 0;
  }
}
