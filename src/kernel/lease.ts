/** Leases: whoever holds one is told before somebody else opens or cuts the file, and is waited for. F_SETLEASE of fcntl(2). */
import { EAGAIN, EINVAL, fail } from '../abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import type { File } from '../fs/file.ts';
import type { Inode } from '../fs/inode.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Ns } from './clock.ts';
import { FileOwner, POLL_MSG } from './file-owner.ts';
import type { Kernel } from './kernel.ts';

export class Lease {
  readonly inode: Inode;
  readonly pid: number;
  /** F_RDLCK or F_WRLCK. */
  type: number;
  /** What it must become: F_RDLCK or F_UNLCK; undefined while nobody wants the file. */
  target: number | undefined;
  /** When it becomes that whatever its holder does. */
  deadlineNs: Ns = Number.POSITIVE_INFINITY;
  /** Who waits for it. */
  readonly queue = new WaitQueue();
  readonly owner: FileOwner;
  readonly fd: number;
  private readonly all: Leases;

  constructor(all: Leases, file: File, owner: FileOwner, fd: number, pid: number, type: number) {
    this.all = all;
    this.inode = file.inode;
    this.owner = owner;
    this.fd = fd;
    this.pid = pid;
    this.type = type;
  }

  /** As F_GETLEASE tells it. */
  get shown(): number {
    return this.target ?? this.type;
  }

  /** Given up, lowered as was asked, or its time is over. */
  become(type: number): void {
    if (type === F_UNLCK) this.all.remove(this);
    else this.type = type;
    this.target = undefined;
    this.deadlineNs = Number.POSITIVE_INFINITY;
    this.queue.wakeAll();
  }

  /** Its holder wants another kind: what it must become is not forgotten, unless it is that. */
  change(type: number): void {
    const { target } = this;
    if (target === undefined || target === type) this.become(type);
    else this.type = type;
  }

  /** With it goes whom the file's signals are for, as on Linux. */
  end(): void {
    this.become(F_UNLCK);
    this.owner.forget();
  }
}

export class Leases {
  /** Seconds: /proc/sys/fs/lease-break-time; and leases-enable. */
  breakTime = 45;
  isEnabled = 1;
  private readonly byInode = new Map<Inode, Lease[]>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  of(inode: Inode): readonly Lease[] {
    return this.byInode.get(inode) ?? [];
  }

  *[Symbol.iterator](): Generator<Lease> {
    for (const leases of this.byInode.values()) yield* leases;
  }

  remove(lease: Lease): void {
    const left = this.of(lease.inode).filter((other) => other !== lease);
    if (left.length > 0) this.byInode.set(lease.inode, left);
    else this.byInode.delete(lease.inode);
    if (lease.owner.lease === lease) lease.owner.lease = undefined;
  }

  /** F_SETLEASE with F_RDLCK or F_WRLCK. Throws EAGAIN, EINVAL. */
  set(file: File, fd: number, type: number): void {
    const { inode } = file;
    const process = this.kernel.current?.process;
    if (this.isEnabled === 0 || !process) throw fail(EINVAL, 'fs.leases-enable');
    const owner = FileOwner.of(this.kernel, file);
    const own = owner.lease;
    if (type === F_RDLCK ? inode.writers > 0 : isOpenElsewhere(inode))
      throw fail(EAGAIN, 'the file is open otherwise');
    for (const other of this.of(inode)) {
      const conflicts = type === F_WRLCK || other.shown === F_UNLCK;
      if (other !== own && conflicts) throw fail(EAGAIN, 'somebody else has a lease');
    }
    if (own) {
      own.change(type);
      return;
    }
    const lease = new Lease(this, file, owner, fd, process.pid, type);
    this.byInode.set(inode, [...this.of(inode), lease]);
    owner.lease = lease;
    owner.setIfNone(process);
  }

  /** Somebody wants to open the file or to cut it: the lease that he has to wait for, its holder told. */
  breakFor(inode: Inode, isWrite: boolean): Lease | undefined {
    if (this.byInode.size === 0) return undefined;
    const now = this.kernel.clock.monotonicNs();
    for (const lease of [...this.of(inode)]) {
      if (now >= lease.deadlineNs && lease.target !== undefined) lease.become(lease.target);
      if (!isWrite && lease.type === F_RDLCK) continue;
      const isOver = !this.of(inode).includes(lease);
      if (isOver) continue;
      const target = isWrite ? F_UNLCK : F_RDLCK;
      if (lease.target === undefined || (isWrite && lease.target !== F_UNLCK)) {
        const isFirst = lease.target === undefined;
        lease.target = target;
        if (isFirst) lease.deadlineNs = now + this.breakTime * 1e9;
        lease.owner.tell(POLL_MSG, lease.fd);
      }
      return lease;
    }
    return undefined;
  }
}

/** By more than the one description that asks: a write lease is for the only one. */
function isOpenElsewhere({ references, watches }: Inode): boolean {
  return references - (watches?.size ?? 0) > 1;
}
