/** System V shared memory: shmget(2), shmat(2). Linux: ipc/shm.c. */
import type { Dentry } from '../../fs/dentry.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { drop, hold } from '../../fs/references.ts';
import { HUGE_PAGES } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import { HugetlbInode } from '../mm/hugetlb-file-system.ts';
import type { MappingUsers } from '../mm/vma.ts';
import type { Task } from '../task.ts';
import { IpcObject, type IpcTable, secondsNow } from './ipc-object.ts';

/** What it costs the guest's memory besides its file: what the host's process takes for it (test/hostile/README.md). */
const SEGMENT_BYTES = 1024;

/** Its pages are a file without a name, which mappings and this object hold. */
export class SharedMemorySegment extends IpcObject implements MappingUsers {
  readonly dentry: Dentry;
  /** As it was asked for, in bytes. */
  readonly size: number;
  readonly creatorPid: number;
  lastPid = 0;
  attachTime = 0;
  detachTime = 0;
  /** Mappings: more than one of a process if it was cut. */
  attached = 0;
  isGone = false;
  private readonly kernel: Kernel;
  private readonly table: IpcTable<SharedMemorySegment>;

  /** Throws ENOMEM; then the file is nobody's. */
  constructor(
    task: Task,
    table: IpcTable<SharedMemorySegment>,
    id: number,
    key: number,
    mode: number,
    size: number,
    dentry: Dentry,
  ) {
    super(task, id, key, mode);
    this.kernel = task.kernel;
    this.table = table;
    this.size = size;
    this.dentry = dentry;
    this.creatorPid = task.process.pid;
    // A file of huge pages has the size that it was made with, rounded up.
    if (!(dentry.inode instanceof HugetlbInode)) dentry.inode.size = size;
    hold(dentry.inode);
    try {
      this.kernel.slab.charge(SEGMENT_BYTES);
    } catch (error) {
      drop(dentry.inode);
      throw error;
    }
  }

  get pages(): number {
    return Math.ceil(this.size / PAGE_SIZE);
  }

  get residentPages(): number {
    const { inode } = this.dentry;
    if (inode instanceof HugetlbInode) return inode.residentPages * HUGE_PAGES;
    return inode.pages?.pages.size ?? 0;
  }

  mapped(): void {
    this.attached++;
    this.attachTime = this.now();
    this.lastPid = this.kernel.current?.process.pid ?? this.lastPid;
  }

  /** The last mapping of a segment that was removed ends it. */
  unmapped(): void {
    this.attached--;
    this.detachTime = this.now();
    this.lastPid = this.kernel.current?.process.pid ?? this.lastPid;
    if (this.attached === 0 && this.isRemoved) this.destroy();
  }

  /** IPC_RMID: at once, or when the last process detaches it. */
  remove(task: Task, destroyBit: number): void {
    if (this.attached > 0) {
      this.mode |= destroyBit;
      this.ctime = secondsNow(task);
      this.table.forgetKey(this);
    } else this.destroy();
  }

  private destroy(): void {
    this.isGone = true;
    this.table.remove(this);
    drop(this.dentry.inode);
    this.kernel.slab.discharge(SEGMENT_BYTES);
  }

  private now(): number {
    return this.kernel.clock.realtime().seconds;
  }
}
