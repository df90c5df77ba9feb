/** Pipes between a guest process and the host: standard input and output of `hartix run` and of the API's exec. */
import { EAGAIN, EBADF, EPIPE, fail } from '../abi/errno.ts';
import { O_ACCMODE, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFIFO } from '../abi/stat.ts';
import { FIONREAD } from '../abi/termios.ts';
import { BaseInode } from '../fs/base-inode.ts';
import type { File } from '../fs/file.ts';
import type { FileSystem } from '../fs/filesystem.ts';
import { ByteQueue } from '../lib/byte-queue.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Result } from './block.ts';
import type { Kernel } from './kernel.ts';
import { KernelFile } from './kernel-file.ts';
import type { Task } from './task.ts';

/** Bytes that the kernel holds for the other side. */
const DEFAULT_CAPACITY = 65536;
/** PIPE_BUF: a write of no more is not split. */
const ATOMIC_BYTES = 4096;

/** One direction. The host's side is the methods here, called by the machine thread; the guest's is an open file. */
export class HostPipe {
  /** Woken with anything that the guest's poll() may tell. */
  readonly queue = new WaitQueue();
  private readonly bytes: ByteQueue;
  /** Bytes that the guest has read since consumed() was last asked. */
  private readCount = 0;
  /** The host's end is closed: end of file for a reader, EPIPE for a writer. */
  isHostClosed = false;
  /** Open files of the guest, and whether there ever was one. */
  guestFiles = 0;
  private wasOpened = false;

  constructor(capacity = DEFAULT_CAPACITY) {
    this.bytes = new ByteQueue(capacity);
  }

  // ---- the host's side

  /** Give bytes to a guest that reads; returns how many fitted. */
  push(bytes: Uint8Array): number {
    const count = this.bytes.push(bytes);
    this.queue.wakeAll();
    return count;
  }

  get room(): number {
    return this.bytes.room;
  }

  /** No more input, or nobody reads the output any longer. */
  closeHost(): void {
    this.isHostClosed = true;
    this.queue.wakeAll();
  }

  /** Take what a guest has written, at most `limit` bytes. */
  take(limit: number): Uint8Array {
    const bytes = this.bytes.shift(limit);
    if (bytes.length > 0) this.queue.wakeAll();
    return bytes;
  }

  get length(): number {
    return this.bytes.length;
  }

  /** How many bytes the guest has read since the last time. */
  consumed(): number {
    const count = this.readCount;
    this.readCount = 0;
    return count;
  }

  /** All guest files were closed: nothing more will come, or be read. */
  get isGuestClosed(): boolean {
    return this.wasOpened && this.guestFiles === 0;
  }

  // ---- the guest's side

  opened(): void {
    this.guestFiles++;
    this.wasOpened = true;
  }

  /** Throws EAGAIN when it is empty and the host's end is open. */
  read(buffer: IoBuffer): number {
    if (buffer.length === 0) return 0;
    if (this.bytes.length === 0) {
      if (this.isHostClosed) return 0;
      throw fail(EAGAIN, 'no input from the host');
    }
    const part = this.bytes.peek(buffer.length);
    buffer.copyIn(part, 0);
    this.bytes.shift(part.length);
    this.readCount += part.length;
    return part.length;
  }

  /** Throws EPIPE when the host's end is closed, EAGAIN when there is no room. */
  write(buffer: IoBuffer): number {
    if (this.isHostClosed) throw fail(EPIPE, 'the host does not read');
    const { room } = this.bytes;
    const isSplit = buffer.length <= ATOMIC_BYTES && room < buffer.length;
    if (buffer.length > 0 && (room === 0 || isSplit)) throw fail(EAGAIN, 'the host is slow');
    const part = new Uint8Array(Math.min(buffer.length, room));
    buffer.copyOut(part, 0);
    return this.bytes.push(part);
  }

  poll(isReader: boolean): number {
    if (isReader) {
      const readable = this.bytes.length > 0 ? POLLIN | POLLRDNORM : 0;
      return readable | (this.isHostClosed ? POLLHUP : 0);
    }
    const writable = this.bytes.room >= ATOMIC_BYTES ? POLLOUT | POLLWRNORM : 0;
    return this.isHostClosed ? writable | POLLERR : writable;
  }
}

class HostPipeInode extends BaseInode {
  readonly fs: FileSystem;
  private readonly end: HostPipe;

  constructor(fs: FileSystem, ino: number, end: HostPipe) {
    super(ino, S_IFIFO | 0o600);
    this.fs = fs;
    this.end = end;
  }

  override open(flags: number): File {
    return new HostPipeFile(this, flags, this.end);
  }
}

class HostPipeFile extends KernelFile {
  private readonly end: HostPipe;

  constructor(inode: HostPipeInode, flags: number, end: HostPipe) {
    super(inode, flags);
    this.end = end;
    end.opened();
  }

  override get waitQueue(): WaitQueue {
    return this.end.queue;
  }

  private get isReader(): boolean {
    return (this.flags & O_ACCMODE) === O_RDONLY;
  }

  poll(): number {
    return this.end.poll(this.isReader);
  }

  override read(buffer: IoBuffer): number {
    if (!this.isReader) throw fail(EBADF, 'the writing end');
    return this.end.read(buffer);
  }

  override write(buffer: IoBuffer): number {
    if (this.isReader) throw fail(EBADF, 'the reading end');
    return this.end.write(buffer);
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    task.memory.writeU32(argument, this.end.length);
    return 0;
  }

  override release(): void {
    this.end.guestFiles--;
    super.release();
  }

  override describe(): string {
    return `pipe:[${this.inode.ino}]`;
  }
}

/** The guest's end of `pipe` as an open file with one reference: to read from the host, or to write to it. */
export function openHostPipe(kernel: Kernel, pipe: HostPipe, direction: 'read' | 'write'): File {
  const { pipes } = kernel.vfs;
  const inode = new HostPipeInode(pipes, pipes.allocateIno(), pipe);
  return inode.open(direction === 'read' ? O_RDONLY : O_WRONLY);
}
