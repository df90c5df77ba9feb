/** Names and inodes in memory take frames, which come back when there are fewer of them: SReclaimable of /proc/meminfo. */
import { bestEffort } from '../../fs/best-effort.ts';
import type { NameCache, NamePayer } from '../../fs/name-cache.ts';
import type { FrameAllocator } from './frame-allocator.ts';
import { ObjectCharge, Slab } from './slab.ts';

/** struct dentry, and an inode of ext4, as on Linux 6.6 for riscv64, about. */
export const DENTRY_BYTES = 192;
export const INODE_BYTES = 1088;

export class NameSlab implements NamePayer {
  private readonly slab: Slab;
  private readonly names: ObjectCharge;
  private readonly inodes: ObjectCharge;

  constructor(frames: FrameAllocator) {
    this.slab = new Slab(frames);
    this.names = new ObjectCharge(this.slab, DENTRY_BYTES);
    this.inodes = new ObjectCharge(this.slab, INODE_BYTES);
  }

  get pages(): number {
    return this.slab.pages;
  }

  get heldFrames(): readonly number[] {
    return this.slab.heldFrames;
  }

  /** Without memory for it they are there all the same: what was found must be kept, and the next one asks again. */
  pay(cache: NameCache): void {
    const { names, inodes } = this;
    bestEffort(() => {
      names.reserve(cache.names);
      inodes.reserve(cache.inodes);
    });
    this.giveBack(cache);
  }

  /** There are fewer than before. */
  giveBack(cache: NameCache): void {
    const { names, inodes } = this;
    names.settleAll(cache.names);
    inodes.settleAll(cache.inodes);
    cache.paidNames = Math.max(names.paid, cache.names);
    cache.paidInodes = Math.max(inodes.paid, cache.inodes);
  }
}
