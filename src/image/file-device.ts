/** A file of the host as the disk that an image is written to, or read from. Blocks of zeros stay holes. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { EIO, ENOSPC, fail } from '../abi/errno.ts';
import type { BlockDevice } from '../fs/block-device.ts';
import { type FrameSource, PAGE_SIZE } from '../fs/page-frames.ts';

const SECTOR_BYTES = 512;

export class FileDevice implements BlockDevice {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  readonly isReadOnly: boolean;
  private readonly descriptor: number;
  private readonly frames: FrameSource;
  /** Pages that were written with something other than zeros. */
  private readonly written = new Set<number>();

  /** With `bytes` a new file of that size, else an existing one, read only. Throws node's errors. */
  constructor(path: string, frames: FrameSource, bytes?: number) {
    this.name = path;
    this.frames = frames;
    this.isReadOnly = bytes === undefined;
    this.descriptor = openSync(path, bytes === undefined ? 'r' : 'wx+');
    if (bytes !== undefined) ftruncateSync(this.descriptor, bytes);
    this.sectors = Math.floor((bytes ?? fstatSync(this.descriptor).size) / SECTOR_BYTES);
  }

  read(sector: number, target: Uint8Array): void {
    const start = sector * SECTOR_BYTES;
    for (let done = 0; done < target.length; ) {
      const count = readSync(this.descriptor, target, done, target.length - done, start + done);
      // The shipped image has lost the zeros at its end.
      if (count === 0) {
        target.fill(0, done);
        return;
      }
      done += count;
    }
  }

  write(sector: number, source: Uint8Array): void {
    if (this.isReadOnly) throw fail(EIO, 'read-only disk');
    const start = sector * SECTOR_BYTES;
    if (start + source.length > this.sectors * SECTOR_BYTES) throw fail(EIO, 'sector out of range');
    for (let at = 0; at < source.length; ) {
      const page = Math.floor((start + at) / PAGE_SIZE);
      const end = Math.min(source.length, (page + 1) * PAGE_SIZE - start);
      this.writePart(page, start + at, source.subarray(at, end));
      at = end;
    }
  }

  readFrames(sector: number, frames: readonly number[]): void {
    for (const [index, frame] of frames.entries()) {
      this.read(sector + (index * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
    }
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    for (const [index, frame] of frames.entries()) {
      this.write(sector + (index * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
    }
  }

  flush(): void {
    return;
  }

  /** Everything is on the host's disk; the file is closed. */
  close(): void {
    if (!this.isReadOnly) fsyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  private writePart(page: number, position: number, bytes: Uint8Array): void {
    if (!this.written.has(page)) {
      if (bytes.every((byte) => byte === 0)) return;
      this.written.add(page);
    }
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw fail(ENOSPC, 'host disk full');
      throw cause;
    }
  }
}
