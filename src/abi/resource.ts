/** Resource limits and usage: asm-generic/resource.h, linux/resource.h, linux/wait.h. */
import { layout } from '../lib/layout.ts';

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_LOCKS = 10;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIMIT_RTTIME = 15;
export const RLIM_NLIMITS = 16;
/** RLIM_INFINITY is 2^64-1 in memory; Infinity in our tables. */
export const Rlimit = layout({ rlim_cur: 'u64', rlim_max: 'u64' });

export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_THREAD = 1;
export const Rusage = layout({
  ru_utime_sec: 'i64',
  ru_utime_usec: 'i64',
  ru_stime_sec: 'i64',
  ru_stime_usec: 'i64',
  ru_maxrss: 'i64',
  ru_ixrss: 'i64',
  ru_idrss: 'i64',
  ru_isrss: 'i64',
  ru_minflt: 'i64',
  ru_majflt: 'i64',
  ru_nswap: 'i64',
  ru_inblock: 'i64',
  ru_oublock: 'i64',
  ru_msgsnd: 'i64',
  ru_msgrcv: 'i64',
  ru_nsignals: 'i64',
  ru_nvcsw: 'i64',
  ru_nivcsw: 'i64',
});

export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WSTOPPED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x0100_0000;
export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;
