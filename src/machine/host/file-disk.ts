/** A disk in a file of the host. */
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type BlockBackend, SECTOR_BYTES } from '../virtio/block-backend.ts';

export class FileDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly descriptor: number;
  private isClosed = false;
  /** Why it could not be flushed. The host may have dropped what it could not write, and would call the next attempt a success. */
  private flushFailure: unknown;

  /**
   * Opens `path`, a regular file or block device; throws node's error where that fails. A last, partial sector is left
   * out of a writable disk and padded with zeros on a read-only one.
   */
  constructor(path: string, isReadOnly: boolean) {
    this.isReadOnly = isReadOnly;
    this.descriptor = openSync(path, isReadOnly ? 'r' : 'r+');
    const sectors = fstatSync(this.descriptor).size / SECTOR_BYTES;
    this.sizeBytes = (isReadOnly ? Math.ceil(sectors) : Math.floor(sectors)) * SECTOR_BYTES;
  }

  read(sector: number, buffer: Uint8Array): void {
    let done = 0;
    while (done < buffer.length) {
      const position = sector * SECTOR_BYTES + done;
      const count = readSync(this.descriptor, buffer, done, buffer.length - done, position);
      if (count === 0) {
        buffer.fill(0, done);
        return;
      }
      done += count;
    }
  }

  write(sector: number, buffer: Uint8Array): void {
    let done = 0;
    while (done < buffer.length) {
      const position = sector * SECTOR_BYTES + done;
      done += writeSync(this.descriptor, buffer, done, buffer.length - done, position);
    }
  }

  /** Throws for good once it has failed. */
  flush(): void {
    if (this.isReadOnly) return;
    if (this.flushFailure !== undefined) throw this.flushFailure;
    try {
      fdatasyncSync(this.descriptor);
    } catch (error) {
      this.flushFailure = error;
      throw error;
    }
  }

  /** Once more does nothing. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    closeSync(this.descriptor);
  }
}
