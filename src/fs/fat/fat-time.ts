/** Times on a FAT: local time of no zone in 2 s, a byte of 10 ms for the creation, dates for access. Specification, section 6.3. */
import type { Timestamp } from '../inode.ts';

const DAY_SECONDS = 86_400;
/** 1980-01-01 and 2107-12-31T23:59:58. */
const FIRST = 315_532_800;
const LAST = 4_354_819_198;

function clamp(seconds: number): number {
  return Math.min(LAST, Math.max(FIRST, seconds));
}

export interface PackedTime {
  date: number;
  time: number;
  /** 0 to 199: what the time leaves out. */
  hundredths: number;
}

/** `offset` is what local time is ahead of UTC, in seconds. */
export function packTime({ seconds, nanoseconds }: Timestamp, offset: number): PackedTime {
  const local = clamp(seconds + offset);
  const moment = new Date(local * 1000);
  const year = moment.getUTCFullYear() - 1980;
  const second = moment.getUTCSeconds();
  return {
    date: (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (second >>> 1),
    hundredths: (second & 1) * 100 + Math.floor(nanoseconds / 10_000_000),
  };
}

/** What is out of range (month 0, day 0) counts as the next that is not. */
export function unpackTime(
  date: number,
  time: number,
  hundredths: number,
  offset: number,
): Timestamp {
  const month = Math.max(1, (date >>> 5) & 15);
  const day = Math.max(1, date & 31);
  const days = Date.UTC(1980 + (date >>> 9), month - 1, day) / 1000;
  const seconds = (time >>> 11) * 3600 + ((time >>> 5) & 63) * 60 + (time & 31) * 2;
  const extra = Math.min(199, hundredths);
  return {
    seconds: days + seconds + Math.floor(extra / 100) - offset,
    nanoseconds: (extra % 100) * 10_000_000,
  };
}

/** As it will be read back as a modification time. */
export function roundModified({ seconds }: Timestamp, offset: number): Timestamp {
  return { seconds: Math.floor(clamp(seconds + offset) / 2) * 2 - offset, nanoseconds: 0 };
}

/** As it will be read back as an access date. */
export function roundAccessed({ seconds }: Timestamp, offset: number): Timestamp {
  const local = clamp(seconds + offset);
  return { seconds: local - (local % DAY_SECONDS) - offset, nanoseconds: 0 };
}

/** As it will be read back as a creation time. */
export function roundCreated({ seconds, nanoseconds }: Timestamp, offset: number): Timestamp {
  const rest = nanoseconds % 10_000_000;
  return { seconds: clamp(seconds + offset) - offset, nanoseconds: nanoseconds - rest };
}
