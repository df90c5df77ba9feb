/** Kernel time. Nanoseconds since boot as a number: exact to 104 days at 1 ns, which is more than a session. */
import type { Timestamp } from '../fs/inode.ts';
import type { Arch } from './arch/arch.ts';

/** Nanoseconds: since boot (monotonic), or a duration. */
export type Ns = number;

export const NS_PER_SECOND = 1_000_000_000;

/** What adjtimex(2) keeps for whoever disciplines the clock. STA_UNSYNC until then. */
export class ClockDiscipline {
  status = 0x40;
  maxerror = 16_000_000;
  esterror = 16_000_000;
  constant = 2;
  tai = 0;
}

export class Clock {
  private readonly arch: Arch;
  /** Wall-clock seconds and nanoseconds since 1970 at boot: changed by clock_settime only. */
  private bootSeconds = 0;
  private bootNanoseconds = 0;

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
    const total = this.bootNanoseconds + monotonicNs;
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
    const total = time.nanoseconds - now;
    const carry = Math.floor(total / NS_PER_SECOND);
    this.bootSeconds = time.seconds + carry;
    this.bootNanoseconds = total - carry * NS_PER_SECOND;
  }

  /** Monotonic instant at which the wall clock shows `time`. */
  monotonicOf(time: Timestamp): Ns {
    return (
      (time.seconds - this.bootSeconds) * NS_PER_SECOND + time.nanoseconds - this.bootNanoseconds
    );
  }
}
