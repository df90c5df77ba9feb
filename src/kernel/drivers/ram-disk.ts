/** A disk in memory: frames are taken when they are first written. Linux: drivers/block/brd.c. */
import { EINVAL, EIO, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Partition } from '../block/partition.ts';
import { type Disk, newStatistics } from './disk.ts';

const RAM_DISK_MAJOR = 1;
const SECTOR_BYTES = 512;

export class RamDisk implements Disk {
  readonly name: string;
  readonly driver = 'ramdisk';
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  isWriteProtected = false;
  readonly deviceNumber: number;
  mounted: FileSystem | undefined = undefined;
  readonly statistics = newStatistics();
  isGone = false;
  openCount = 0;
  claim: object | undefined = undefined;
  readonly minors = 1;
  readonly partitions: Partition[] = [];
  private readonly frames: FrameSource;
  /** By page of the disk; a page that is missing reads as zeros. */
  private readonly pages = new Map<number, number>();

  constructor(index: number, kilobytes: number, frames: FrameSource) {
    this.name = `ram${index}`;
    this.deviceNumber = makeDevice(RAM_DISK_MAJOR, index);
    this.sectors = kilobytes * 2;
    this.frames = frames;
  }

  get isReadOnly(): boolean {
    return this.isWriteProtected;
  }

  read(sector: number, target: Uint8Array): void {
    this.check(sector, target.length);
    this.forEachPiece(sector, target.length, (page, within, at, count) => {
      const frame = this.pages.get(page);
      const piece = target.subarray(at, at + count);
      if (frame === undefined) piece.fill(0);
      else piece.set(this.frames.bytes(frame).subarray(within, within + count));
    });
    this.statistics.reads++;
    this.statistics.sectorsRead += target.length / SECTOR_BYTES;
  }

  /** Throws ENOMEM when there is no frame for what was never written before. */
  write(sector: number, source: Uint8Array): void {
    this.check(sector, source.length);
    this.forEachPiece(sector, source.length, (page, within, at, count) => {
      this.frames.bytes(this.pageFor(page)).set(source.subarray(at, at + count), within);
    });
    this.statistics.writes++;
    this.statistics.sectorsWritten += source.length / SECTOR_BYTES;
  }

  readFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.read(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
      this.frames.changed(frame);
    });
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.write(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.frames.bytes(frame));
    });
  }

  /** What is written is stored. */
  flush(): void {
    this.statistics.flushes++;
  }

  /** Its memory is free again. */
  remove(): void {
    this.isGone = true;
    for (const frame of this.pages.values()) this.frames.release(frame);
    this.pages.clear();
  }

  private check(sector: number, bytes: number): void {
    if (this.isGone) throw fail(EIO, 'disk was removed');
    if (bytes % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    if (sector + bytes / SECTOR_BYTES > this.sectors) throw fail(EIO, 'access beyond end of disk');
  }

  private pageFor(page: number): number {
    let frame = this.pages.get(page);
    if (frame === undefined) {
      frame = this.frames.allocate();
      this.pages.set(page, frame);
    }
    return frame;
  }

  private forEachPiece(
    sector: number,
    length: number,
    transfer: (page: number, within: number, at: number, count: number) => void,
  ): void {
    for (let at = 0; at < length; ) {
      const position = sector * SECTOR_BYTES + at;
      const within = position % PAGE_SIZE;
      const count = Math.min(length - at, PAGE_SIZE - within);
      transfer((position - within) / PAGE_SIZE, within, at, count);
      at += count;
    }
  }
}
