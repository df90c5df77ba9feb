/** The file allocation table: which cluster follows which, and which are free. Microsoft FAT specification, section 4. */
import { ENOSPC, fail } from '../../abi/errno.ts';
import type { BlockCache } from '../ext4/block-cache.ts';
import { FIRST_CLUSTER, type Geometry } from './boot-sector.ts';

/** What ends a chain, for whoever asks `next`. */
export const END = -1;
/** A cluster that a chain cannot lead to: free, bad, or out of range. */
export const BROKEN = -2;

/** Bits of FAT32's entries that are somebody else's. */
const RESERVED_BITS = 0xf0000000;
const INFO_LEAD = 0x41615252;
const INFO_STRUCTURE = 0x61417272;
const INFO_STRUCTURE_AT = 484;
const INFO_FREE_AT = 488;
const INFO_NEXT_AT = 492;

export class FatTable {
  private readonly geometry: Geometry;
  private readonly cache: BlockCache;
  /** Entries of the table that stand for clusters end here. */
  private readonly limit: number;
  /** The smallest entry that ends a chain. */
  private readonly endMark: number;
  /** Free clusters below `countedTo`. The rest of the table was not looked at yet. */
  private counted = 0;
  private countedTo = FIRST_CLUSTER;
  /** Where the search for a free cluster goes on. */
  private hint = FIRST_CLUSTER;
  private isInfoDirty = false;

  constructor(geometry: Geometry, cache: BlockCache) {
    this.geometry = geometry;
    this.cache = cache;
    this.limit = geometry.clusterCount + FIRST_CLUSTER;
    this.endMark = geometry.bits === 32 ? 0x0ffffff8 : 2 ** geometry.bits - 8;
    const hint = this.infoView()?.getUint32(INFO_NEXT_AT, true) ?? 0;
    if (this.isCluster(hint)) this.hint = hint;
  }

  isCluster(number: number): boolean {
    return number >= FIRST_CLUSTER && number < this.limit;
  }

  /** The cluster behind `cluster` in its chain, END, or BROKEN. Throws EIO. */
  next(cluster: number): number {
    const entry = this.read(cluster);
    if (entry >= this.endMark) return END;
    return this.isCluster(entry) ? entry : BROKEN;
  }

  /** The first time the whole table is read: what interrupts that goes on where it was. Throws EIO. */
  get freeCount(): number {
    const { fatStart, fatSectors } = this.geometry;
    let at = -1;
    for (; this.countedTo < this.limit; this.countedTo++) {
      const sector = this.sectorOf(this.countedTo);
      if (sector !== at) this.cache.readAmong(sector, fatStart, fatStart + fatSectors);
      at = sector;
      if (this.read(this.countedTo) === 0) this.counted++;
    }
    return this.counted;
  }

  /** A free cluster, which now ends a chain; `previous` (0: none) leads to it. Throws ENOSPC. */
  allocate(previous: number): number {
    const { limit } = this;
    if (this.freeCount === 0) throw fail(ENOSPC, 'clusters');
    let cluster = previous === 0 || previous + 1 >= limit ? this.hint : previous + 1;
    for (let tried = FIRST_CLUSTER; tried < limit; tried++, cluster++) {
      if (cluster >= limit) cluster = FIRST_CLUSTER;
      if (this.read(cluster) !== 0) continue;
      this.write(cluster, this.endMark + 7);
      if (previous !== 0) this.write(previous, cluster);
      this.hint = cluster;
      this.counted--;
      this.isInfoDirty = true;
      return cluster;
    }
    throw fail(ENOSPC, 'clusters');
  }

  /** `cluster` is the last of its chain. */
  end(cluster: number): void {
    this.write(cluster, this.endMark + 7);
  }

  free(cluster: number): void {
    void this.freeCount;
    this.write(cluster, 0);
    this.counted++;
    this.isInfoDirty = true;
  }

  /** FSInfo gets the numbers of now. */
  storeInfo(): void {
    const view = this.isInfoDirty ? this.infoView() : undefined;
    this.isInfoDirty = false;
    if (view === undefined) return;
    view.setUint32(INFO_FREE_AT, this.counted, true);
    view.setUint32(INFO_NEXT_AT, this.hint, true);
    this.cache.read(this.geometry.infoSector).markDirty();
  }

  private infoView(): DataView | undefined {
    const { infoSector, fatStart } = this.geometry;
    if (infoSector === 0 || infoSector >= fatStart) return undefined;
    const { view } = this.cache.read(infoSector);
    const isInfo =
      view.getUint32(0, true) === INFO_LEAD &&
      view.getUint32(INFO_STRUCTURE_AT, true) === INFO_STRUCTURE;
    return isInfo ? view : undefined;
  }

  /** Where the entry begins, in the first copy of the table. */
  private sectorOf(cluster: number): number {
    const { bits, sectorBytes, fatStart } = this.geometry;
    return fatStart + Math.floor(Math.floor((cluster * bits) / 8) / sectorBytes);
  }

  private read(cluster: number): number {
    const { bits, sectorBytes, fatStart } = this.geometry;
    if (bits === 12) return this.read12(cluster);
    const at = (cluster * bits) / 8;
    const { view } = this.cache.read(fatStart + Math.floor(at / sectorBytes));
    const within = at & (sectorBytes - 1);
    if (bits === 16) return view.getUint16(within, true);
    return view.getUint32(within, true) & ~RESERVED_BITS;
  }

  /** An entry and a half of each three bytes; they may lie in two sectors. */
  private read12(cluster: number): number {
    const at = cluster + (cluster >>> 1);
    const pair = this.byte(at) | (this.byte(at + 1) << 8);
    return (cluster & 1) === 0 ? pair & 0xfff : pair >>> 4;
  }

  private byte(at: number): number {
    const { sectorBytes, fatStart } = this.geometry;
    const { bytes } = this.cache.read(fatStart + Math.floor(at / sectorBytes));
    return bytes[at & (sectorBytes - 1)] as number;
  }

  /** In every copy of the table. */
  private write(cluster: number, entry: number): void {
    const { bits, fatCount, fatSectors } = this.geometry;
    for (let copy = 0; copy < fatCount; copy++) {
      const from = copy * fatSectors;
      if (bits === 12) this.write12(from, cluster, entry);
      else this.writeAligned(from, cluster, entry);
    }
  }

  private writeAligned(from: number, cluster: number, entry: number): void {
    const { bits, sectorBytes, fatStart } = this.geometry;
    const at = (cluster * bits) / 8;
    const block = this.cache.read(fatStart + from + Math.floor(at / sectorBytes));
    const within = at & (sectorBytes - 1);
    if (bits === 16) block.view.setUint16(within, entry, true);
    else {
      const kept = block.view.getUint32(within, true) & RESERVED_BITS;
      block.view.setUint32(within, (kept | entry) >>> 0, true);
    }
    block.markDirty();
  }

  private write12(from: number, cluster: number, entry: number): void {
    const at = cluster + (cluster >>> 1);
    const isEven = (cluster & 1) === 0;
    const low = this.byte(at);
    const high = this.byte(at + 1);
    this.setByte(from, at, isEven ? entry & 0xff : (low & 0x0f) | ((entry << 4) & 0xf0));
    this.setByte(from, at + 1, isEven ? (high & 0xf0) | (entry >>> 8) : entry >>> 4);
  }

  private setByte(from: number, at: number, value: number): void {
    const { sectorBytes, fatStart } = this.geometry;
    const block = this.cache.read(fatStart + from + Math.floor(at / sectorBytes));
    block.bytes[at & (sectorBytes - 1)] = value;
    block.markDirty();
  }
}
