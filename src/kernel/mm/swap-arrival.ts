/** A page on its way from a slow swap area: who faults on it sleeps. Linux: read_swap_cache_async. */
import { KernelError } from '../../abi/errno.ts';
import { IoBatch } from '../../fs/io-batch.ts';
import { allocateIfFree, PAGE_SIZE } from '../../fs/page-frames.ts';
import type { FrameAllocator } from './frame-allocator.ts';
import type { Swap } from './swap.ts';
import { DiskSwapStore } from './swap-area.ts';

const SECTORS_PER_PAGE = PAGE_SIZE / 512;

export class SwapArrival extends IoBatch {
  readonly slot: number;
  private readonly swap: Swap;
  private readonly frames: FrameAllocator;
  private frame: number | undefined = undefined;

  private constructor(swap: Swap, frames: FrameAllocator, slot: number) {
    super();
    this.swap = swap;
    this.frames = frames;
    this.slot = slot;
  }

  /** What a fault on the slot's page has to wait for; undefined if it is here, or is to be read without sleep. */
  static of(swap: Swap, frames: FrameAllocator, slot: number): SwapArrival | undefined {
    const there = swap.arriving.get(slot);
    if (there !== undefined) return there;
    const { store, first } = swap.areaOf(slot);
    const isLate = store instanceof DiskSwapStore && store.disk.isSlow === true;
    if (!isLate || store.disk.submit === undefined || swap.frameFor(slot) !== undefined)
      return undefined;
    if (swap.arrivalFailed) {
      swap.arrivalFailed = false;
      return undefined;
    }
    const arrival = new SwapArrival(swap, frames, slot);
    arrival.begin(store, slot - first);
    return arrival.pending > 0 ? arrival : undefined;
  }

  private begin({ disk }: DiskSwapStore, page: number): void {
    const frame = allocateIfFree(this.frames);
    // Making room may have had the page written, or given up.
    if (frame === undefined) return;
    this.frame = frame;
    this.swap.arriving.set(this.slot, this);
    // Not done before it has begun.
    this.pending++;
    let failure: KernelError | undefined;
    try {
      disk.submit?.(page * SECTORS_PER_PAGE, SECTORS_PER_PAGE, [frame], false, this);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      failure = error;
    } finally {
      this.transferDone(failure);
    }
  }

  protected override finished(): void {
    const { swap, slot, frame, error } = this;
    if (frame === undefined) return;
    this.frame = undefined;
    if (error !== undefined) swap.arrivalFailed = true;
    // Given up meanwhile, the slot may have another page by now; read by somebody who could not sleep, it is here.
    const isWanted = swap.arriving.get(slot) === this;
    if (isWanted) swap.arriving.delete(slot);
    if (isWanted && error === undefined && swap.frameFor(slot) === undefined) {
      swap.pagesIn++;
      swap.cache(slot, frame);
    }
    this.frames.release(frame);
  }
}
