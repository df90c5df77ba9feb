/** Where file systems get page frames from; kernel/mm implements it. File pages, tmpfs pages and pipe buffers are guest frames. */

import { KernelError } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import type { PageAccount } from './page-account.ts';

export const PAGE_SIZE = 4096;

/** Where a byte lies in its page. By its bits: the remainder of a number above 2^31 takes seven times as long (12.6 against 1.7 ns). */
export function withinPage(at: number): number {
  return at & (PAGE_SIZE - 1);
}

/** A frame is named by its physical address, page-aligned. */
export interface FrameSource {
  /** Where pages of files count that are made of these frames; left out where nobody writes them back but sync. */
  readonly account?: PageAccount;
  /** Somebody makes room at this moment. */
  readonly isReclaiming?: boolean;
  /** A zero-filled frame with reference count 1. Throws ENOMEM. */
  allocate(): number;
  /** Another reference (a mapping, a second owner). */
  retain(frame: number): void;
  /** Drop one reference; the last one frees the frame. */
  release(frame: number): void;
  /** The frame's 4096 bytes, or `count` from `from` on, for immediate use only: the view must not be kept over a block or a trap. */
  bytes(frame: number, from?: number, count?: number): Uint8Array;
  /** Copy `count` of its bytes, from `from` on, to `offset` in the buffer. Throws EFAULT. */
  copyTo(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void;
  /** The other way. */
  copyFrom(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void;
  /** Tell the machine that a frame's content was replaced (translated code in it is stale). */
  changed(frame: number): void;
}

/** For what is fetched ahead: undefined when memory is short. */
export function allocateIfFree(frames: FrameSource): number | undefined {
  try {
    return frames.allocate();
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}
