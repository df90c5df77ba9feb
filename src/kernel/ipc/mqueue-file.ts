/** A descriptor of a POSIX message queue: read(2) tells of its state, poll(2) of messages and room. */
import { O_ACCMODE, O_RDONLY, O_WRONLY } from '../../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { PosixQueue } from './posix-queue.ts';

/** st_size of a queue. */
export const STATE_BYTES = 80;

export class MqueueFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly isStream = false;
  readonly queue: PosixQueue;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel, inode: Inode, queue: PosixQueue, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
    this.queue = queue;
  }

  get isReadable(): boolean {
    return (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  get isWritable(): boolean {
    return (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  override get waitQueue(): WaitQueue {
    return this.queue.changed;
  }

  poll(): number {
    const readable = this.queue.count > 0 ? POLLIN | POLLRDNORM : 0;
    return readable | (this.queue.isFull ? 0 : POLLOUT | POLLWRNORM);
  }

  override read(buffer: IoBuffer, offset: number): number {
    const part = toBytes(this.state()).subarray(offset, offset + buffer.length);
    if (part.length > 0) buffer.copyIn(part, 0);
    return part.length;
  }

  private state(): string {
    const { bytes, notification } = this.queue;
    const pad = (value: number, width: number): string => String(value).padEnd(width);
    const pid = notification?.process.pid ?? 0;
    return (
      `QSIZE:${pad(bytes, 10)} NOTIFY:${pad(notification?.kind ?? 0, 5)} ` +
      `SIGNO:${pad(notification?.signal ?? 0, 5)} NOTIFY_PID:${pad(pid, 6)}\n`
    );
  }

  override readonly hearsEveryClose = true;

  /** A process that closes any of its descriptors of the queue is told of nothing any more. */
  override descriptorClosed(): void {
    const process = this.kernel.current?.process;
    if (process) this.queue.forget(process);
  }
}
