/**
 * A disk whose medium has defects: the error-correcting code puts one wrong bit of a sector right, and not more; a sector that could not be
 * read is served from the spare area once it is written. ATA ACS-4: attributes 5, 187, 195, 197.
 */
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { type BlockBackend, type MediumCounts, SECTOR_BYTES } from './block-backend.ts';

/** Bits of a sector that can be put right. */
const CORRECTABLE_BITS = 1;
const SPARES = 64;

export class WornDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly backend: BlockBackend;
  /** Wrong bits by sector. */
  private readonly wrongBits: Map<number, number>;
  /** Sectors that are in the spare area. */
  private readonly moved = new Set<number>();
  private corrected = 0;
  private uncorrectable = 0;

  /** `wrongBits`: of sectors, from the start. */
  constructor(backend: BlockBackend, wrongBits: ReadonlyMap<number, number>) {
    this.backend = backend;
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
    this.wrongBits = new Map(wrongBits);
  }

  save(): StateValue {
    return {
      sectors: [...this.wrongBits.keys()],
      bits: [...this.wrongBits.values()],
      moved: [...this.moved],
      corrected: this.corrected,
      uncorrectable: this.uncorrectable,
      backend: this.backend.save?.() ?? {},
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('worn disk', state);
    const sectors = fields.numbers('sectors');
    this.wrongBits.clear();
    for (const [i, bits] of fields.numbers('bits', sectors.length).entries())
      this.wrongBits.set(sectors[i] ?? 0, bits);
    this.moved.clear();
    for (const sector of fields.numbers('moved')) this.moved.add(sector);
    this.corrected = fields.number('corrected');
    this.uncorrectable = fields.number('uncorrectable');
    this.backend.restore?.(fields.value('backend'));
  }

  begin(): void {
    this.backend.begin?.();
  }

  read(sector: number, buffer: Uint8Array): void {
    for (let i = 0; i < buffer.length / SECTOR_BYTES; i++) {
      const bits = this.wrongBits.get(sector + i) ?? 0;
      if (bits > CORRECTABLE_BITS) {
        this.uncorrectable++;
        throw new Error(`sector ${sector + i} cannot be read`);
      }
      if (bits > 0) this.corrected++;
    }
    this.backend.read(sector, buffer);
  }

  /** What was only weak is good again; what was lost is replaced. */
  write(sector: number, buffer: Uint8Array): void {
    for (let i = 0; i < buffer.length / SECTOR_BYTES; i++) {
      const bits = this.wrongBits.get(sector + i) ?? 0;
      if (bits > CORRECTABLE_BITS) {
        if (this.moved.size >= SPARES) throw new Error('the spare area is full');
        this.moved.add(sector + i);
      }
      this.wrongBits.delete(sector + i);
    }
    this.backend.write(sector, buffer);
  }

  flush(): void {
    this.backend.flush();
  }

  medium(): MediumCounts {
    const lost = [...this.wrongBits.values()].filter((bits) => bits > CORRECTABLE_BITS);
    return {
      corrected: this.corrected,
      uncorrectable: this.uncorrectable,
      reallocated: this.moved.size,
      pending: lost.length,
      sparesLeft: SPARES - this.moved.size,
      accesses: 0,
    };
  }

  cut(): void {
    this.backend.cut?.();
  }

  close(): void {
    this.backend.close?.();
  }
}
