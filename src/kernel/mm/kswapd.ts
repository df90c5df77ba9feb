/**
 * kswapd: a thread of the kernel that makes room when free memory falls to the low watermark, until it is at the high one: so that who
 * needs memory finds it. Linux: kswapd of mm/vmscan.c.
 */
import type { Kernel } from '../kernel.ts';
import { createKernelThread, type KernelWork } from '../kernel-thread.ts';
import type { Task } from '../task.ts';
import { Timer, type TimerTarget } from '../timer.ts';
import type { FrameWatcher } from './frame-allocator.ts';

/** Frames after which others may run. */
const FRAMES_AT_A_TIME = 512;
/** Linux: it dozes for so long before it sleeps. */
const DOZE_NS = 1e8;

export class Kswapd implements KernelWork, TimerTarget, FrameWatcher {
  /** Times that it was woken: pageoutrun. */
  runs = 0;
  /** Times that memory was low, or less than high, again within 0.1 s: kswapd_low_wmark_hit_quickly, kswapd_high_wmark_hit_quickly. */
  lowHitQuickly = 0;
  highHitQuickly = 0;
  /** It has found nothing: it is not woken again until somebody else has. */
  isHopeless = false;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'kswapd');
  private thread: Task | undefined = undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.frames.watcher = this;
    this.watch();
  }

  /** Make the thread, asleep. */
  start(): Task {
    return (this.thread ??= createKernelThread(this.kernel, 'kswapd0', this));
  }

  /** A watermark was moved, or there is something to find again. */
  watch(): void {
    const { frames, watermarks } = this.kernel;
    this.isHopeless = false;
    frames.reserve = watermarks.min;
    frames.alarm = watermarks.low;
  }

  /** Free memory is low. Until it is at the high watermark, only who meets the lowest one is told. */
  fellLow(): void {
    const { frames, watermarks, scheduler } = this.kernel;
    if (frames.alarm === watermarks.min) return;
    frames.alarm = watermarks.min;
    if (this.timer.isArmed) {
      this.kernel.timers.disarm(this.timer);
      this.lowHitQuickly++;
    }
    this.runs++;
    scheduler.wake(this.start());
  }

  run(): void {
    const { frames, watermarks, reclaim, clock, timers, scheduler } = this.kernel;
    const missing = watermarks.high - frames.free;
    if (missing > 0) {
      const wanted = Math.min(missing, FRAMES_AT_A_TIME);
      this.isHopeless = !reclaim.inBackground(wanted);
      if (this.isHopeless) return;
      if (frames.free < watermarks.high) {
        scheduler.wake(this.start());
        return;
      }
    }
    this.watch();
    timers.arm(this.timer, clock.monotonicNs() + DOZE_NS);
  }

  /** It has dozed; now it sleeps, if there is still enough. */
  expire(): void {
    const { frames, watermarks } = this.kernel;
    if (frames.free >= watermarks.high) return;
    this.highHitQuickly++;
    frames.alarm = watermarks.min;
    this.kernel.scheduler.wake(this.start());
  }
}
