/**
 * Several disks as one: RAID 0, 1, 4, 5, 6 and linear, in the layouts of Linux's md (5 and 6 left-symmetric). Linux: drivers/md.
 */
import { EIO, fail, KernelError } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import { fromBoth, fromWeighted, sumOf, weightedSumOf } from './parity.ts';

const SECTOR_BYTES = 512;

export type RaidLevel = 'linear' | 'raid0' | 'raid1' | 'raid4' | 'raid5' | 'raid6';

/** Disks that may be missing. */
function redundancy(level: RaidLevel, members: number): number {
  if (level === 'raid1') return members - 1;
  if (level === 'raid6') return 2;
  return level === 'raid4' || level === 'raid5' ? 1 : 0;
}

/** Disks of a stripe that hold parity. */
const PARITIES: Readonly<Record<RaidLevel, number>> = {
  linear: 0,
  raid0: 0,
  raid1: 0,
  raid4: 1,
  raid5: 1,
  raid6: 2,
};

/** Fewest disks that a level makes sense with. */
export const FEWEST: Readonly<Record<RaidLevel, number>> = {
  linear: 1,
  raid0: 1,
  raid1: 1,
  raid4: 2,
  raid5: 2,
  raid6: 4,
};

type Columns = (Uint8Array | undefined)[];

interface Stripe {
  /** Sector on each member. */
  readonly sector: number;
  /** Members of the data columns, then of P and Q. */
  readonly members: readonly number[];
}

export class RaidArray {
  readonly level: RaidLevel;
  readonly chunkSectors: number;
  /** By slot; undefined for one that failed or was never there. */
  readonly members: (BlockDevice | undefined)[];
  readonly sectors: number;
  /** Sectors that are used of each member. */
  readonly memberSectors: number;
  private readonly sizes: readonly number[];

  /** Throws EIO with too few members. Parity is taken as it is: `resync` makes it right. */
  constructor(
    level: RaidLevel,
    chunkSectors: number,
    members: readonly (BlockDevice | undefined)[],
  ) {
    this.level = level;
    this.chunkSectors = chunkSectors;
    this.members = [...members];
    this.sizes = members.map((member) => member?.sectors ?? 0);
    const least = Math.min(...members.flatMap((member) => (member ? [member.sectors] : [])));
    const isStriped = level !== 'raid1' && level !== 'linear';
    this.memberSectors = isStriped ? least - (least % chunkSectors) : least;
    this.sectors = this.capacity();
    this.checkEnough();
  }

  get missing(): number {
    return this.members.filter((member) => member === undefined).length;
  }

  private capacity(): number {
    if (this.level === 'linear') return this.sizes.reduce((sum, size) => sum + size, 0);
    if (this.level === 'raid1') return this.memberSectors;
    return this.memberSectors * this.dataColumns;
  }

  private get dataColumns(): number {
    return this.members.length - PARITIES[this.level];
  }

  private checkEnough(): void {
    if (this.missing > redundancy(this.level, this.members.length)) {
      throw fail(EIO, 'too few disks of the array are left');
    }
  }

  /** The member in this slot is used no more. */
  drop(slot: number): void {
    this.members[slot] = undefined;
  }

  /** A new member for an empty slot, with what belongs there. Throws EIO. */
  rebuild(slot: number, member: BlockDevice): void {
    const step = this.chunkSectors;
    for (let sector = 0; sector < this.memberSectors; sector += step) {
      const length = Math.min(step, this.memberSectors - sector) * SECTOR_BYTES;
      member.write(sector, this.contentOf(slot, sector, length));
    }
    member.flush();
    this.members[slot] = member;
  }

  /** Make all parity, or all copies, what the data say. Throws EIO. */
  resync(): void {
    if (this.level === 'linear' || this.level === 'raid0') return;
    const step = this.chunkSectors;
    for (let sector = 0; sector < this.memberSectors; sector += step) {
      const length = Math.min(step, this.memberSectors - sector) * SECTOR_BYTES;
      if (this.level === 'raid1') this.writeCopies(sector, this.readCopy(sector, length));
      else this.writeParity(this.stripeAt(sector), this.dataOf(this.stripeAt(sector), length));
    }
  }

  read(sector: number, target: Uint8Array): void {
    this.forEachPiece(sector, target.length, (piece, at, length) => {
      target.set(this.readPiece(piece, length), at);
    });
  }

  write(sector: number, source: Uint8Array): void {
    this.forEachPiece(sector, source.length, (piece, at, length) => {
      this.writePiece(piece, source.subarray(at, at + length));
    });
  }

  flush(): void {
    this.checkEnough();
    for (const member of this.members) member?.flush();
  }

  /** Split where another member begins. `piece` is a sector of the array. */
  private forEachPiece(
    sector: number,
    bytes: number,
    move: (sector: number, at: number, length: number) => void,
  ): void {
    for (let at = 0; at < bytes; ) {
      const here = sector + at / SECTOR_BYTES;
      const room = this.roomAt(here) * SECTOR_BYTES;
      const length = Math.min(room, bytes - at);
      move(here, at, length);
      at += length;
    }
  }

  private roomAt(sector: number): number {
    if (this.level === 'raid1') return this.sectors - sector;
    if (this.level !== 'linear') return this.chunkSectors - (sector % this.chunkSectors);
    const { start, slot } = this.linearPlace(sector);
    return start + (this.sizes[slot] ?? 0) - sector;
  }

  private linearPlace(sector: number): { slot: number; start: number } {
    let start = 0;
    let slot = 0;
    while (sector >= start + (this.sizes[slot] ?? 0)) start += this.sizes[slot++] ?? 0;
    return { slot, start };
  }

