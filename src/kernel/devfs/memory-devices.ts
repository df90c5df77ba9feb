/** null, zero, full, random, kmsg: mem(4), null(4), full(4), random(4). */
import { EAGAIN, EINVAL, EIO, ENOSPC, EPIPE, fail } from '../../abi/errno.ts';
import { SEEK_END } from '../../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import type { Result } from '../block.ts';
import { priorityOf } from '../dmesg.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import { ENTROPY_BITS } from '../random.ts';
import type { Task } from '../task.ts';

const CHUNK = 4096;
/** Of a record that says neither: syslog(3). A program is never the kernel. */
const WARNING = 4;
const USER_FACILITY = 1;
const READY = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

/** A character device that is always ready. */
abstract class MemoryFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly hasFixedPosition = true;
  poll(): number {
    return READY;
  }
}

export class NullFile extends MemoryFile {
  override read(): number {
    return 0;
  }
  override write(buffer: IoBuffer): number {
    return buffer.length;
  }
}

export class ZeroFile extends MemoryFile {
  private readonly kernel: Kernel;
  constructor(kernel: Kernel, inode: Inode, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
  }
  override read(buffer: IoBuffer): number {
    const { frames, zeroFrame } = this.kernel;
    for (let done = 0; done < buffer.length; done += PAGE_SIZE)
      frames.copyTo(buffer, done, zeroFrame, 0, Math.min(PAGE_SIZE, buffer.length - done));
    return buffer.length;
  }
  override write(buffer: IoBuffer): number {
    return buffer.length;
  }
}

export class FullFile extends ZeroFile {
  override write(): number {
    throw fail(ENOSPC, '/dev/full');
  }
}

/** random(4): bits in the pool. */
const RNDGETENTCNT = 0x8004_5200;

/** Both random and urandom: the pool is ready from boot on. */
export class RandomFile extends MemoryFile {
  private readonly kernel: Kernel;
  constructor(kernel: Kernel, inode: Inode, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
  }
  override ioctl(task: Task, request: number, argument: number): Result {
    if (request !== RNDGETENTCNT) return super.ioctl(task, request, argument);
    task.memory.writeU32(argument, ENTROPY_BITS);
    return 0;
  }
  override read(buffer: IoBuffer): number {
    for (let done = 0; done < buffer.length; ) {
      const bytes = this.kernel.random(Math.min(CHUNK, buffer.length - done));
      buffer.copyIn(bytes, done);
      done += bytes.length;
    }
    return buffer.length;
  }
  override write(buffer: IoBuffer): number {
    return buffer.length;
  }
}

/** /dev/kmsg: one record per read, `priority,sequence,microseconds,-;text`; a write is a log line. */
export class KernelLogFile extends KernelFile {
  override readonly isSeekable = true;
  private readonly kernel: Kernel;
  /** Sequence number of the next record to read. */
  private next: number;

  constructor(kernel: Kernel, inode: Inode, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
    this.next = kernel.log.lines()[0]?.sequence ?? 0;
  }

  override get waitQueue(): WaitQueue {
    return this.kernel.log.queue;
  }

  poll(): number {
    const last = this.kernel.log.lines().at(-1)?.sequence ?? -1;
    return POLLOUT | POLLWRNORM | (this.next <= last ? POLLIN | POLLRDNORM : 0);
  }

  override read(buffer: IoBuffer): number {
    const lines = this.kernel.log.lines();
    const oldest = lines[0]?.sequence ?? 0;
    if (this.next < oldest) {
      this.next = oldest;
      throw fail(EPIPE, 'records were overwritten');
    }
    const line = lines[this.next - oldest];
    if (!line) throw fail(EAGAIN, 'no new record');
    const microseconds = Math.floor(line.timeNs / 1000);
    const text = `${priorityOf(line)},${line.sequence},${microseconds},-;${line.text}\n`;
    if (text.length > buffer.length) throw fail(EINVAL, 'buffer too small for the record');
    buffer.copyIn(toBytes(text), 0);
    this.next++;
    return text.length;
  }

  override write(buffer: IoBuffer): number {
    if (buffer.length > 1024) throw fail(EINVAL, 'record too long');
    const bytes = new Uint8Array(buffer.length);
    buffer.copyOut(bytes, 0);
    const match = /^(?:<(\d+)>)?([\s\S]*?)\n?$/.exec(fromBytes(bytes));
    if (!match) throw fail(EIO, 'record');
    const priority = Number(match[1] ?? WARNING);
    this.kernel.log.print(match[2] ?? '', priority & 7, priority >>> 3 || USER_FACILITY);
    return bytes.length;
  }

  /** SEEK_SET and SEEK_DATA to 0 go to the first record, SEEK_END behind the last. */
  seekRecord(whence: number): void {
    const lines = this.kernel.log.lines();
    const edge = whence === SEEK_END ? (lines.at(-1)?.sequence ?? -1) + 1 : lines[0]?.sequence;
    this.next = edge ?? 0;
  }
}
