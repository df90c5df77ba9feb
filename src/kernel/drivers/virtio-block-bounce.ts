/** Frames between the disk and buffers of the kernel, which the device cannot reach. Linux: a bounce buffer. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import type { Segment } from './virtqueue.ts';

const SECTOR_BYTES = 512;
/** 64 KiB at a time. */
const FRAME_COUNT = 16;

/** What goes through the frames at once: bytes from `at` on. */
interface Part {
  at: number;
  sectorAt: number;
  segments: Segment[];
}

export class BounceFrames {
  /** None when the disk is gone. */
  readonly frames: number[] = [];
  private readonly source: FrameSource;
  private readonly memory: PlatformMemory;

  /** Throws ENOMEM. */
  constructor(source: FrameSource, memory: PlatformMemory) {
    this.source = source;
    this.memory = memory;
    for (let i = 0; i < FRAME_COUNT; i++) this.frames.push(source.allocate());
  }

  release(): void {
    for (const frame of this.frames.splice(0)) this.source.release(frame);
  }

  /** Of `length` bytes, in order; the segments are the frames from the first on. Throws EINVAL for parts of sectors. */
  *parts(sector: number, length: number): Generator<Part> {
    if (length % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    for (let at = 0; at < length; ) {
      const batch = Math.min(length - at, this.frames.length * PAGE_SIZE);
      const segments: Segment[] = [];
      for (let done = 0; done < batch; done += PAGE_SIZE) {
        const address = this.frames[done / PAGE_SIZE] as number;
        const isDeviceWritten = false;
        segments.push({ address, length: Math.min(PAGE_SIZE, batch - done), isDeviceWritten });
      }
      yield { at, sectorAt: sector + at / SECTOR_BYTES, segments };
      at += batch;
    }
  }

  /** To the bytes of `target` from `at` on. */
  copyOut(segments: readonly Segment[], target: Uint8Array, at: number): void {
    for (const { address, length } of segments) {
      const from = address - this.memory.base;
      target.set(this.memory.u8.subarray(from, from + length), at);
      at += length;
    }
  }

  copyIn(segments: readonly Segment[], source: Uint8Array, at: number): void {
    for (const { address, length } of segments) {
      this.memory.u8.set(source.subarray(at, at + length), address - this.memory.base);
      at += length;
    }
  }
}