  /** The data column and the stripe, at this very sector, of a sector of the array. */
  private place(sector: number): { column: number; stripe: Stripe } {
    const chunk = Math.floor(sector / this.chunkSectors);
    const row = Math.floor(chunk / this.dataColumns);
    const stripe = this.stripeAt(row * this.chunkSectors + (sector % this.chunkSectors));
    return { column: chunk % this.dataColumns, stripe };
  }

  /** `sector`: on each member. */
  private stripeAt(sector: number): Stripe {
    const count = this.members.length;
    const row = Math.floor(sector / this.chunkSectors);
    const columns = this.dataColumns;
    const parities = PARITIES[this.level];
    const p = this.level === 'raid4' ? count - 1 : count - 1 - (row % count);
    const isTurning = this.level === 'raid5' || this.level === 'raid6';
    const members = Array.from({ length: columns }, (_, i) => {
      return isTurning ? (p + parities + i) % count : i;
    });
    for (let i = 0; i < parities; i++) members.push((p + i) % count);
    return { sector, members };
  }

  /** Undefined where the member is missing, or turns out to be: then it is dropped if the array can do without. */
  private readMember(slot: number, sector: number, length: number): Uint8Array | undefined {
    const member = this.members[slot];
    if (member === undefined) return undefined;
    const bytes = new Uint8Array(length);
    try {
      member.read(sector, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.failed(slot, error);
      return undefined;
    }
  }

  private writeMember(slot: number, sector: number, bytes: Uint8Array): void {
    try {
      this.members[slot]?.write(sector, bytes);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.failed(slot, error);
    }
  }

  private failed(slot: number, error: KernelError): void {
    if (this.missing >= redundancy(this.level, this.members.length)) throw error;
    this.drop(slot);
  }

  /** All data columns at the stripe, those of missing members worked out. Throws EIO. */
  private dataOf({ sector, members }: Stripe, length: number): Uint8Array[] {
    const all = members.map((slot) => this.readMember(slot, sector, length));
    this.checkEnough();
    const columns: Columns = all.slice(0, this.dataColumns);
    const [p, q] = all.slice(this.dataColumns);
    const lost = columns.flatMap((column, i) => (column === undefined ? [i] : []));
    const [first, second] = lost;
    if (first !== undefined && second !== undefined && p && q) {
      const found = fromBoth(columns, [first, second], p, q);
      [columns[first], columns[second]] = found;
    } else if (first !== undefined && p) {
      columns[first] = sumOf([...columns, p], length);
    } else if (first !== undefined && q) {
      columns[first] = fromWeighted(columns, first, q);
    }
    return columns.map((column) => {
      if (column === undefined) throw fail(EIO, 'too few disks of the array are left');
      return column;
    });
  }

  private writeParity({ sector, members }: Stripe, columns: readonly Uint8Array[]): void {
    const length = columns[0]?.length ?? 0;
    const [p, q] = members.slice(this.dataColumns);
    if (p !== undefined) this.writeMember(p, sector, sumOf(columns, length));
    if (q !== undefined) this.writeMember(q, sector, weightedSumOf(columns, length));
  }

  private readCopy(sector: number, length: number): Uint8Array {
    for (const slot of this.members.keys()) {
      const bytes = this.readMember(slot, sector, length);
      if (bytes) return bytes;
    }
    throw fail(EIO, 'no copy is left');
  }

  private writeCopies(sector: number, bytes: Uint8Array): void {
    for (const slot of this.members.keys()) this.writeMember(slot, sector, bytes);
  }

  private readPiece(sector: number, length: number): Uint8Array {
    if (this.level === 'raid1') return this.readCopy(sector, length);
    const { slot, at, stripe, column } = this.direct(sector);
    const bytes = this.readMember(slot, at, length);
    const found = bytes ?? (stripe && this.dataOf(stripe, length)[column]);
    if (found === undefined) throw fail(EIO, 'the disk with it is missing');
    return found;
  }

  private writePiece(sector: number, bytes: Uint8Array): void {
    if (this.level === 'raid1') {
      this.checkEnough();
      this.writeCopies(sector, bytes);
      return;
    }
    const { slot, at, stripe, column } = this.direct(sector);
    if (stripe && PARITIES[this.level] > 0) {
      const columns = this.dataOf(stripe, bytes.length);
      columns[column] = bytes;
      this.writeMember(slot, at, bytes);
      this.writeParity(stripe, columns);
      return;
    }
    if (this.members[slot] === undefined) throw fail(EIO, 'the disk for it is missing');
    this.writeMember(slot, at, bytes);
  }

  /** The member that has the sector, and its stripe in arrays of stripes. */
  private direct(sector: number): { slot: number; at: number; stripe?: Stripe; column: number } {
    if (this.level === 'linear') {
      const { slot, start } = this.linearPlace(sector);
      return { slot, at: sector - start, column: 0 };
    }
    const { column, stripe } = this.place(sector);
    const slot = stripe.members[column] ?? 0;
    return { slot, at: stripe.sector, stripe, column };
  }

  /** What a member that is missing would hold. Throws EIO. */
  private contentOf(slot: number, sector: number, length: number): Uint8Array {
    if (this.level === 'raid1') return this.readCopy(sector, length);
    const stripe = this.stripeAt(sector);
    const columns = this.dataOf(stripe, length);
    const index = stripe.members.indexOf(slot);
    const data = columns[index];
    if (data) return data;
    const isP = index === this.dataColumns;
    return isP ? sumOf(columns, length) : weightedSumOf(columns, length);
  }
}
