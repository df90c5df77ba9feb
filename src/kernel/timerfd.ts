/** timerfd_create(2): timers that are read. */
import { EAGAIN, EINVAL, fail } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import type { Inode } from '../fs/inode.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Ns } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { KernelFile } from './kernel-file.ts';
import { Timer, type TimerTarget } from './timer.ts';

export class TimerFile extends KernelFile implements TimerTarget {
  override readonly isStream = false;
  override readonly hasFixedPosition = true;
  /** CLOCK_* it was made for. */
  readonly clock: number;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'timerfd');
  private readonly queue = new WaitQueue();
  private intervalNs: Ns = 0;
  /** Expirations since the last read. */
  private expirations = 0;

  constructor(kernel: Kernel, inode: Inode, flags: number, clock: number) {
    super(inode, flags);
    this.kernel = kernel;
    this.clock = clock;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    return this.expirations > 0 ? POLLIN | POLLRDNORM : 0;
  }

  /** Absolute monotonic deadline, undefined to disarm. */
  set(deadlineNs: Ns | undefined, intervalNs: Ns): void {
    const { timers, clock } = this.kernel;
    this.expirations = 0;
    this.intervalNs = intervalNs;
    timers.disarm(this.timer);
    if (deadlineNs === undefined) return;
    if (deadlineNs <= clock.monotonicNs()) {
      this.timer.deadlineNs = deadlineNs;
      this.expire(this.timer);
    } else {
      timers.arm(this.timer, deadlineNs);
    }
  }

  /** Time left (0 when disarmed) and interval. */
  get(): { valueNs: Ns; intervalNs: Ns } {
    const left = this.timer.deadlineNs - this.kernel.clock.monotonicNs();
    return { valueNs: this.timer.isArmed ? Math.max(1, left) : 0, intervalNs: this.intervalNs };
  }

  expire(timer: Timer): void {
    const now = this.kernel.clock.monotonicNs();
    this.expirations++;
    if (this.intervalNs > 0) {
      const missed = Math.max(0, Math.floor((now - timer.deadlineNs) / this.intervalNs));
      this.expirations += missed;
      this.kernel.timers.arm(timer, timer.deadlineNs + (missed + 1) * this.intervalNs);
    }
    this.queue.wakeAll();
  }

  override read(buffer: IoBuffer): number {
    if (buffer.length < 8) throw fail(EINVAL, 'timerfd needs 8 bytes');
    if (this.expirations === 0) throw fail(EAGAIN, 'not expired');
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.expirations), true);
    buffer.copyIn(bytes, 0);
    this.expirations = 0;
    return 8;
  }

  override release(): void {
    this.kernel.timers.disarm(this.timer);
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[timerfd]';
  }
}
