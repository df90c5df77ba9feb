/** A transfer past the page cache that is over later: a slow disk and frames of ours, while the caller sleeps. */
import { KernelError } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { IoBatch } from './io-batch.ts';
import { type FrameSource, PAGE_SIZE } from './page-frames.ts';

/** Larger ones are waited for as by polling: 4 MiB. */
export const MAX_LATE_BYTES = 4 * 2 ** 20;

export class LateTransfer extends IoBatch {
  readonly frames: number[] = [];
  readonly length: number;
  private readonly source: FrameSource;
  /** Bytes of the first frame that nobody wants. */
  private readonly skipped: number;
  private readonly isWrite: boolean;

  private constructor(source: FrameSource, skipped: number, length: number, isWrite: boolean) {
    super();
    this.source = source;
    this.skipped = skipped;
    this.length = length;
    this.isWrite = isWrite;
  }

  /** With frames for `length` bytes behind the first `skipped`, which a write fills from the buffer. Undefined without memory. Throws EFAULT. */
  static prepare(
    source: FrameSource,
    buffer: IoBuffer,
    skipped: number,
    length: number,
    isWrite: boolean,
  ): LateTransfer | undefined {
    const transfer = new LateTransfer(source, skipped, length, isWrite);
    try {
      for (let at = 0; at < skipped + length; at += PAGE_SIZE)
        transfer.frames.push(source.allocate());
    } catch (error) {
      transfer.release();
      if (error instanceof KernelError) return undefined;
      throw error;
    }
    try {
      if (isWrite) transfer.copy(buffer);
    } catch (error) {
      transfer.release();
      throw error;
    }
    return transfer;
  }

  /** It is over: returns the count. Throws EIO, ENOSPC, EFAULT. */
  finish(buffer: IoBuffer): number {
    try {
      if (this.error) throw this.error;
      if (!this.isWrite) this.copy(buffer);
      return this.length;
    } finally {
      this.release();
    }
  }

  /** Nobody waits any more; the disk may still use the frames, with a reference of its own. */
  release(): void {
    for (const frame of this.frames.splice(0)) this.source.release(frame);
  }

  private copy(buffer: IoBuffer): void {
    const { source, frames, length, skipped, isWrite } = this;
    for (let done = 0; done < length; ) {
      const within = (skipped + done) % PAGE_SIZE;
      const frame = frames[Math.floor((skipped + done) / PAGE_SIZE)] as number;
      const count = Math.min(PAGE_SIZE - within, length - done);
      if (isWrite) source.copyFrom(buffer, done, frame, within, count);
      else source.copyTo(buffer, done, frame, within, count);
      done += count;
    }
  }
}
