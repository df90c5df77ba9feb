/** The ends of a pipe as open files, for pipe(2) and named FIFOs, and pipefs, where unnamed pipes have their inodes. */

import { EINVAL, ENOSYS, ENOTDIR, ENXIO, fail } from '../abi/errno.ts';
import { O_ACCMODE, O_DIRECT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFDIR, S_IFIFO } from '../abi/stat.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import type { WaitQueue } from '../lib/wait-queue.ts';
import { BaseInode } from './base-inode.ts';
import { File } from './file.ts';
import type { FileSystem, FileSystemStatistics, FileSystemType } from './filesystem.ts';
import type { DirectoryEntry, Inode, Timestamp } from './inode.ts';
import type { FrameSource } from './page-frames.ts';
import { Pipe, type PipeAccount } from './pipe.ts';
import { drop, hold } from './references.ts';
import { simpleStatistics } from './simple-statistics.ts';

export class PipeFile extends File {
  readonly isSeekable = false;
  readonly pipe: Pipe;
  /** Opens of the other end when this one was opened; 0 for an unnamed pipe, whose ends have met when it was made. */
  private readonly otherOpens: number;

  /** Counts itself at the inode and the pipe until release(). */
  constructor(inode: Inode, pipe: Pipe, flags: number) {
    super(inode, flags);
    this.pipe = pipe;
    const opens = this.canRead ? pipe.writerOpens : pipe.readerOpens;
    this.otherOpens = inode instanceof PipeInode ? 0 : opens;
    hold(inode);
    if (this.canRead) pipe.addReader();
    if (this.canWrite) pipe.addWriter();
  }

  /** With its half of the pipe. */
  override get costUnits(): number {
    return 2;
  }

  get canRead(): boolean {
    return (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  get canWrite(): boolean {
    return (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  /**
   * open(2) of a FIFO without O_NONBLOCK has to wait on `waitQueue` until this is true: until the other end has been
   * opened, even if it is closed again by now.
   */
  get hasMetOtherEnd(): boolean {
    const { pipe } = this;
    if (this.canRead && this.canWrite) return true;
    return this.canRead
      ? pipe.writers > 0 || pipe.writerOpens !== this.otherOpens
      : pipe.readers > 0 || pipe.readerOpens !== this.otherOpens;
  }

  override get waitQueue(): WaitQueue {
    if (this.canRead && this.canWrite) return this.pipe.anyQueue;
    return this.canRead ? this.pipe.readQueue : this.pipe.writeQueue;
  }

  override get isEmpty(): boolean {
    return this.canRead && this.pipe.length === 0 && this.pipe.writers > 0;
  }

  poll(): number {
    const { pipe } = this;
    let events = 0;
    if (this.canRead) {
      if (pipe.isReadable) events |= POLLIN | POLLRDNORM;
      // A FIFO that no writer has opened since is not hung up yet.
      if (pipe.writers === 0 && pipe.writerOpens !== this.otherOpens) events |= POLLHUP;
    }
    if (this.canWrite) {
      if (pipe.isWritable) events |= POLLOUT | POLLWRNORM;
      if (pipe.readers === 0) events |= POLLERR;
    }
    return events;
  }

  read(buffer: IoBuffer): number {
    return this.pipe.read(buffer);
  }

  write(buffer: IoBuffer): number {
    return this.pipe.write(buffer, (this.flags & O_DIRECT) !== 0);
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'readdir of a pipe');
  }

  release(): void {
    if (this.canRead) this.pipe.removeReader();
    if (this.canWrite) this.pipe.removeWriter();
    if (this.pipe.readers === 0 && this.pipe.writers === 0) this.inode.pipe = undefined;
    drop(this.inode);
  }

  describe(): string {
    return `pipe:[${this.inode.ino}]`;
  }
}

/**
 * Open a named FIFO: what a file system's inode.open does for S_IFIFO. Waiting for the other end is the caller's, see
 * `hasMetOtherEnd`. Throws ENXIO for O_WRONLY | O_NONBLOCK without readers.
 */
export function openFifo(inode: Inode, flags: number, frames: FrameSource): PipeFile {
  if ((flags & O_ACCMODE) === O_ACCMODE) throw fail(EINVAL, 'access mode of a FIFO');
  const isWriteOnly = (flags & O_ACCMODE) === O_WRONLY;
  if (isWriteOnly && (flags & O_NONBLOCK) !== 0 && (inode.pipe?.readers ?? 0) === 0) {
    throw fail(ENXIO, 'FIFO without readers');
  }
  inode.pipe ??= new Pipe(frames);
  return new PipeFile(inode, inode.pipe, flags);
}

export class PipeInode extends BaseInode {
  readonly fs: PipeFileSystem;

  constructor(fs: PipeFileSystem, ino: number, uid: number, gid: number, now: Timestamp) {
    super(ino, S_IFIFO | 0o600);
    this.fs = fs;
    this.uid = uid;
    this.gid = gid;
    this.atime = now;
    this.mtime = now;
    this.ctime = now;
    // The pipe has no name: it is freed with its last file.
    this.nlink = 1;
  }

  override open(flags: number): File {
    return openFifo(this, flags, this.fs.frames);
  }
}

export class PipeRoot extends BaseInode {
  readonly fs: PipeFileSystem;
  constructor(fs: PipeFileSystem) {
    super(1, S_IFDIR | 0o555);
    this.fs = fs;
  }
}

const PIPEFS_MAGIC = 0x50495045;

/** Never mounted in the tree; the kernel has one instance. */
export class PipeFileSystem implements FileSystem {
  readonly type = pipefs;
  readonly root: Inode = new PipeRoot(this);
  readonly frames: FrameSource;
  readonly describesItself = true;
  device = 0;
  isReadOnly = false;
  private nextIno = 2;

  constructor(frames: FrameSource) {
    this.frames = frames;
  }

  /** pipe2(2): [read end, write end]; `flags` may have O_NONBLOCK, O_DIRECT. */
  /** `bytes`: of the pipe, a power of two of pages. */
  createPair(
    flags: number,
    uid: number,
    gid: number,
    now: Timestamp,
    bytes?: number,
    account?: PipeAccount,
  ): [PipeFile, PipeFile] {
    const inode = new PipeInode(this, this.nextIno++, uid, gid, now);
    inode.pipe = new Pipe(this.frames, bytes, account);
    const status = flags & ~O_RDWR & ~O_WRONLY;
    return [
      new PipeFile(inode, inode.pipe, status | O_RDONLY),
      new PipeFile(inode, inode.pipe, status | O_WRONLY),
    ];
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(PIPEFS_MAGIC);
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

export const pipefs: FileSystemType = {
  name: 'pipefs',
  requiresDevice: false,
  mount(): FileSystem {
    throw fail(ENOSYS, 'pipefs is not mounted by users');
  },
};
