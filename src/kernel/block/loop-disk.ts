/** A file as a disk. Linux: drivers/block/loop.c. */
import {
  EILSEQ,
  EINVAL,
  EIO,
  ENODATA,
  ENOMEM,
  ENOSPC,
  ENXIO,
  EOPNOTSUPP,
  EROFS,
  ETIMEDOUT,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { O_ACCMODE, O_RDONLY } from '../../abi/fcntl.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { MustWait } from '../../fs/must-wait.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import { BlockFile } from '../devfs/block-file.ts';
import { type Disk, newStatistics } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { isUsed } from './claim.ts';
import { loopIoctl, unbindLoop } from './loop-ioctl.ts';
import type { LoopSettings } from './loop-settings.ts';
import type { Partition } from './partition.ts';

export const LOOP_MAJOR = 7;
/** As /proc/devices names it. */
export const LOOP_DRIVER = 'loop';
const SECTOR_BYTES = 512;

/** What a disk can say of its own. Linux: errno_to_blk_status(). */
const ERRORS_OF_DISKS: ReadonlySet<number> = new Set([
  EILSEQ,
  ENODATA,
  ENOMEM,
  ENOSPC,
  EOPNOTSUPP,
  ETIMEDOUT,
]);

/** What the file refuses for any other reason (a seal, a limit) is EIO of the disk. */
function ofDisk(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof MustWait || !(error instanceof KernelError)) throw error;
    throw ERRORS_OF_DISKS.has(error.errno) ? error : fail(EIO, error.message);
  }
}

export class LoopDisk implements Disk {
  readonly name: string;
  readonly number: number;
  readonly driver = LOOP_DRIVER;
  readonly sectorBytes = SECTOR_BYTES;
  sectors = 0;
  /** Its file is not open for writing, or whoever bound it wanted it so. */
  isBoundReadOnly = false;
  isWriteProtected = false;
  readonly deviceNumber: number;
  private fileSystem: FileSystem | undefined = undefined;
  claim: object | undefined = undefined;
  readonly minors = 1;
  readonly partitions: Partition[] = [];
  readonly statistics = newStatistics();
  isGone = false;
  openCount = 0;
  settings: LoopSettings | undefined = undefined;
  /** As sysfs shows it. */
  backingPath = '';
  file: File | undefined = undefined;
  private readonly kernel: Kernel;

  constructor(number: number, kernel: Kernel) {
    this.number = number;
    this.name = `loop${number}`;
    this.deviceNumber = makeDevice(LOOP_MAJOR, number);
    this.kernel = kernel;
  }

  get mounted(): FileSystem | undefined {
    return this.fileSystem;
  }

  set mounted(fs: FileSystem | undefined) {
    this.fileSystem = fs;
    if (fs === undefined) this.lastClose();
  }

  get isReadOnly(): boolean {
    return this.isBoundReadOnly || this.isWriteProtected;
  }

  get isBound(): boolean {
    return this.file !== undefined;
  }

  get offset(): number {
    return this.settings?.offset ?? 0;
  }

  get sizeLimit(): number {
    return this.settings?.sizeLimit ?? 0;
  }

  get isAutoClear(): boolean {
    return this.settings?.isAutoClear ?? false;
  }

  get hasPartitionScan(): boolean {
    return this.settings?.hasPartitionScan ?? false;
  }

  /** Takes over the caller's reference to the file. */
  bind(file: File, path: string, settings: LoopSettings): void {
    this.file = file;
    this.backingPath = path;
    this.change(settings);
  }

  /** Also after the file changed its size. */
  change(settings: LoopSettings): void {
    const { file } = this;
    if (!file) throw fail(ENXIO, `${this.name} has no file`);
    const isReadOnlyFile = (file.flags & O_ACCMODE) === O_RDONLY;
    this.isBoundReadOnly = settings.isReadOnly || isReadOnlyFile;
    this.settings = settings;
    const all = file instanceof BlockFile ? file.sizeBytes : file.inode.size;
    const rest = Math.max(0, all - settings.offset);
    const bytes = settings.sizeLimit > 0 ? Math.min(rest, settings.sizeLimit) : rest;
    this.sectors = Math.floor(bytes / SECTOR_BYTES);
  }

  /** Lets go of the file. */
  unbind(): void {
    const { file } = this;
    this.file = undefined;
    this.settings = undefined;
    this.backingPath = '';
    this.sectors = 0;
    this.isBoundReadOnly = false;
    this.isWriteProtected = false;
    if (file && --file.references === 0) file.release();
  }

  ioctl(task: Task, file: File, request: number, argument: number): Result | undefined {
    return loopIoctl(task, this, file, request, argument);
  }

  lastClose(): void {
    if (this.isAutoClear && ![this, ...this.partitions].some(isUsed)) unbindLoop(this.kernel, this);
  }

  read(sector: number, target: Uint8Array): void {
    const { file } = this;
    const at = this.place(sector, target.length);
    ofDisk(() => {
      for (let done = 0; file && done < target.length; ) {
        const count = file.read(new BytesBuffer(target.subarray(done)), at + done);
        // The file became shorter.
        if (count === 0) throw fail(EIO, `${this.name}: end of ${this.backingPath}`);
        done += count;
      }
    });
    this.statistics.reads++;
    this.statistics.sectorsRead += target.length / SECTOR_BYTES;
  }

  write(sector: number, source: Uint8Array): void {
    if (this.isBoundReadOnly) throw fail(EROFS, `${this.name} is read-only`);
    const { file } = this;
    const at = this.place(sector, source.length);
    ofDisk(() => {
      for (let done = 0; file && done < source.length; )
        done += file.write(new BytesBuffer(source.subarray(done)), at + done);
    });
    this.statistics.writes++;
    this.statistics.sectorsWritten += source.length / SECTOR_BYTES;
  }

  readFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.read(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.kernel.frames.bytes(frame));
      this.kernel.frames.changed(frame);
    });
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.write(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.kernel.frames.bytes(frame));
    });
  }

  flush(): void {
    const { file } = this;
    ofDisk(() => {
      if (file instanceof BlockFile) file.sync();
      else file?.inode.sync(true);
    });
    this.statistics.flushes++;
  }

  private place(sector: number, bytes: number): number {
    if (!this.file) throw fail(EIO, `${this.name} has no file`);
    if (bytes % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    if (sector + bytes / SECTOR_BYTES > this.sectors) throw fail(EIO, 'access beyond end of disk');
    return this.offset + sector * SECTOR_BYTES;
  }
}
