/**
 * What disciplines the wall clock: adjtimex(2). Linux: kernel/time/ntp.c, the phase-locked loop of RFC 5905 in nanoseconds per second.
 * While an offset is worked off, each second has a rate of its own.
 */
import { NS_PER_SECOND, type Ns } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { Timer, type TimerTarget } from './timer.ts';

export const STA_PLL = 1;
export const STA_FLL = 8;
export const STA_UNSYNC = 0x40;
const STA_FREQHOLD = 0x80;
const STA_MODE = 0x4000;

/** NTP_PHASE_LIMIT, microseconds: an error that is as good as not known. */
export const PHASE_LIMIT_US = 16_000_000;
/** MAXPHASE. */
const MAX_PHASE_NS = 500_000_000;
/** MAXFREQ: 500 ppm. */
const MAX_FREQUENCY_NS = 500_000;
/** By which the estimated error grows each second. */
const DRIFT_US = 500;
/** MAX_TICKADJ: what adjtime(3) works off in a second. */
const MAX_TICK_ADJUST_US = 500;
const SHIFT_PLL = 2;
/** Seconds between two updates at which the frequency-locked loop is used: SHIFT_FLL, MINSEC, MAXSEC. */
const SHIFT_FLL = 2;
const MIN_SECONDS = 256;
const MAX_SECONDS = 2048;
const TICK_US = 10_000;
const TICKS_PER_SECOND = 100;
const TWO_32 = 2 ** 32;

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

export class ClockDiscipline implements TimerTarget {
  status = STA_UNSYNC;
  esterror = PHASE_LIMIT_US;
  constant = 2;
  tai = 0;
  /** Microseconds of a tick of 10 ms: ADJ_TICK. */
  tick = TICK_US;
  /** Nanoseconds per second: ADJ_FREQUENCY. */
  frequencyNs = 0;
  /** To be worked off by the loop: ADJ_OFFSET. */
  offsetNs: Ns = 0;
  /** To be worked off at a constant rate: adjtime(3). Microseconds. */
  adjust = 0;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'ntp');
  /** As of `errorAtNs`. */
  private error = PHASE_LIMIT_US;
  private errorAtNs: Ns = 0;
  /** Of the wall clock, of the last ADJ_OFFSET. */
  private referenceSeconds = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Microseconds: it grows by itself, and when it is too large the clock counts as not synchronized. */
  get maxerror(): number {
    const seconds = Math.floor((this.kernel.clock.monotonicNs() - this.errorAtNs) / NS_PER_SECOND);
    this.errorAtNs += seconds * NS_PER_SECOND;
    this.error += seconds * DRIFT_US;
    if (this.error > PHASE_LIMIT_US) {
      this.error = PHASE_LIMIT_US;
      this.status |= STA_UNSYNC;
    }
    return this.error;
  }

  set maxerror(microseconds: number) {
    this.error = microseconds;
    this.errorAtNs = this.kernel.clock.monotonicNs();
  }

  /** The clock was set: what was to be worked off is forgotten. Linux: ntp_clear. */
  clear(): void {
    this.adjust = 0;
    this.offsetNs = 0;
    this.status |= STA_UNSYNC;
    this.maxerror = this.esterror = PHASE_LIMIT_US;
    this.retune();
  }

  /** The loop begins anew with an update. */
  begin(): void {
    this.referenceSeconds = this.kernel.clock.realtime().seconds;
  }

  /** ADJ_OFFSET. Linux: ntp_update_offset. */
  update(offsetNs: Ns): void {
    if ((this.status & STA_PLL) === 0) return;
    const offset = clamp(offsetNs, MAX_PHASE_NS);
    const now = this.kernel.clock.realtime().seconds;
    const passed = (this.status & STA_FREQHOLD) === 0 ? now - this.referenceSeconds : 0;
    this.referenceSeconds = now;
    const frequency =
      this.frequencyNs + this.lockFrequency(offset, passed) + this.lockPhase(offset, passed);
    this.frequencyNs = clamp(frequency, MAX_FREQUENCY_NS);
    this.offsetNs = offset;
  }

  private lockFrequency(offset: Ns, seconds: number): number {
    this.status &= ~STA_MODE;
    const isLong = seconds > MAX_SECONDS || (this.status & STA_FLL) !== 0;
    if (seconds < MIN_SECONDS || !isLong) return 0;
    this.status |= STA_MODE;
    return offset / 2 ** SHIFT_FLL / seconds;
  }

  private lockPhase(offset: Ns, seconds: number): number {
    const most = 2 ** (SHIFT_PLL + 1 + this.constant);
    return (offset * Math.min(seconds, most)) / 2 ** (2 * (SHIFT_PLL + 2 + this.constant));
  }

  /** ADJ_FREQUENCY. */
  setFrequency(nsPerSecond: number): void {
    this.frequencyNs = clamp(nsPerSecond, MAX_FREQUENCY_NS);
  }

  /** Something has changed: the rate of now, and a new one each second while there is an offset. */
  retune(): void {
    const { kernel } = this;
    const isBusy = this.offsetNs !== 0 || this.adjust !== 0;
    if (!isBusy) kernel.timers.disarm(this.timer);
    else if (!this.timer.isArmed)
      kernel.timers.arm(this.timer, kernel.clock.monotonicNs() + NS_PER_SECOND);
    if (!this.timer.isArmed) this.steer(0);
  }

  /** A second is over. Linux: second_overflow. */
  expire(): void {
    const { kernel } = this;
    const part = this.offsetNs / 2 ** (SHIFT_PLL + this.constant);
    this.offsetNs = Math.abs(this.offsetNs) < 1 ? 0 : this.offsetNs - part;
    const adjusted = clamp(this.adjust, MAX_TICK_ADJUST_US);
    this.adjust -= adjusted;
    const extra = part + adjusted * 1000;
    this.steer(extra);
    // Once more when nothing is left, for the rate without it.
    if (extra !== 0) kernel.timers.arm(this.timer, kernel.clock.monotonicNs() + NS_PER_SECOND);
  }

  private steer(extraNs: number): void {
    const tickNs = (this.tick - TICK_US) * TICKS_PER_SECOND * 1000;
    const perSecond = tickNs + this.frequencyNs + extraNs;
    this.kernel.steerClock(Math.round((perSecond / NS_PER_SECOND) * TWO_32));
  }
}
