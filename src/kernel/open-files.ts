/** The open files of all processes and the locks on them: how many there are, and what of the guest's memory they cost. */
import { ENFILE, ENOLCK, fail, KernelError } from '../abi/errno.ts';
import type { File } from '../fs/file.ts';
import { LockTable } from '../fs/file-lock.ts';
import { CAP_SYS_ADMIN } from './credentials.ts';
import type { Kernel } from './kernel.ts';
import { ObjectCharge } from './mm/slab.ts';

/** An open file with its inode: what Linux takes for it, about, and the host, too. */
const FILE_BYTES = 512;
/** What the host takes for a lock, about (test/hostile/README.md); struct file_lock is 216 bytes on Linux. */
const LOCK_BYTES = 1280;
/** So many locks are charged at a time. */
const LOCK_STEP = 16;
/** Of a socket: the most that File.costUnits is. */
const MOST_COST_UNITS = 4;

export class OpenFiles extends LockTable {
  /** file-nr. */
  count = 0;
  /** What they cost together: File.costUnits. */
  private units = 0;
  /** fs.file-max. */
  maximum = 1_048_576;
  private readonly kernel: Kernel;
  private readonly fileCharge: ObjectCharge;
  private readonly lockCharge: ObjectCharge;

  constructor(kernel: Kernel) {
    super();
    this.kernel = kernel;
    this.fileCharge = new ObjectCharge(kernel.slab, FILE_BYTES);
    this.lockCharge = new ObjectCharge(kernel.slab, LOCK_BYTES, LOCK_STEP);
  }

  /** There is room for `more` files of any kind. Throws ENFILE, ENOMEM. */
  checkRoom(more: number): void {
    if (this.count + more > this.maximum && !this.isPrivileged) throw fail(ENFILE, 'fs.file-max');
    this.fileCharge.reserve(this.units + more * MOST_COST_UNITS);
  }

  /** The file has its first descriptor. */
  add(file: File): void {
    if (file.isCounted) return;
    this.fileCharge.reserve(this.units + file.costUnits);
    file.isCounted = true;
    this.count++;
    this.units += file.costUnits;
  }

  /** It has its last one no more. What it cost is given back with some delay. */
  remove(file: File): void {
    if (!file.isCounted) return;
    file.isCounted = false;
    this.count--;
    this.units -= file.costUnits;
    this.fileCharge.settle(this.units);
  }

  protected override reserveLocks(count: number): void {
    try {
      this.lockCharge.reserve(count);
      this.lockCharge.settle(count);
    } catch (error) {
      if (error instanceof KernelError) throw fail(ENOLCK, 'no memory for locks');
      throw error;
    }
  }

  private get isPrivileged(): boolean {
    return this.kernel.current?.credentials.hasCapability(CAP_SYS_ADMIN) === true;
  }
}
