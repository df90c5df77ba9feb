/** mqueue: the file system of POSIX message queues, one instance per kernel, mounted or not. mq_overview(7). */

import { direntType } from '../../abi/dirent.ts';
import { EINVAL, EMFILE, ENOENT, ENOSPC, fail } from '../../abi/errno.ts';
import { RLIMIT_MSGQUEUE } from '../../abi/resource.ts';
import { S_IFDIR, S_IFREG } from '../../abi/stat.ts';
import { applyAttributes } from '../../fs/attributes.ts';
import { BaseInode } from '../../fs/base-inode.ts';
import type { File } from '../../fs/file.ts';
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../../fs/filesystem.ts';
import type { AttributeChange, DirectoryEntry, Inode } from '../../fs/inode.ts';
import { evictIfUnused } from '../../fs/references.ts';
import { simpleStatistics } from '../../fs/simple-statistics.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { MqueueFile, STATE_BYTES } from './mqueue-file.ts';
import { PosixQueue } from './posix-queue.ts';

const MQUEUE_MAGIC = 0x19800202;
/** As tmpfs counts them. */
const ENTRY_BYTES = 20;
/** A queue with its inode and name: what it costs the guest's memory without a message. */
const QUEUE_BYTES = 1024;
/** What not even CAP_SYS_RESOURCE exceeds. */
export const HARD_MAX_MESSAGES = 65_536;
export const HARD_MAX_BYTES = 16_777_216;

/** /proc/sys/fs/mqueue. */
export class MqueueLimits {
  msg_default = 10;
  msg_max = 10;
  msgsize_default = 8192;
  msgsize_max = 8192;
  queues_max = 256;
}

abstract class MqueueInode extends BaseInode {
  readonly fs: MqueueFileSystem;

  constructor(fs: MqueueFileSystem, mode: number, uid: number, gid: number) {
    super(fs.nextIno++, mode);
    this.fs = fs;
    this.uid = uid;
    this.gid = gid;
    this.atime = this.mtime = this.ctime = fs.kernel.clock.realtime();
  }

  override setAttributes(change: AttributeChange): void {
    // O_TRUNC of a shell's redirection: the size is not the queue's to change.
    const { size: _, ...rest } = change;
    applyAttributes(this, rest, this.fs.kernel.clock.realtime());
  }
}

export class QueueInode extends MqueueInode {
  readonly queue: PosixQueue;
  /** Whom it is charged to. */
  readonly user: number;

  constructor(
    fs: MqueueFileSystem,
    mode: number,
    uid: number,
    gid: number,
    user: number,
    queue: PosixQueue,
  ) {
    super(fs, mode, uid, gid);
    this.user = user;
    this.queue = queue;
    this.size = STATE_BYTES;
  }

  override open(flags: number): File {
    return new MqueueFile(this.fs.kernel, this, this.queue, flags);
  }

  override evict(): void {
    this.fs.uncharge(this);
  }
}

export class MqueueDirectory extends MqueueInode {
  readonly names = new Map<string, QueueInode>();

  override lookup(name: string): QueueInode | undefined {
    return this.names.get(name);
  }

  /** By open(2) of the mounted file system: with the default attributes. */
  override create(name: string, mode: number, uid: number, gid: number): Inode {
    const { msg_default, msg_max, msgsize_default, msgsize_max } = this.fs.limits;
    const messages = Math.min(msg_default, msg_max);
    const bytes = Math.min(msgsize_default, msgsize_max);
    return this.add(name, mode, uid, gid, new PosixQueue(messages, bytes));
  }

  /** Throws EMFILE, ENOSPC. */
  add(name: string, mode: number, uid: number, gid: number, queue: PosixQueue): QueueInode {
    const user = this.fs.charge(queue);
    const inode = new QueueInode(this.fs, S_IFREG | (mode & 0o7777), uid, gid, user, queue);
    this.names.set(name, inode);
    this.changed();
    return inode;
  }

  override unlink(name: string): void {
    const victim = this.names.get(name);
    if (!victim) throw fail(ENOENT, name);
    this.names.delete(name);
    victim.nlink--;
    this.changed();
  }

  /** Listed by number of inode, so that who removes queues while it lists them misses none. */
  override readdir(from: number, limit: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    const all: (readonly [string, Inode])[] = [['.', this], ['..', this], ...this.names];
    for (const [index, [name, { ino, mode }]] of all.entries()) {
      const at = index < 2 ? index : ino + 2;
      if (at < from) continue;
      if (entries.length >= limit) break;
      entries.push({ name, ino, type: direntType(mode), next: at + 1 });
    }
    return entries;
  }

  private changed(): void {
    this.size = this.names.size * ENTRY_BYTES;
    this.mtime = this.ctime = this.fs.kernel.clock.realtime();
  }
}

export class MqueueFileSystem implements FileSystem {
  readonly type = mqueue;
  readonly kernel: Kernel;
  readonly limits = new MqueueLimits();
  device = 0;
  isReadOnly = false;
  nextIno = 1;
  readonly root: MqueueDirectory;
  /** Bytes charged to each user. */
  private readonly charged = new Map<number, number>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.root = new MqueueDirectory(this, S_IFDIR | 0o1777, 0, 0);
    this.root.nlink = 2;
  }

  /** A queue is to come: returns the user that it counts for. Throws EMFILE, ENOSPC, ENOMEM. */
  charge(queue: PosixQueue): number {
    const { current } = this.kernel;
    const mayExceed = current?.credentials.hasCapability(CAP_SYS_RESOURCE) ?? true;
    if (this.root.names.size >= this.limits.queues_max && !mayExceed)
      throw fail(ENOSPC, 'queues_max');
    const user = current?.credentials.ruid ?? 0;
    const bytes = (this.charged.get(user) ?? 0) + queue.charge;
    if (current && bytes > current.process.limit(RLIMIT_MSGQUEUE))
      throw fail(EMFILE, 'RLIMIT_MSGQUEUE');
    this.kernel.slab.charge(QUEUE_BYTES);
    this.charged.set(user, bytes);
    return user;
  }

  uncharge({ user, queue }: QueueInode): void {
    this.charged.set(user, (this.charged.get(user) ?? 0) - queue.charge);
    this.kernel.slab.discharge(QUEUE_BYTES);
    queue.destroy(this.kernel.slab);
  }

  /** mq_unlink(2): the queue goes when nobody has it open. */
  remove(name: string): void {
    const inode = this.root.lookup(name);
    this.root.unlink(name);
    if (inode) evictIfUnused(inode);
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(MQUEUE_MAGIC);
  }

  sync(): void {
    return;
  }

  /** It outlives its mounts. */
  unmount(): void {
    return;
  }
}

export const mqueue: FileSystemType = {
  name: 'mqueue',
  requiresDevice: false,
  mount(_source, options, _isReadOnly, context): FileSystem {
    if (options !== '') throw fail(EINVAL, `mqueue option ${options}`);
    return kernelOf(context).ipc.mqueue;
  },
};
