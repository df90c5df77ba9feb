/** A disk with a cache that loses its content with the power: what was not flushed is lost, and with a lying cache what was flushed, too. */
import type { StateValue } from '../state.ts';
import { type BlockBackend, type MediumCounts, SECTOR_BYTES } from './block-backend.ts';

/** 16 MiB, as disks of 2010 had: the oldest goes to the medium when there is more. */
const MAX_SECTORS = 32768;

export class VolatileDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly backend: BlockBackend;
  /** It says that it has flushed, and has not. */
  private readonly lies: boolean;
  /** By sector, in the order in which they were written. */
  private readonly cached = new Map<number, Uint8Array>();

  constructor(backend: BlockBackend, lies: boolean) {
    this.backend = backend;
    this.lies = lies;
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
  }

  /** A machine that is saved has its power: the cache goes to the medium first. */
  save(): StateValue {
    this.store(0);
    return this.backend.save?.() ?? {};
  }

  restore(state: StateValue): void {
    this.cached.clear();
    this.backend.restore?.(state);
  }

  begin(): void {
    this.backend.begin?.();
  }

  read(sector: number, buffer: Uint8Array): void {
    this.backend.read(sector, buffer);
    if (this.cached.size === 0) return;
    for (let at = 0; at < buffer.length; at += SECTOR_BYTES) {
      const content = this.cached.get(sector + at / SECTOR_BYTES);
      if (content !== undefined) buffer.set(content, at);
    }
  }

  write(sector: number, buffer: Uint8Array): void {
    for (let at = 0; at < buffer.length; at += SECTOR_BYTES) {
      const each = sector + at / SECTOR_BYTES;
      this.cached.delete(each);
      this.cached.set(each, buffer.slice(at, at + SECTOR_BYTES));
    }
    if (this.cached.size > MAX_SECTORS) this.store(MAX_SECTORS);
  }

  flush(): void {
    if (this.lies) return;
    this.store(0);
    this.backend.flush();
  }

  medium(): MediumCounts | undefined {
    return this.backend.medium?.();
  }

  cut(): void {
    this.cached.clear();
    this.backend.cut?.();
  }

  /** Whoever takes a disk out takes its power. */
  close(): void {
    this.cached.clear();
    this.backend.close?.();
  }

  /** All but the `most` that were written last. */
  private store(most: number): void {
    for (const [sector, content] of this.cached) {
      if (this.cached.size <= most) return;
      this.backend.write(sector, content);
      this.cached.delete(sector);
    }
  }
}
