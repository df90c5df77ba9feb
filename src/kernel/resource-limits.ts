/** Resource limits of a process: getrlimit(2). Defaults of include/asm-generic/resource.h and a usual distribution. */
import {
  RLIM_NLIMITS,
  RLIMIT_CORE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RTPRIO,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
} from '../abi/resource.ts';

/** Infinity is RLIM_INFINITY. Replaced, never changed in place: copies share the pairs. */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
  /** What was set, where the numbers are not exact: it is given back so. */
  readonly exact?: { readonly soft: bigint; readonly hard: bigint };
}

const UNLIMITED: Limit = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };

export function defaultLimits(): Limit[] {
  const limits = new Array<Limit>(RLIM_NLIMITS).fill(UNLIMITED);
  limits[RLIMIT_STACK] = { soft: 8 * 1024 * 1024, hard: Number.POSITIVE_INFINITY };
  limits[RLIMIT_CORE] = { soft: 0, hard: Number.POSITIVE_INFINITY };
  limits[RLIMIT_NPROC] = { soft: 4096, hard: 4096 };
  limits[RLIMIT_NOFILE] = { soft: 1024, hard: 4096 };
  limits[RLIMIT_MEMLOCK] = { soft: 8 * 1024 * 1024, hard: 8 * 1024 * 1024 };
  limits[RLIMIT_SIGPENDING] = { soft: 4096, hard: 4096 };
  limits[RLIMIT_MSGQUEUE] = { soft: 819200, hard: 819200 };
  limits[RLIMIT_NICE] = { soft: 0, hard: 0 };
  limits[RLIMIT_RTPRIO] = { soft: 0, hard: 0 };
  return limits;
}
