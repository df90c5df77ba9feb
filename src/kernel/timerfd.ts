/** timerfd_create(2): timers that are read. */
import { EAGAIN, ECANCELED, EINVAL, fail } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { CLOCK_REALTIME, CLOCK_REALTIME_ALARM } from '../abi/time.ts';
import type { Inode, Timestamp } from '../fs/inode.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Result } from './block.ts';
import { NS_PER_SECOND, type Ns } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { KernelFile } from './kernel-file.ts';
import type { Task } from './task.ts';
import { Timer, type TimerTarget } from './timer.ts';

export const TFD_TIMER_CANCEL_ON_SET = 2;
/** _IOW('T', 0, u64). */
const TFD_IOC_SET_TICKS = 0x4008_5400;

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
  /** Flags of the last timerfd_settime, for fdinfo. */
  private setFlags = 0;
  private wallDeadline: Timestamp | undefined = undefined;
  /** TFD_TIMER_CANCEL_ON_SET: the clock was set, which the next read tells. */
  private isCancelled = false;

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

  get isOfWallClock(): boolean {
    return this.clock === CLOCK_REALTIME || this.clock === CLOCK_REALTIME_ALARM;
  }

  /**
   * Absolute monotonic deadline, undefined to disarm. `wall` is the same by the wall clock: then it follows that. True: it is to be
   * cancelled once more when the clock is set, and was not told that it was.
   */
  set(deadlineNs: Ns | undefined, intervalNs: Ns, flags: number, wall?: Timestamp): boolean {
    const { timers, clock, wallTimers } = this.kernel;
    const isCancellable = wall !== undefined && (flags & TFD_TIMER_CANCEL_ON_SET) !== 0;
    const wasCancelled = this.isCancelled && isCancellable && deadlineNs !== undefined;
    this.expirations = 0;
    this.isCancelled = false;
    this.intervalNs = intervalNs;
    this.setFlags = flags;
    this.wallDeadline = wall;
    if (wall) wallTimers.add(this);
    else wallTimers.delete(this);
    timers.disarm(this.timer);
    if (deadlineNs === undefined) return wasCancelled;
    if (deadlineNs <= clock.monotonicNs()) {
      this.timer.deadlineNs = deadlineNs;
      this.expire(this.timer);
    } else {
      timers.arm(this.timer, deadlineNs);
    }
    return wasCancelled;
  }

  /** Time left (0 when disarmed) and interval. */
  get(): { valueNs: Ns; intervalNs: Ns } {
    const left = this.timer.deadlineNs - this.kernel.clock.monotonicNs();
    return { valueNs: this.timer.isArmed ? Math.max(1, left) : 0, intervalNs: this.intervalNs };
  }

  /** The wall clock was set, or goes at another rate. */
  wallMoved(wasSet: boolean): void {
    const { timers, clock } = this.kernel;
    if (wasSet && (this.setFlags & TFD_TIMER_CANCEL_ON_SET) !== 0) {
      this.isCancelled = true;
      this.expirations++;
      this.queue.wakeAll();
    }
    if (this.wallDeadline && this.timer.isArmed)
      timers.arm(this.timer, clock.monotonicOf(this.wallDeadline));
  }

  expire(timer: Timer): void {
    const now = this.kernel.clock.monotonicNs();
    this.expirations++;
    if (this.intervalNs > 0) {
      this.wallDeadline = undefined;
      const missed = Math.max(0, Math.floor((now - timer.deadlineNs) / this.intervalNs));
      this.expirations += missed;
      this.kernel.timers.arm(timer, timer.deadlineNs + (missed + 1) * this.intervalNs);
    }
    this.queue.wakeAll();
  }

  override read(buffer: IoBuffer): number {
    if (buffer.length < 8) throw fail(EINVAL, 'timerfd needs 8 bytes');
    if (this.isCancelled) {
      this.isCancelled = false;
      this.expirations = 0;
      throw fail(ECANCELED, 'the clock was set');
    }
    if (this.expirations === 0) throw fail(EAGAIN, 'not expired');
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.expirations), true);
    buffer.copyIn(bytes, 0);
    this.expirations = 0;
    return 8;
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (request !== TFD_IOC_SET_TICKS) return super.ioctl(task, request, argument);
    const ticks = task.memory.readU64(argument);
    if (ticks === 0) throw fail(EINVAL, 'no ticks');
    this.expirations = ticks;
    this.queue.wakeAll();
    return 0;
  }

  override fdInfo(): string {
    const { valueNs, intervalNs } = this.get();
    const pair = (ns: Ns): string => `(${Math.floor(ns / NS_PER_SECOND)}, ${ns % NS_PER_SECOND})`;
    return (
      `clockid: ${this.clock}\nticks: ${this.expirations}\n` +
      `settime flags: 0${this.setFlags.toString(8)}\n` +
      `it_value: ${pair(Math.floor(valueNs))}\nit_interval: ${pair(intervalNs)}\n`
    );
  }

  override release(): void {
    this.kernel.wallTimers.delete(this);
    this.kernel.timers.disarm(this.timer);
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[timerfd]';
  }
}
