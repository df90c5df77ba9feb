/** Time types of 64-bit riscv: linux/time.h, linux/time_types.h. */
import { layout } from '../lib/layout.ts';

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_PROCESS_CPUTIME_ID = 2;
export const CLOCK_THREAD_CPUTIME_ID = 3;
export const CLOCK_MONOTONIC_RAW = 4;
export const CLOCK_REALTIME_COARSE = 5;
export const CLOCK_MONOTONIC_COARSE = 6;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_REALTIME_ALARM = 8;
export const CLOCK_BOOTTIME_ALARM = 9;
export const TIMER_ABSTIME = 1;
export const ITIMER_REAL = 0;
export const ITIMER_VIRTUAL = 1;
export const ITIMER_PROF = 2;
export const UTIME_NOW = 0x3fff_ffff;
export const UTIME_OMIT = 0x3fff_fffe;

export const Timespec = layout({ tv_sec: 'i64', tv_nsec: 'i64' });
export const Timeval = layout({ tv_sec: 'i64', tv_usec: 'i64' });
export const Itimerval = layout({
  it_interval_sec: 'i64',
  it_interval_usec: 'i64',
  it_value_sec: 'i64',
  it_value_usec: 'i64',
});
/** struct tms, in clock ticks of 1/100 s (USER_HZ). */
export const Tms = layout({
  tms_utime: 'i64',
  tms_stime: 'i64',
  tms_cutime: 'i64',
  tms_cstime: 'i64',
});
export const USER_HZ = 100;
