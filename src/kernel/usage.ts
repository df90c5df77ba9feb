/** struct rusage from the kernel's counts: getrusage(2). */
import type { Usage } from './process.ts';

export function rusageOf(usage: Omit<Usage, 'add'>) {
  return {
    ru_utime_sec: Math.floor(usage.utimeNs / 1e9),
    ru_utime_usec: Math.floor((usage.utimeNs % 1e9) / 1000),
    ru_stime_sec: Math.floor(usage.stimeNs / 1e9),
    ru_stime_usec: Math.floor((usage.stimeNs % 1e9) / 1000),
    ru_maxrss: Math.floor(usage.maxRss / 1024),
    ru_minflt: usage.minorFaults,
    ru_majflt: usage.majorFaults,
    ru_nvcsw: usage.voluntarySwitches,
    ru_nivcsw: usage.involuntarySwitches,
  };
}
