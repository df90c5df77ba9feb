/** A part of a disk, as a disk of its own: vda1. Linux: struct block_device of a partition. */
import { EINVAL, EIO, fail } from '../../abi/errno.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import type { IoBatch } from '../../fs/io-batch.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { type Disk, newStatistics } from '../drivers/disk.ts';

const SECTOR_BYTES = 512;

export class Partition implements Disk {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly deviceNumber: number;
  readonly whole: Disk;
  readonly number: number;
  /** First sector on the whole disk. */
  readonly start: number;
  /** Changes by BLKPG_RESIZE_PARTITION. */
  sectors: number;
  private fileSystem: FileSystem | undefined = undefined;
  claim: object | undefined = undefined;
  readonly minors = 1;
  readonly partitions: Partition[] = [];
  readonly statistics = newStatistics();
  isWriteProtected = false;
  openCount = 0;
  /** It was taken out of the table. */
  private isRemoved = false;

  constructor(whole: Disk, number: number, start: number, sectors: number, deviceNumber: number) {
    this.whole = whole;
    this.number = number;
    this.start = start;
    this.sectors = sectors;
    this.deviceNumber = deviceNumber;
    // loop0p1, but vda1.
    this.name = `${whole.name}${/\d$/.test(whole.name) ? 'p' : ''}${number}`;
  }

  get mounted(): FileSystem | undefined {
    return this.fileSystem;
  }

  set mounted(fs: FileSystem | undefined) {
    this.fileSystem = fs;
    if (fs === undefined) this.lastClose();
  }

  plug(): void {
    this.whole.plug?.();
  }

  unplug(): void {
    this.whole.unplug?.();
  }

  get physicalBytes(): number {
    return this.whole.physicalBytes ?? SECTOR_BYTES;
  }

  /** Of its first physical sector on the disk, from its own start on. */
  get alignmentOffset(): number {
    const over = (this.start * SECTOR_BYTES) % this.physicalBytes;
    return over === 0 ? 0 : this.physicalBytes - over;
  }

  get isSlow(): boolean {
    return this.whole.isSlow === true;
  }

  beginLate(batch: IoBatch): void {
    this.whole.beginLate?.(batch);
  }

  endLate(): void {
    this.whole.endLate?.();
  }

  beginWrites(batch: IoBatch): void {
    this.whole.beginWrites?.(batch);
  }

  endWrites(): void {
    this.whole.endWrites?.();
  }

  submit(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    batch: IoBatch,
  ): void {
    this.check(sector, sectors * SECTOR_BYTES);
    this.whole.submit?.(this.start + sector, sectors, frames, isWrite, batch);
    if (isWrite) this.countWrite(sectors * SECTOR_BYTES);
    else this.countRead(sectors * SECTOR_BYTES);
  }

  lastClose(): void {
    this.whole.lastClose?.();
  }

  get readAheadKilobytes(): number | undefined {
    return this.whole.readAheadKilobytes;
  }

  get driver(): string {
    return this.whole.driver;
  }

  get isReadOnly(): boolean {
    return this.isWriteProtected || this.whole.isReadOnly;
  }

  get isGone(): boolean {
    return this.isRemoved || this.whole.isGone;
  }

  remove(): void {
    this.isRemoved = true;
  }

  read(sector: number, target: Uint8Array): void {
    this.check(sector, target.length);
    this.whole.read(this.start + sector, target);
    this.countRead(target.length);
  }

  write(sector: number, source: Uint8Array): void {
    this.check(sector, source.length);
    this.whole.write(this.start + sector, source);
    this.countWrite(source.length);
  }

  readFrames(sector: number, frames: readonly number[]): void {
    this.check(sector, frames.length * PAGE_SIZE);
    this.whole.readFrames(this.start + sector, frames);
    this.countRead(frames.length * PAGE_SIZE);
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    this.check(sector, frames.length * PAGE_SIZE);
    this.whole.writeFrames(this.start + sector, frames);
    this.countWrite(frames.length * PAGE_SIZE);
  }

  flush(): void {
    this.whole.flush();
    this.statistics.flushes++;
  }

  private check(sector: number, bytes: number): void {
    if (this.isGone) throw fail(EIO, 'partition was removed');
    if (bytes % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    if (sector + bytes / SECTOR_BYTES > this.sectors) {
      throw fail(EIO, 'access beyond end of partition');
    }
  }

  private countRead(bytes: number): void {
    this.statistics.reads++;
    this.statistics.sectorsRead += bytes / SECTOR_BYTES;
  }

  private countWrite(bytes: number): void {
    this.statistics.writes++;
    this.statistics.sectorsWritten += bytes / SECTOR_BYTES;
  }
}
