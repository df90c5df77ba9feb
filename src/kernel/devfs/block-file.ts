/** Open block devices: /dev/vda and the like, byte-addressed. */
import {
  EINVAL,
  ENODEV,
  ENOSPC,
  ENXIO,
  EPERM,
  ETXTBSY,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { O_DIRECT, O_EXCL } from '../../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { makeDevice } from '../../abi/stat.ts';
import { checkAlignment, pagesOf } from '../../fs/direct-transfer.ts';
import type { Inode } from '../../fs/inode.ts';
import { LateTransfer, MAX_LATE_BYTES } from '../../fs/late-transfer.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { claimDisk, releaseDisk } from '../block/claim.ts';
import { blockIoctl } from '../block/ioctl.ts';
import type { Result } from '../block.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import { DiskSwapStore } from '../mm/swap-area.ts';
import type { Task } from '../task.ts';

const SECTOR = 512;
/** Bytes moved at a time through a buffer of the kernel's. */
const CHUNK = 65536;
/** Bytes of one request. */
const PART = 131072;

/** The disk with this number. Throws ENXIO. */
export function diskOf(kernel: Kernel, major: number, minor: number): Disk {
  const number = makeDevice(major, minor);
  const disk = kernel.hardware.blockDevices().find(({ deviceNumber }) => deviceNumber === number);
  if (!disk) throw fail(ENXIO, `no block device ${major}:${minor}`);
  return disk;
}

export class BlockFile extends KernelFile {
  override readonly isSeekable = true;
  readonly device: Disk;

  private readonly kernel: Kernel;

  constructor(inode: Inode, flags: number, device: Disk, kernel: Kernel) {
    super(inode, flags);
    this.device = device;
    this.kernel = kernel;
    this.isLate = device.isSlow === true;
    device.openCount++;
  }

  override release(): void {
    this.device.openCount--;
    releaseDisk(this.device, this);
    if (this.device.openCount === 0) this.device.lastClose?.();
    super.release();
  }

  /** Throws ENODEV when the disk was taken away. */
  private checkPresent(): void {
    if (this.device.isGone) throw fail(ENODEV, `${this.device.name} was removed`);
  }

  /** Throws ETXTBSY while the disk is a swap area, however long this has been open. Linux: blkdev_write_iter. */
  private checkNotSwap(): void {
    const { device, kernel } = this;
    const isSwap = kernel.swap.areas.some(
      ({ store }) => store instanceof DiskSwapStore && store.disk === device,
    );
    if (isSwap) throw fail(ETXTBSY, `${device.name} is a swap area`);
  }

  get sizeBytes(): number {
    return this.device.sectors * SECTOR;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    if (this.isDirect) checkAlignment(buffer, offset);
    this.checkPresent();
    const length = Math.min(buffer.length, this.sizeBytes - offset);
    let done = this.isDirect ? this.transferPages(buffer, offset, length, false) : 0;
    while (done < length) {
      const at = offset + done;
      const within = at % SECTOR;
      const count = Math.min(length - done, CHUNK - within);
      const sectors = new Uint8Array(Math.ceil((within + count) / SECTOR) * SECTOR);
      this.device.read((at - within) / SECTOR, sectors);
      buffer.copyIn(sectors.subarray(within, within + count), done);
      done += count;
    }
    return Math.max(done, 0);
  }

  /** Of whole sectors. In parts of 128 KiB, all at once. */
  override beginTransfer(
    buffer: IoBuffer,
    offset: number,
    isWrite: boolean,
  ): LateTransfer | undefined {
    this.checkPresent();
    if (isWrite) this.checkNotSwap();
    const { device, kernel } = this;
    const length = Math.min(buffer.length, this.sizeBytes - offset);
    const isWhole = offset % SECTOR === 0 && length % SECTOR === 0;
    if (!device.submit || !isWhole || length <= 0 || length > MAX_LATE_BYTES) return undefined;
    if (isWrite && device.isReadOnly) return undefined;
    if (this.isDirect) checkAlignment(buffer, offset);
    const transfer = LateTransfer.prepare(kernel.frames, buffer, 0, length, isWrite);
    if (transfer === undefined) return undefined;
    transfer.pending++;
    try {
      for (let at = 0; at < length; at += PART) {
        const frames = transfer.frames.slice(at / PAGE_SIZE, (at + PART) / PAGE_SIZE);
        const sectors = Math.min(PART, length - at) / SECTOR;
        device.submit((offset + at) / SECTOR, sectors, frames, isWrite, transfer);
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      transfer.error ??= error;
    } finally {
      transfer.transferDone(undefined);
    }
    return transfer;
  }

  /** O_DIRECT: between the disk and the caller's pages themselves, from the first one on; returns the bytes. */
  private transferPages(
    buffer: IoBuffer,
    offset: number,
    length: number,
    isWrite: boolean,
  ): number {
    const pages = pagesOf(buffer, 0, Math.floor(length / PAGE_SIZE), !isWrite);
    if (pages.length === 0) return 0;
    if (isWrite) this.device.writeFrames(offset / SECTOR, pages);
    else this.device.readFrames(offset / SECTOR, pages);
    return pages.length * PAGE_SIZE;
  }

  private get isDirect(): boolean {
    return (this.flags & O_DIRECT) !== 0;
  }

  override write(buffer: IoBuffer, offset: number): number {
    if (this.isDirect) checkAlignment(buffer, offset);
    this.checkPresent();
    this.checkNotSwap();
    if (buffer.length === 0) return 0;
    if (this.device.isReadOnly) throw fail(EPERM, `${this.device.name} is read-only`);
    const length = Math.min(buffer.length, this.sizeBytes - offset);
    if (length <= 0) throw fail(ENOSPC, 'end of device');
    let done = this.isDirect ? this.transferPages(buffer, offset, length, true) : 0;
    while (done < length) {
      const at = offset + done;
      const within = at % SECTOR;
      const count = Math.min(length - done, CHUNK - within);
      const sectors = new Uint8Array(Math.ceil((within + count) / SECTOR) * SECTOR);
      if (sectors.length !== count) this.device.read((at - within) / SECTOR, sectors);
      buffer.copyOut(sectors.subarray(within, within + count), done);
      this.device.write((at - within) / SECTOR, sectors);
      done += count;
    }
    return done;
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    this.checkPresent();
    const { device } = this;
    return (
      device.ioctl?.(task, this, request, argument) ??
      blockIoctl(task, device, request, argument) ??
      super.ioctl(task, request, argument)
    );
  }

  /** fsync of the device. */
  sync(): void {
    this.checkPresent();
    this.device.flush();
  }
}

/** Open a block device by its number. Throws ENXIO, EINVAL; with O_EXCL EBUSY when somebody has it for himself. */
export function openBlockDevice(
  kernel: Kernel,
  inode: Inode,
  major: number,
  minor: number,
  flags: number,
): BlockFile {
  if (minor < 0) throw fail(EINVAL, 'minor');
  const file = new BlockFile(inode, flags, diskOf(kernel, major, minor), kernel);
  if ((flags & O_EXCL) === 0) return file;
  try {
    claimDisk(file.device, file);
    return file;
  } catch (error) {
    file.release();
    throw error;
  }
}
