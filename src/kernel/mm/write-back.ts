/**
 * Dirty pages and metadata are stored in time, by a thread of the kernel: when they are old, and when they are many. Whoever
 * writes faster than that stores pages himself. Linux: mm/page-writeback.c, fs/fs-writeback.c, fs/jbd2/journal.c.
 */
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import { bestEffort } from '../../fs/best-effort.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import type { DirtyWatcher } from '../../fs/page-account.ts';
import type { PageCache } from '../../fs/page-cache.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { LateWrites } from '../block/late-writes.ts';
import { block } from '../block.ts';
import type { Ns } from '../clock.ts';
import type { Kernel } from '../kernel.ts';
import { createKernelThread, type KernelWork } from '../kernel-thread.ts';
import type { IoCounters } from '../process.ts';
import type { Task } from '../task.ts';
import { Timer, type TimerTarget } from '../timer.ts';

const NS_PER_CENTISECOND = 1e7;
const NS_PER_SECOND = 1e9;
/** Fewer dirty pages than this are nobody's concern. */
const MIN_PAGES = 32;
/** Pages after which the thread lets others run. */
const PAGES_AT_A_TIME = 4096;

export class WriteBack implements KernelWork, TimerTarget, DirtyWatcher {
  /** vm.dirty_background_ratio and _bytes, dirty_ratio and _bytes: of each pair the one that was set last counts, the other is 0. */
  backgroundRatio = 10;
  backgroundBytes = 0;
  ratio = 20;
  bytes = 0;
  /** vm.dirty_writeback_centisecs: how often old pages are looked for; 0 never. */
  periodCentiseconds = 500;
  /** vm.dirty_expire_centisecs: how old they are then. */
  expireCentiseconds = 3000;
  /** vm.dirtytime_expire_seconds: how long times of lazytime stay in memory; 0 for ever. */
  timesExpireSeconds = 43_200;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'write-back');
  /** Made when there is something to do for it first. */
  private thread: Task | undefined = undefined;
  /** File systems whose metadata is to be stored, and when. */
  private readonly metadata = new Map<FileSystem, Ns>();
  /** Those that keep times in memory, and since when. */
  private readonly times = new Map<FileSystem, Ns>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.account.watcher = this;
  }

  get charge(): IoCounters | undefined {
    return this.kernel.current?.process.io;
  }

  /** Dirty pages from which on the thread works: nr_dirty_background_threshold. */
  get backgroundPages(): number {
    const pages = this.share(this.backgroundRatio, this.backgroundBytes);
    const limit = this.limitPages;
    return pages < limit ? pages : Math.floor(limit / 2);
  }

  /** From which on writers store pages: nr_dirty_threshold. */
  get limitPages(): number {
    return this.share(this.ratio, this.bytes);
  }

  /** Of the memory that could become dirty: free, or files'. */
  private share(ratio: number, bytes: number): number {
    if (bytes > 0) return Math.ceil(bytes / PAGE_SIZE);
    const { free, account } = this.kernel.frames;
    return Math.floor(((free + account.cached) * ratio) / 100);
  }

  dirtied(): number {
    const now = this.kernel.clock.monotonicNs();
    if (this.periodCentiseconds > 0)
      this.arm(
        now + Math.max(this.periodCentiseconds, this.expireCentiseconds) * NS_PER_CENTISECOND,
      );
    return now;
  }

  /** Whoever has dirtied too many stores some, and on a slow disk sleeps until that is done. Linux differs: there the thread stores them. */
  balance(): void {
    const { account } = this.kernel.frames;
    if (account.dirty < MIN_PAGES) return;
    const background = this.backgroundPages;
    if (account.dirty <= background) return;
    const limit = this.limitPages;
    if (account.dirty > limit) this.throttle(Math.floor((background + limit) / 2));
    else this.wake();
  }

  /** The file system's metadata is stored after so many seconds, or when pages that are dirtied now are due. */
  metadataChanged(fs: FileSystem, seconds: number | undefined): void {
    if (this.metadata.has(fs) || (seconds === undefined && this.periodCentiseconds === 0)) return;
    const delay =
      seconds === undefined
        ? this.expireCentiseconds * NS_PER_CENTISECOND
        : seconds * NS_PER_SECOND;
    const due = this.kernel.clock.monotonicNs() + delay;
    this.metadata.set(fs, due);
    this.arm(due);
  }

  /** The file system keeps times of inodes in memory from now on: lazytime. */
  timesChanged(fs: FileSystem): void {
    if (this.times.has(fs)) return;
    const now = this.kernel.clock.monotonicNs();
    this.times.set(fs, now);
    if (this.timesExpireSeconds > 0) this.arm(now + this.timesExpireSeconds * NS_PER_SECOND);
  }

  /** It keeps none any more. */
  timesStored(fs: FileSystem): void {
    this.times.delete(fs);
  }

  /** A setting was changed: what is dirty may be due at another time. */
  retime(): void {
    this.kernel.timers.disarm(this.timer);
    this.armNext(this.kernel.clock.monotonicNs());
  }

  expire(): void {
    this.wake();
  }

  private wake(): void {
    this.thread ??= createKernelThread(this.kernel, this.threadName, this);
    this.kernel.scheduler.wake(this.thread);
  }

  /** That of a worker for work that is bound to no hart. */
  private get threadName(): string {
    return `kworker/u${this.kernel.arch.harts * 2}:0`;
  }

  run(): void {
    const { kernel, thread } = this;
    const { current } = kernel;
    if (thread?.writes && thread.writes.pending > 0) this.sleep(thread, thread.writes);
    else {
      if (thread) thread.writes = undefined;
      kernel.current = thread;
      this.storeDue();
      kernel.current = current;
      if (thread?.writes && thread.writes.pending > 0) this.sleep(thread, thread.writes);
    }
  }

  /** Until what it has begun to store is done; then it looks again. */
  private sleep(thread: Task, writes: LateWrites): void {
    block(thread, writes.queue, { isUninterruptible: true, isIo: true, channel: 'io_schedule' });
  }

  private storeDue(): void {
    const now = this.kernel.clock.monotonicNs();
    const { account } = this.kernel.frames;
    const expired = now - this.expireCentiseconds * NS_PER_CENTISECOND;
    const last = account.written + PAGES_AT_A_TIME;
    for (const [file, since] of [...account.dirtyFiles]) {
      if (since > expired && account.dirty <= this.backgroundPages) break;
      if (account.written >= last) {
        this.wake();
        return;
      }
      this.store(file);
    }
    this.storeTimes(now);
    for (const [fs, due] of [...this.metadata]) {
      if (due > now) continue;
      this.metadata.delete(fs);
      this.noteDevice(fs.device);
      bestEffort(() => fs.writeBack?.());
    }
    this.armNext(now);
  }

  private throttle(pages: number): void {
    const { current } = this.kernel;
    const before = current?.writes;
    this.storeUntil(pages);
    if (before === undefined && current?.writes) current.writes.isThrottle = true;
  }

  /** Pages of those files go first that have been dirty for longest. */
  private storeUntil(pages: number): void {
    const { account } = this.kernel.frames;
    for (const file of [...account.dirtyFiles.keys()]) {
      if (account.dirty <= pages) return;
      this.store(file);
    }
  }

  private storeTimes(now: Ns): void {
    const expired = now - this.timesExpireSeconds * NS_PER_SECOND;
    for (const [fs, since] of [...this.times]) {
      if (since > expired || this.timesExpireSeconds === 0) continue;
      this.times.delete(fs);
      this.noteDevice(fs.device);
      bestEffort(() => {
        fs.storeTimes?.();
        fs.writeBack?.();
      });
    }
  }

  /** What could not be stored fsync(2) tells. */
  private store(file: PageCache): void {
    this.noteDevice(file.owner.fs?.device ?? 0);
    bestEffort(() => file.sync());
  }

  /** As ps shows it: the worker's name, and what it did last. */
  private noteDevice(device: number): void {
    if (this.thread)
      this.thread.name = `${this.threadName}-flush-${deviceMajor(device)}:${deviceMinor(device)}`;
  }

  private armNext(now: Ns): void {
    for (const due of this.metadata.values()) this.arm(due);
    if (this.timesExpireSeconds > 0)
      for (const since of this.times.values())
        this.arm(since + this.timesExpireSeconds * NS_PER_SECOND);
    if (this.periodCentiseconds === 0) return;
    const [oldest] = this.kernel.frames.account.dirtyFiles.values();
    if (oldest === undefined) return;
    const due = oldest + this.expireCentiseconds * NS_PER_CENTISECOND;
    this.arm(Math.max(due, now + this.periodCentiseconds * NS_PER_CENTISECOND));
  }

  private arm(deadline: Ns): void {
    if (this.timer.isArmed && this.timer.deadlineNs <= deadline) return;
    this.kernel.timers.arm(this.timer, deadline);
  }
}
