/** eventfd(2): a counter to read, write and wait for. */
import { EAGAIN, EINVAL, fail } from '../abi/errno.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import type { Inode } from '../fs/inode.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import { KernelFile } from './kernel-file.ts';

/** Largest value of the counter; only completed AIO requests may take it further, to the overflow. */
const MAXIMUM = 0xffff_ffff_ffff_fffen;
const OVERFLOW = MAXIMUM + 1n;
const BYTES = 8;
/** What passes between the counter and a buffer, which copies it at once. */
const VALUE = new BigUint64Array(1);
const VALUE_BYTES = new Uint8Array(VALUE.buffer);

export class EventFile extends KernelFile {
  override readonly isStream = false;
  override readonly hasFixedPosition = true;
  /** A 64-bit quantity of the interface. */
  count: bigint;
  private readonly isSemaphore: boolean;
  private readonly queue = new WaitQueue();

  constructor(inode: Inode, flags: number, count: number, isSemaphore: boolean) {
    super(inode, flags);
    this.count = BigInt(count);
    this.isSemaphore = isSemaphore;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    const readable = this.count > 0n ? POLLIN | POLLRDNORM : 0;
    if (this.count === OVERFLOW) return readable | POLLERR;
    return readable | (this.count < MAXIMUM ? POLLOUT | POLLWRNORM : 0);
  }

  override read(buffer: IoBuffer): number {
    if (buffer.length < BYTES) throw fail(EINVAL, 'eventfd needs 8 bytes');
    if (this.count === 0n) throw fail(EAGAIN, 'counter is 0');
    const value = this.isSemaphore ? 1n : this.count;
    VALUE[0] = value;
    buffer.copyIn(VALUE_BYTES, 0);
    this.count -= value;
    this.queue.wakeAll();
    return BYTES;
  }

  override write(buffer: IoBuffer): number {
    if (buffer.length < BYTES) throw fail(EINVAL, 'eventfd needs 8 bytes');
    buffer.copyOut(VALUE_BYTES, 0);
    const value = VALUE[0] as bigint;
    if (value > MAXIMUM) throw fail(EINVAL, 'eventfd value');
    if (this.count + value > MAXIMUM) throw fail(EAGAIN, 'counter is full');
    this.count += value;
    this.queue.wakeAll();
    return BYTES;
  }

  /** One more, as far as it goes: an AIO request is complete. */
  signal(): void {
    if (this.count < OVERFLOW) this.count++;
    this.queue.wakeAll();
  }

  override fdInfo(): string {
    return `eventfd-count: ${this.count.toString(16).padStart(16)}\n`;
  }

  override describe(): string {
    return 'anon_inode:[eventfd]';
  }
}
