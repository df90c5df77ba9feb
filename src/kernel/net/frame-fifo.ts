/** Bytes in the order they came, in page frames of the guest: what waits in a socket is charged to the guest's memory. */
import { type FrameSource, PAGE_SIZE, withinPage } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';

export class FrameFifo {
  length = 0;
  private readonly source: FrameSource;
  private readonly frames: number[] = [];
  /** Where the first byte is in the first frame. */
  private head = 0;

  constructor(source: FrameSource) {
    this.source = source;
  }

  /** Take bytes [from, from + count) of `buffer` in. Throws ENOMEM, EFAULT: then nothing was taken. */
  append(buffer: IoBuffer, from: number, count: number): void {
    let done = 0;
    while (done < count) {
      const at = this.head + this.length + done;
      const within = withinPage(at);
      const page = (at - within) / PAGE_SIZE;
      const frame = this.frames[page] ?? this.source.allocate();
      this.frames[page] = frame;
      const part = Math.min(PAGE_SIZE - within, count - done);
      this.source.copyFrom(buffer, from + done, frame, within, part);
      done += part;
    }
    this.length += count;
  }

  /** Copy bytes [from, from + count), which stay, to `at` in `buffer`. Throws EFAULT. */
  copyTo(buffer: IoBuffer, at: number, from: number, count: number): void {
    let done = 0;
    while (done < count) {
      const position = this.head + from + done;
      const within = withinPage(position);
      const frame = this.frames[(position - within) / PAGE_SIZE] as number;
      const part = Math.min(PAGE_SIZE - within, count - done);
      this.source.copyTo(buffer, at + done, frame, within, part);
      done += part;
    }
  }

  /** The first `count` bytes go. */
  drop(count: number): void {
    this.length -= count;
    if (this.length === 0) {
      // One frame stays for the next message: a ping and its pong allocate nothing.
      this.head = 0;
      while (this.frames.length > 1) this.source.release(this.frames.pop() as number);
      return;
    }
    this.head += count;
    while (this.head >= PAGE_SIZE) {
      this.source.release(this.frames.shift() as number);
      this.head -= PAGE_SIZE;
    }
  }

  /** Nothing is kept. */
  clear(): void {
    for (const frame of this.frames) this.source.release(frame);
    this.frames.length = 0;
    this.length = 0;
    this.head = 0;
  }
}
