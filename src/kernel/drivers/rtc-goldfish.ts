/** Goldfish real-time clock: nanoseconds since 1970 in two registers. */
import type { File } from '../../fs/file.ts';
import type { Timestamp } from '../../fs/inode.ts';
import type { Platform } from '../../platform/platform.ts';

/** Reading the low word latches the high one. */
const TIME_LOW = 0;
const TIME_HIGH = 4;
const NS_PER_SECOND = 1_000_000_000n;

export class GoldfishRtc {
  private readonly platform: Platform;
  private readonly base: number;
  /** Who has /dev/rtc0 open. */
  owner: File | undefined = undefined;

  constructor(platform: Platform, base: number) {
    this.platform = platform;
    this.base = base;
  }

  /** Seconds since 1970. */
  set(seconds: number): void {
    const ns = BigInt(seconds) * NS_PER_SECOND;
    this.platform.writeMmio(this.base + TIME_HIGH, 4, Number(ns >> 32n));
    this.platform.writeMmio(this.base + TIME_LOW, 4, Number(ns & 0xffff_ffffn) | 0);
  }

  now(): Timestamp {
    const low = this.platform.readMmio(this.base + TIME_LOW, 4) >>> 0;
    const high = this.platform.readMmio(this.base + TIME_HIGH, 4) >>> 0;
    const ns = (BigInt(high) << 32n) | BigInt(low);
    return { seconds: Number(ns / NS_PER_SECOND), nanoseconds: Number(ns % NS_PER_SECOND) };
  }
}
