/** Page frames in the memory of the host, where there is no guest: for building images, and for tests. */
import { ENOMEM, fail } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { panic } from '../lib/panic.ts';
import { type FrameSource, PAGE_SIZE } from './page-frames.ts';

interface Frame {
  readonly bytes: Uint8Array;
  references: number;
}

export class MemoryFrames implements FrameSource {
  private readonly frames = new Map<number, Frame>();
  private readonly limit: number;
  private next = PAGE_SIZE;

  /** At most `limit` frames at a time. */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  /** Frames in use. */
  get used(): number {
    return this.frames.size;
  }

  allocate(): number {
    if (this.frames.size >= this.limit) throw fail(ENOMEM, 'frames');
    const frame = this.next;
    this.next += PAGE_SIZE;
    this.frames.set(frame, { bytes: new Uint8Array(PAGE_SIZE), references: 1 });
    return frame;
  }

  retain(frame: number): void {
    this.find(frame).references++;
  }

  release(frame: number): void {
    const found = this.find(frame);
    found.references--;
    if (found.references === 0) this.frames.delete(frame);
  }

  bytes(frame: number, from = 0, count = PAGE_SIZE): Uint8Array {
    return this.find(frame).bytes.subarray(from, from + count);
  }

  copyTo(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void {
    buffer.copyIn(this.bytes(frame, from, count), offset);
  }

  copyFrom(buffer: IoBuffer, offset: number, frame: number, from: number, count: number): void {
    buffer.copyOut(this.bytes(frame, from, count), offset);
  }

  /** No machine runs code from here. */
  changed(frame: number): void {
    this.find(frame);
  }

  private find(frame: number): Frame {
    return this.frames.get(frame) ?? panic(`frame ${frame} is not in use`);
  }
}
