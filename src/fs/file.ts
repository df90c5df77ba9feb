/** An open file description: what an fd points to, shared by dup and fork. Never blocks. Linux: struct file. */
import { ENXIO, fail, type KernelError } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import type { WaitQueue } from '../lib/wait-queue.ts';
import type { Dentry } from './dentry.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import type { IoBatch } from './io-batch.ts';
import type { LateTransfer } from './late-transfer.ts';

/** What the kernel keeps for those who asked to be told of the file's events by signals. */
export interface FileAttention {
  /** The file is closed. */
  stop(): void;
}

export abstract class File {
  /** immutable */
  readonly inode: Inode;
  /** O_* status flags: access mode immutable; O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME by F_SETFL. */
  flags: number;
  /** Where it was opened; undefined for pipes and sockets. /proc/<pid>/fd, fchdir, openat. */
  dentry: Dentry | undefined;
  position = 0;
  /** fds and in-flight users; release() runs when it reaches 0. */
  references = 1;

  /** Transfers may be over later than they begin: beginRead and beginTransfer are to be asked. */
  isLate = false;
  attention: FileAttention | undefined = undefined;
  /** It is among the open files that the kernel counts. */
  isCounted = false;

  /** What its file system could not store and was told here, or before it was opened. */
  private observedFailures: number;

  /** What it costs the guest's memory while it is open, in units of kernel/open-files.ts. */
  get costUnits(): number {
    return 1;
  }

  constructor(inode: Inode, flags: number) {
    this.inode = inode;
    this.flags = flags;
    this.observedFailures = inode.fs.errors?.sample() ?? 0;
  }

  /** What its file system could not store since the last time, or since it was opened. */
  takeFailure(): KernelError | undefined {
    const { errors } = this.inode.fs;
    const failure = errors?.since(this.observedFailures);
    this.observedFailures = errors?.current ?? 0;
    return failure;
  }

  /** Queue that is woken when poll() may give something new; undefined when the file is always ready. */
  get waitQueue(): WaitQueue | undefined {
    return undefined;
  }

  /** A read would give EAGAIN. Files that do not know say false, and throw it. */
  get isEmpty(): boolean {
    return false;
  }

  /** POLL* bits that hold now. Regular files: always readable and writable. */
  abstract poll(): number;

  /**
   * Transfer at most buffer.length bytes at `offset` (ignored by streams); returns the count, 0 at end of file.
   * Throws EAGAIN when nothing can be transferred now: the caller decides whether to wait. The caller moves `position`.
   */
  abstract read(buffer: IoBuffer, offset: number): number;
  abstract write(buffer: IoBuffer, offset: number): number;

  /** What has to be there before these bytes are read: wait for it, and ask again. */
  beginRead(_length: number, _offset: number): IoBatch | undefined {
    return undefined;
  }

  /** How many of these bytes, from the first on, a read need not wait for; the others begin to come. Throws EIO. */
  readyBytes(length: number, _offset: number): number {
    return length;
  }

  /** Begin what read or write would do. Undefined where it cannot be waited for: they are to do it. Throws as they do. */
  beginTransfer(_buffer: IoBuffer, _offset: number, _isWrite: boolean): LateTransfer | undefined {
    return undefined;
  }

  /** False for pipes, sockets, ttys: lseek and pread give ESPIPE. */
  abstract readonly isSeekable: boolean;

  /** SEEK_DATA (`wantsHole` false) and SEEK_HOLE: lseek(2). Here of a file that is all data; its end counts as a hole. Throws ENXIO. */
  seekContent(offset: number, wantsHole: boolean): number {
    const { size } = this.inode;
    if (offset < 0 || offset >= size) throw fail(ENXIO, 'behind the end of file');
    return wantsHole ? size : offset;
  }

  /** getdents64; ENOTDIR for others. `limit` entries from `position`. */
  abstract readdir(from: number, limit: number): DirectoryEntry[];

  /** Last reference dropped. */
  abstract release(): void;

  /** For lines like `pipe:[12]`, `anon_inode:[eventfd]` in /proc/<pid>/fd when there is no dentry. */
  abstract describe(): string;
}
