/** A disk in the memory of the host, sparse: what images are built on, and file systems tested on. */
import { EIO, fail } from '../abi/errno.ts';
import type { BlockDevice } from './block-device.ts';
import { type FrameSource, PAGE_SIZE } from './page-frames.ts';

const CHUNK_BYTES = 65536;
const SECTOR_BYTES = 512;

export class MemoryDisk implements BlockDevice {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  isReadOnly = false;
  private readonly frames: FrameSource;
  /** Chunks that were ever written, by number. */
  private readonly chunks = new Map<number, Uint8Array>();

  constructor(name: string, bytes: number, frames: FrameSource) {
    this.name = name;
    this.sectors = Math.floor(bytes / SECTOR_BYTES);
    this.frames = frames;
  }

  read(sector: number, target: Uint8Array): void {
    this.transfer(sector, target.length, (chunk, from, at, count) => {
      const part = target.subarray(at, at + count);
      if (chunk === undefined) part.fill(0);
      else part.set(chunk.subarray(from, from + count));
    });
  }

  write(sector: number, source: Uint8Array): void {
    if (this.isReadOnly) throw fail(EIO, 'read-only disk');
    this.transfer(sector, source.length, (chunk, from, at, count, number) => {
      const part = source.subarray(at, at + count);
      const target = chunk ?? new Uint8Array(CHUNK_BYTES);
      target.set(part, from);
      if (chunk === undefined && part.some((byte) => byte !== 0)) this.chunks.set(number, target);
    });
  }

  readFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.read(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
    });
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.write(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
    });
  }

  flush(): void {
    return;
  }

  /** The parts that are not all zeros: [offset in bytes, content], in order. */
  *content(): Generator<[number, Uint8Array]> {
    const numbers = [...this.chunks.keys()].sort((a, b) => a - b);
    for (const number of numbers) {
      const chunk = this.chunks.get(number);
      const start = number * CHUNK_BYTES;
      const left = this.sectors * SECTOR_BYTES - start;
      if (chunk !== undefined) yield [start, chunk.subarray(0, left)];
    }
  }

  private transfer(
    sector: number,
    length: number,
    move: (
      chunk: Uint8Array | undefined,
      from: number,
      at: number,
      count: number,
      number: number,
    ) => void,
  ): void {
    const start = sector * SECTOR_BYTES;
    if (length % SECTOR_BYTES !== 0 || start + length > this.sectors * SECTOR_BYTES) {
      throw fail(EIO, 'sector out of range');
    }
    for (let at = 0; at < length; ) {
      const from = (start + at) % CHUNK_BYTES;
      const number = (start + at - from) / CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - from, length - at);
      move(this.chunks.get(number), from, at, count, number);
      at += count;
    }
  }
}
