/** The time that the machine sees: of the host, or a function of retired instructions (deterministic mode). */

/** mtime ticks per second: timebase-frequency of the device tree; the value of QEMU's virt machine. */
export const TIMEBASE_HZ = 10_000_000;
const TICKS_PER_MS = TIMEBASE_HZ / 1000;
export const NS_PER_TICK = 1e9 / TIMEBASE_HZ;
/** The global of this name is a getter in Node, which takes longer than to read the clock. */
const HOST = performance;

export interface Clock {
  /** Ticks since reset; a whole number that never falls. */
  now(): number;
  /** Let virtual time pass; nothing in real time. */
  charge(ns: number): void;
  /** The machine stands still: real time stops for it until resume(). */
  pause(): void;
  resume(): void;
  /** State of the clock, for restore() in another process: time goes on from there. */
  save(): number;
  restore(saved: number): void;
  /** Sleep is over: virtual time is now at least `ticks`. Nothing in real time. */
  advanceTo(ticks: number): void;
  /** Whether time passes only with instructions, charges and advances. */
  readonly isVirtual: boolean;
  /** Ticks at which the first of the devices that work in virtual time has something done; Infinity for never. */
  alarm: number;
}

export class HostClock implements Clock {
  readonly isVirtual = false;
  alarm = Infinity;
  /** performance.now() at reset: one number for all threads, whose performance.now() have one epoch. */
  readonly epoch: Float64Array;
  /** When the clock was stopped; undefined while it runs. */
  private pausedAt: number | undefined;

  /** `epoch`: of the clock of another thread of the machine. */
  constructor(epoch?: Float64Array) {
    this.epoch = epoch ?? new Float64Array(new SharedArrayBuffer(8)).fill(HOST.now());
  }

  private get start(): number {
    return this.epoch[0] as number;
  }

  now(): number {
    return Math.floor(((this.pausedAt ?? HOST.now()) - this.start) * TICKS_PER_MS);
  }

  pause(): void {
    this.pausedAt ??= HOST.now();
  }

  resume(): void {
    if (this.pausedAt === undefined) return;
    this.epoch[0] = this.start + HOST.now() - this.pausedAt;
    this.pausedAt = undefined;
  }

  /** Ticks. */
  save(): number {
    return this.now();
  }

  restore(saved: number): void {
    this.epoch[0] = (this.pausedAt ?? HOST.now()) - saved / TICKS_PER_MS;
  }

  charge(): void {
    // The host's time passes by itself.
  }

  advanceTo(): void {
    // As charge.
  }
}

/** One instruction is one nanosecond. */
export class VirtualClock implements Clock {
  readonly isVirtual = true;
  alarm = Infinity;
  private readonly retired: () => number;
  /** Nanoseconds beside those of instructions. */
  private extraNs = 0;

  /** `retired` gives the instructions that all harts have retired. */
  constructor(retired: () => number) {
    this.retired = retired;
  }

  now(): number {
    return Math.floor((this.retired() + this.extraNs) / NS_PER_TICK);
  }

  charge(ns: number): void {
    this.extraNs += ns;
  }

  save(): number {
    return this.extraNs;
  }

  restore(saved: number): void {
    this.extraNs = saved;
  }

  pause(): void {
    // No instruction, no time.
  }

  resume(): void {
    // As pause.
  }

  advanceTo(ticks: number): void {
    this.extraNs = Math.max(this.extraNs, ticks * NS_PER_TICK - this.retired());
  }

  /** Instructions until now() reaches `ticks`; at least 0. */
  instructionsUntil(ticks: number): number {
    return Math.max(0, Math.ceil(ticks * NS_PER_TICK - this.extraNs - this.retired()));
  }
}
