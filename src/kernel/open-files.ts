/** The open files of all processes and the locks on them: how many there are, and what of the guest's memory they cost. */
import { ENFILE, ENOLCK, ENOMEM, fail, KernelError } from '../abi/errno.ts';
import type { File } from '../fs/file.ts';
import { LockTable } from '../fs/file-lock.ts';
import { CAP_SYS_ADMIN } from './credentials.ts';
import type { Kernel } from './kernel.ts';

/** An open file with its inode, and a lock: what Linux takes for them, about. */
const FILE_BYTES = 512;
const LOCK_BYTES = 128;
/** Charged at a time. */
const STEP = 64;

export class OpenFiles extends LockTable {
  /** file-nr. */
  count = 0;
  /** fs.file-max. */
  maximum = 1_048_576;
  private readonly kernel: Kernel;
  private paidFiles = 0;
  private paidLocks = 0;

  constructor(kernel: Kernel) {
    super();
    this.kernel = kernel;
  }

  /** There is room for `more` files. Throws ENFILE, ENOMEM. */
  checkRoom(more: number): void {
    if (this.count + more > this.maximum && !this.isPrivileged) throw fail(ENFILE, 'fs.file-max');
    while (this.count + more > this.paidFiles) {
      this.pay(FILE_BYTES * STEP, ENOMEM);
      this.paidFiles += STEP;
    }
  }

  /** The file has its first descriptor. */
  add(file: File): void {
    if (file.isCounted) return;
    if (this.count >= this.paidFiles) this.checkRoom(1);
    file.isCounted = true;
    this.count++;
  }

  /** It has its last one no more. What it cost is given back with some delay. */
  remove(file: File): void {
    if (!file.isCounted) return;
    file.isCounted = false;
    this.count--;
    if (this.paidFiles - this.count < 4 * STEP) return;
    this.paidFiles -= STEP;
    this.kernel.slab.discharge(FILE_BYTES * STEP);
  }

  protected override reserveLocks(count: number): void {
    while (count > this.paidLocks) {
      this.pay(LOCK_BYTES * STEP, ENOLCK);
      this.paidLocks += STEP;
    }
    if (this.paidLocks - count < 4 * STEP) return;
    this.paidLocks -= STEP;
    this.kernel.slab.discharge(LOCK_BYTES * STEP);
  }

  private pay(bytes: number, errno: number): void {
    try {
      this.kernel.slab.charge(bytes);
    } catch (error) {
      if (error instanceof KernelError) throw fail(errno, 'no memory for kernel objects');
      throw error;
    }
  }

  private get isPrivileged(): boolean {
    return this.kernel.current?.credentials.hasCapability(CAP_SYS_ADMIN) === true;
  }
}
