/** Open block devices: /dev/vda and the like, byte-addressed. */
import { EINVAL, ENODEV, ENOSPC, ENXIO, fail } from '../../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';

/** linux/fs.h: size in sectors, size in bytes, read-only, sector sizes, flush. */
const BLKROGET = 0x125e;
const BLKGETSIZE = 0x1260;
const BLKFLSBUF = 0x1261;
const BLKSSZGET = 0x1268;
const BLKBSZGET = 0x8008_1270;
const BLKGETSIZE64 = 0x8008_1272;
const BLKIOMIN = 0x1278;
const BLKPBSZGET = 0x127b;

const SECTOR = 512;
/** Bytes moved at a time through a buffer of the kernel's. */
const CHUNK = 65536;

/** The disk with this number. Throws ENXIO. */
export function diskOf(kernel: Kernel, major: number, minor: number): Disk {
  const number = makeDevice(major, minor);
  const disk = kernel.hardware.disks.find(({ deviceNumber }) => deviceNumber === number);
  if (!disk) throw fail(ENXIO, `no block device ${major}:${minor}`);
  return disk;
}

export class BlockFile extends KernelFile {
  override readonly isSeekable = true;
  readonly device: Disk;

  constructor(inode: Inode, flags: number, device: Disk) {
    super(inode, flags);
    this.device = device;
    device.openCount++;
  }

  override release(): void {
    this.device.openCount--;
    super.release();
  }

  /** Throws ENODEV when the disk was taken away. */
  private checkPresent(): void {
    if (this.device.isGone) throw fail(ENODEV, `${this.device.name} was removed`);
  }

  get sizeBytes(): number {
    return this.device.sectors * SECTOR;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    this.checkPresent();
    const length = Math.min(buffer.length, this.sizeBytes - offset);
    let done = 0;
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

  override write(buffer: IoBuffer, offset: number): number {
    this.checkPresent();
    if (buffer.length === 0) return 0;
    const length = Math.min(buffer.length, this.sizeBytes - offset);
    if (length <= 0) throw fail(ENOSPC, 'end of device');
    let done = 0;
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
    const { memory } = task;
    switch (request) {
      case BLKGETSIZE64:
        memory.writeU64(argument, this.sizeBytes);
        return 0;
      case BLKGETSIZE:
        memory.writeU64(argument, this.device.sectors);
        return 0;
      case BLKSSZGET:
      case BLKPBSZGET:
      case BLKIOMIN:
        memory.writeU32(argument, SECTOR);
        return 0;
      case BLKBSZGET:
        memory.writeU64(argument, 4096);
        return 0;
      case BLKROGET:
        memory.writeU32(argument, this.device.isReadOnly ? 1 : 0);
        return 0;
      case BLKFLSBUF:
        this.device.flush();
        return 0;
      default:
        return super.ioctl(task, request, argument);
    }
  }

  /** fsync of the device. */
  sync(): void {
    this.checkPresent();
    this.device.flush();
  }
}

/** Open a block device by its number. Throws ENXIO, EINVAL. */
export function openBlockDevice(
  kernel: Kernel,
  inode: Inode,
  major: number,
  minor: number,
  flags: number,
): BlockFile {
  if (minor < 0) throw fail(EINVAL, 'minor');
  return new BlockFile(inode, flags, diskOf(kernel, major, minor));
}
