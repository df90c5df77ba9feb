/**
 * Memory of kernel objects that users can pile up, charged to guest frames: Slab of /proc/meminfo. The objects themselves are
 * JavaScript's; the frames are held for nothing else, so that the guest meets its own limit and not the host's.
 */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { FrameAllocator } from './frame-allocator.ts';

/** Objects of one kind are charged so many at a time, and given back with some delay. */
const STEP = 64;

export class Slab {
  private readonly frames: FrameAllocator;
  private readonly held: number[] = [];
  private bytes = 0;

  constructor(frames: FrameAllocator) {
    this.frames = frames;
  }

  get pages(): number {
    return this.held.length;
  }

  get heldFrames(): readonly number[] {
    return this.held;
  }

  /** `keep`: frames that stay free for others. Throws ENOMEM; then nothing is charged. */
  charge(bytes: number, keep = 0): void {
    if (keep > 0) this.frames.ensureFree(keep);
    try {
      // The allocation may reclaim some of what is charged here.
      while (this.held.length * PAGE_SIZE < this.bytes + bytes)
        this.held.push(this.frames.allocateUncleared());
    } catch (error) {
      this.discharge(0);
      throw error;
    }
    this.bytes += bytes;
  }

  discharge(bytes: number): void {
    this.bytes -= bytes;
    const wanted = Math.ceil(this.bytes / PAGE_SIZE);
    while (this.held.length > wanted) this.frames.release(this.held.pop() as number);
  }
}

/** What objects of one kind cost, however many there are just now. */
export class ObjectCharge {
  private readonly slab: Slab;
  private readonly bytes: number;
  private readonly step: number;
  private readonly keep: number;
  /** As many are charged. */
  paid = 0;

  /** `bytes`: of each, what Linux takes for it, about. `keep`: frames that are left to others. */
  constructor(slab: Slab, bytes: number, step = STEP, keep = 0) {
    this.slab = slab;
    this.bytes = bytes;
    this.step = step;
    this.keep = keep;
  }

  /** There will be `count` of them. Throws ENOMEM. */
  reserve(count: number): void {
    while (count > this.paid) {
      this.slab.charge(this.bytes * this.step, this.keep);
      this.paid += this.step;
    }
  }

  /** There are `count` of them now, fewer than before. */
  settle(count: number): void {
    if (this.paid - count >= 4 * this.step) this.giveBack(1);
  }

  /** As settle, without delay. */
  settleAll(count: number): void {
    this.giveBack(Math.floor((this.paid - count) / this.step));
  }

  private giveBack(steps: number): void {
    if (steps <= 0) return;
    this.paid -= steps * this.step;
    this.slab.discharge(this.bytes * steps * this.step);
  }
}
