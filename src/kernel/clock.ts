/** Kernel time. Nanoseconds since boot as a number: exact to 104 days at 1 ns, which is more than a session. */
import type { Timestamp } from '../fs/inode.ts';
import type { Arch } from './arch/arch.ts';

/** Nanoseconds: since boot (monotonic), or a duration. */
export type Ns = number;

export const NS_PER_SECOND = 1_000_000_000;

/** struct timezone. */
export interface TimeZone {
  readonly minutesWest: number;
  readonly daylightSaving: number;
}

const TWO_32 = 2 ** 32;

export class Clock {
  private readonly arch: Arch;
  /** Wall-clock seconds and nanoseconds since 1970 at boot, had its rate always been what it is now. */
  private bootSeconds = 0;
  private bootNanoseconds = 0;
  /** How much faster than the machine's clock the wall clock goes, in 2^-32: adjtimex(2). The monotonic clock is never slewed. */
  rate = 0;
  /** Since when. */
  private steeredAtNs: Ns = 0;
  /** What settimeofday(2) was told; undefined before it was told anything. Nothing here depends on it. */
  zone: TimeZone | undefined;

  constructor(arch: Arch) {
    this.arch = arch;
  }

  /** CLOCK_MONOTONIC and CLOCK_BOOTTIME: the machine never suspends. */
  monotonicNs(): Ns {
    return this.arch.timeNs();
  }

  /** CLOCK_REALTIME. */
  realtime(): Timestamp {
    return this.realtimeAt(this.monotonicNs());
  }

  /** Wall-clock time at a monotonic instant. */
  realtimeAt(monotonicNs: Ns): Timestamp {
    const total = this.bootNanoseconds + monotonicNs + this.gained(monotonicNs);
    const carry = Math.floor(total / NS_PER_SECOND);
    return {
      seconds: this.bootSeconds + carry,
      nanoseconds: Math.floor(total - carry * NS_PER_SECOND),
    };
  }

  /** Seconds since 1970 at boot: btime of /proc/stat. */
  get bootTimeSeconds(): number {
    return this.bootSeconds;
  }

  /** Set the wall clock; the RTC driver at boot, clock_settime later. */
  setRealtime(time: Timestamp): void {
    const now = this.monotonicNs();
    this.steeredAtNs = now;
    this.startFrom(time.seconds, time.nanoseconds - now);
  }

  /** From now on the wall clock goes faster by `rate`, in 2^-32, or slower. It does not jump. */
  steer(rate: number): void {
    const now = this.monotonicNs();
    this.startFrom(this.bootSeconds, this.bootNanoseconds + this.gained(now));
    this.steeredAtNs = now;
    this.rate = rate;
  }

  /** As vdso.S has it. */
  private gained(monotonicNs: Ns): Ns {
    return this.rate === 0
      ? 0
      : Math.floor(((monotonicNs - this.steeredAtNs) * this.rate) / TWO_32);
  }

  private startFrom(seconds: number, nanoseconds: number): void {
    const carry = Math.floor(nanoseconds / NS_PER_SECOND);
    this.bootSeconds = seconds + carry;
    this.bootNanoseconds = nanoseconds - carry * NS_PER_SECOND;
  }

  /** Monotonic instant at which the wall clock shows `time`. */
  monotonicOf(time: Timestamp): Ns {
    const ns =
      (time.seconds - this.bootSeconds) * NS_PER_SECOND + time.nanoseconds - this.bootNanoseconds;
    if (this.rate === 0) return ns;
    const rate = this.rate / TWO_32;
    return Math.ceil((ns + this.steeredAtNs * rate) / (1 + rate));
  }
}
