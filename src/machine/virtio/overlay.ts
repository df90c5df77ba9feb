/** Copy on write over a read-only disk: what the guest writes lives in memory and is gone at the end. */
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { type BlockBackend, SECTOR_BYTES } from './block-backend.ts';

/** Unit of copying. */
const CHUNK_BYTES = 4096;
/** In place of a chunk that was zeroed; never written to. */
const ZERO_CHUNK = new Uint8Array(CHUNK_BYTES);
const CHUNK_SECTORS = CHUNK_BYTES / SECTOR_BYTES;

export class OverlayDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly = false;
  private readonly base: BlockBackend;
  /** Written chunks by number. */
  private readonly chunks = new Map<number, Uint8Array>();

  /** `sizeBytes`: at least the base's; what is behind its end is zero, as the base reads it. */
  constructor(base: BlockBackend, sizeBytes = base.sizeBytes) {
    this.base = base;
    this.sizeBytes = sizeBytes;
  }

  /** Bytes of memory that the written chunks take. */
  get overlayBytes(): number {
    let chunks = 0;
    for (const chunk of this.chunks.values()) if (chunk !== ZERO_CHUNK) chunks++;
    return chunks * CHUNK_BYTES;
  }

  /** Written chunks only: the base is there when the machine is restored. */
  save(): StateValue {
    const bytes = new Uint8Array(this.overlayBytes);
    const numbers: number[] = [];
    const zeroed: number[] = [];
    for (const [number, chunk] of this.chunks) {
      if (chunk === ZERO_CHUNK) zeroed.push(number);
      else bytes.set(chunk, (numbers.push(number) - 1) * CHUNK_BYTES);
    }
    return { numbers, bytes, zeroed };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('disk overlay', state);
    const numbers = fields.numbers('numbers');
    const bytes = fields.bytes('bytes');
    if (bytes.length !== numbers.length * CHUNK_BYTES) {
      throw new Error('saved state of disk overlay: its chunks are not all there');
    }
    this.chunks.clear();
    for (const number of fields.numbers('zeroed')) this.chunks.set(number, ZERO_CHUNK);
    numbers.forEach((number, i) => {
      this.chunks.set(number, bytes.slice(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
    });
  }

  read(sector: number, buffer: Uint8Array): void {
    // Long runs that were never written are read in one piece.
    let runStart = 0;
    for (let at = 0; at < buffer.length; ) {
      const position = sector * SECTOR_BYTES + at;
      const inChunk = position % CHUNK_BYTES;
      const length = Math.min(CHUNK_BYTES - inChunk, buffer.length - at);
      const chunk = this.chunks.get(Math.floor(position / CHUNK_BYTES));
      if (chunk) {
        this.readBase(sector, buffer, runStart, at);
        buffer.set(chunk.subarray(inChunk, inChunk + length), at);
        runStart = at + length;
      }
      at += length;
    }
    this.readBase(sector, buffer, runStart, buffer.length);
  }

  write(sector: number, buffer: Uint8Array): void {
    for (let at = 0; at < buffer.length; ) {
      const position = sector * SECTOR_BYTES + at;
      const inChunk = position % CHUNK_BYTES;
      const length = Math.min(CHUNK_BYTES - inChunk, buffer.length - at);
      const number = Math.floor(position / CHUNK_BYTES);
      const chunk = this.ownChunk(number, length === CHUNK_BYTES);
      chunk.set(buffer.subarray(at, at + length), inChunk);
      at += length;
    }
  }

  /** Whole chunks are remembered as zero and take no memory: mkfs discards whole disks. */
  zero(sector: number, sectors: number): void {
    const end = (sector + sectors) * SECTOR_BYTES;
    for (let position = sector * SECTOR_BYTES; position < end; ) {
      const inChunk = position % CHUNK_BYTES;
      const length = Math.min(CHUNK_BYTES - inChunk, end - position);
      if (length === CHUNK_BYTES) this.chunks.set(position / CHUNK_BYTES, ZERO_CHUNK);
      else this.write(position / SECTOR_BYTES, ZERO_CHUNK.subarray(0, length));
      position += length;
    }
  }

  flush(): void {
    // There is nothing behind the memory that could be made durable.
  }

  close(): void {
    this.base.close?.();
  }

  private readBase(sector: number, buffer: Uint8Array, from: number, to: number): void {
    if (from < to) this.base.read(sector + from / SECTOR_BYTES, buffer.subarray(from, to));
  }

  private ownChunk(number: number, isOverwritten: boolean): Uint8Array {
    const chunk = this.chunks.get(number);
    if (!chunk) return this.copyChunk(number, isOverwritten);
    if (chunk !== ZERO_CHUNK) return chunk;
    const own = new Uint8Array(CHUNK_BYTES);
    this.chunks.set(number, own);
    return own;
  }

  private copyChunk(number: number, isOverwritten: boolean): Uint8Array {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const start = number * CHUNK_SECTORS;
    const length = Math.min(CHUNK_BYTES, this.sizeBytes - start * SECTOR_BYTES);
    if (!isOverwritten) this.base.read(start, chunk.subarray(0, length));
    this.chunks.set(number, chunk);
    return chunk;
  }
}

/** A disk whose sectors are in an array, for example the built root image. */
export class MemoryDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly bytes: Uint8Array;

  /** The length must be a multiple of 512. */
  constructor(bytes: Uint8Array, isReadOnly: boolean) {
    if (bytes.length % SECTOR_BYTES !== 0) {
      throw new Error(`a disk of ${bytes.length} bytes is not a whole number of sectors`);
    }
    this.bytes = bytes;
    this.sizeBytes = bytes.length;
    this.isReadOnly = isReadOnly;
  }

  save(): StateValue {
    return this.isReadOnly ? {} : { bytes: this.bytes.slice() };
  }

  restore(state: StateValue): void {
    if (!this.isReadOnly) this.bytes.set(new StateFields('memory disk', state).bytes('bytes'));
  }

  read(sector: number, buffer: Uint8Array): void {
    const start = sector * SECTOR_BYTES;
    buffer.set(this.bytes.subarray(start, start + buffer.length));
  }

  write(sector: number, buffer: Uint8Array): void {
    this.bytes.set(buffer, sector * SECTOR_BYTES);
  }

  flush(): void {
    // Memory is as durable as it gets.
  }
}
