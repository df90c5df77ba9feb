/** The part of an array's member that holds data: what is behind its superblock. */
import { EIO, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import { PAGE_SIZE } from '../page-frames.ts';

const SECTOR_BYTES = 512;

export class MemberArea implements BlockDevice {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  private readonly disk: BlockDevice;
  private readonly start: number;

  constructor(disk: BlockDevice, start: number, sectors: number) {
    this.name = disk.name;
    this.disk = disk;
    this.start = start;
    this.sectors = sectors;
  }

  get isReadOnly(): boolean {
    return this.disk.isReadOnly;
  }

  read(sector: number, target: Uint8Array): void {
    this.check(sector, target.length);
    this.disk.read(this.start + sector, target);
  }

  write(sector: number, source: Uint8Array): void {
    this.check(sector, source.length);
    this.disk.write(this.start + sector, source);
  }

  readFrames(sector: number, frames: readonly number[]): void {
    this.check(sector, frames.length * PAGE_SIZE);
    this.disk.readFrames(this.start + sector, frames);
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    this.check(sector, frames.length * PAGE_SIZE);
    this.disk.writeFrames(this.start + sector, frames);
  }

  flush(): void {
    this.disk.flush();
  }

  private check(sector: number, bytes: number): void {
    if (sector + bytes / SECTOR_BYTES > this.sectors)
      throw fail(EIO, 'access beyond end of member');
  }
}
