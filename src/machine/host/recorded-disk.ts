/** A disk whose writes and flushes are also written to a file of the host, for `hartix crash --recording`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { StateValue } from '../state.ts';
import { type BlockBackend, SECTOR_BYTES } from '../virtio/block-backend.ts';

/** Each request: u32 kind, u32 bytes of data behind the header, u64 sector; little-endian. */
const HEADER_BYTES = 16;
const KIND = { WRITE: 1, FLUSH: 2 } as const;
const ZEROS = new Uint8Array(65536);

export class RecordedDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly backend: BlockBackend;
  private readonly descriptor: number;

  /** Throws node's error where the file cannot be made. */
  constructor(backend: BlockBackend, path: string) {
    this.backend = backend;
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
    this.descriptor = openSync(path, 'w');
  }

  save(): StateValue {
    return this.backend.save?.() ?? {};
  }

  restore(state: StateValue): void {
    this.backend.restore?.(state);
  }

  read(sector: number, buffer: Uint8Array): void {
    this.backend.read(sector, buffer);
  }

  write(sector: number, buffer: Uint8Array): void {
    this.backend.write(sector, buffer);
    this.record(KIND.WRITE, sector, buffer);
  }

  zero(sector: number, sectors: number): void {
    const step = ZEROS.length / SECTOR_BYTES;
    for (let done = 0; done < sectors; done += step) {
      const count = Math.min(step, sectors - done);
      this.write(sector + done, ZEROS.subarray(0, count * SECTOR_BYTES));
    }
  }

  flush(): void {
    this.backend.flush();
    this.record(KIND.FLUSH, 0, new Uint8Array());
  }

  close(): void {
    this.backend.close?.();
    closeSync(this.descriptor);
  }

  private record(kind: number, sector: number, data: Uint8Array): void {
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    header.setUint32(0, kind, true);
    header.setUint32(4, data.length, true);
    header.setBigUint64(8, BigInt(sector), true);
    for (const part of [new Uint8Array(header.buffer), data]) {
      for (let done = 0; done < part.length; ) {
        done += writeSync(this.descriptor, part, done, part.length - done);
      }
    }
  }
}
