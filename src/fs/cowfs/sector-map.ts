/** Which sectors are in use, and by how many pointers: in memory only, found by a walk over all trees when it is mounted. */
import { EMLINK, ENOSPC, EUCLEAN, fail } from '../../abi/errno.ts';
import { SECTORS_PER_BLOCK } from './pointer.ts';

/** Pointers to one run of sectors. */
export const MAX_COUNT = 60_000;

export class SectorMap {
  readonly sectors: number;
  freeSectors: number;
  /** Sectors in use; those that wait for the next commit among them. */
  private readonly used: Uint8Array;
  /** Pointers to the run that begins at a sector. */
  private readonly counts: Uint16Array;
  /** Where the next whole block is looked for. */
  private next = 0;

  /** `reserved`: sectors at the start that are never given out. */
  constructor(sectors: number, reserved: number) {
    this.sectors = sectors;
    this.used = new Uint8Array(sectors);
    this.counts = new Uint16Array(sectors);
    this.used.fill(1, 0, reserved);
    this.freeSectors = sectors - reserved;
  }

  count(sector: number): number {
    return this.counts[sector] as number;
  }

  /** One more pointer to a run that has some. Throws EMLINK. */
  retain(sector: number): void {
    if ((this.counts[sector] as number) >= MAX_COUNT) throw fail(EMLINK, 'cowfs: references');
    this.counts[sector] = (this.counts[sector] as number) + 1;
  }

  /** One less; returns how many are left. */
  release(sector: number): number {
    const left = (this.counts[sector] as number) - 1;
    if (left < 0) throw fail(EUCLEAN, 'cowfs: a free run is released');
    this.counts[sector] = left;
    return left;
  }

  /** While it is mounted: a pointer to a run was found; false if not for the first time. Throws EUCLEAN for what overlaps. */
  found(sector: number, length: number): boolean {
    if (sector + length > this.sectors) throw fail(EUCLEAN, 'cowfs: beyond the end');
    if ((this.counts[sector] as number) > 0) {
      this.retain(sector);
      return false;
    }
    for (let at = sector; at < sector + length; at++) {
      if (this.used[at] !== 0) throw fail(EUCLEAN, 'cowfs: a sector has two owners');
    }
    this.take(sector, length);
    return true;
  }

  /** A free run with one pointer to it. Throws ENOSPC. */
  allocate(length: number): number {
    const sector =
      length === SECTORS_PER_BLOCK
        ? (this.findBlock() ?? this.findRun(length))
        : this.findRun(length);
    if (sector === undefined) throw fail(ENOSPC, 'cowfs');
    this.take(sector, length);
    return sector;
  }

  private take(sector: number, length: number): void {
    this.used.fill(1, sector, sector + length);
    this.freeSectors -= length;
    this.counts[sector] = 1;
  }

  /** Nobody points to it. */
  free(sector: number, length: number): void {
    this.used.fill(0, sector, sector + length);
    this.freeSectors += length;
  }

  private isFree(sector: number, length: number): boolean {
    for (let at = sector; at < sector + length; at++) if (this.used[at] !== 0) return false;
    return true;
  }

  /** Eight sectors at a border of eight, from the last one on. */
  private findBlock(): number | undefined {
    const blocks = Math.floor(this.sectors / SECTORS_PER_BLOCK);
    for (let i = 0; i < blocks; i++) {
      const block = (this.next + i) % blocks;
      if (!this.isFree(block * SECTORS_PER_BLOCK, SECTORS_PER_BLOCK)) continue;
      this.next = block + 1;
      return block * SECTORS_PER_BLOCK;
    }
    return undefined;
  }

  /** From the end of the disk, so that short runs leave whole blocks alone. */
  private findRun(length: number): number | undefined {
    let run = 0;
    for (let sector = this.sectors - 1; sector > 0; sector--) {
      run = this.used[sector] === 0 ? run + 1 : 0;
      if (run === length) return sector;
    }
    return undefined;
  }
}
