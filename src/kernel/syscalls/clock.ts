/** clock_gettime(2) and its family, gettimeofday(2), nanosleep(2), times(2). */
import { EINVAL, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_COARSE,
  CLOCK_THREAD_CPUTIME_ID,
  TIMER_ABSTIME,
  Tms,
  USER_HZ,
} from '../../abi/time.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import { NS_PER_SECOND, type Ns } from '../clock.ts';
import { CAP_SYS_TIME } from '../credentials.ts';
import type { Task } from '../task.ts';
import {
  readTimespec,
  readTimestamp,
  readTimeval,
  writeTimespec,
  writeTimestamp,
} from '../timespec.ts';

const CLOCK_TAI = 11;
const MONOTONIC: ReadonlySet<number> = new Set([
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_RAW,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_BOOTTIME,
]);
const REALTIME: ReadonlySet<number> = new Set([CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_TAI]);

function taskTime(task: Task): Ns {
  return task.utimeNs + task.stimeNs + task.kernel.scheduler.unchargedNs(task);
}

/** CPU time of a clock id made from a pid (clock_getcpuclockid): ~pid << 3 | type, bit 2 for a thread. */
function cpuTime(task: Task, clock: number): Ns {
  const { scheduler } = task.kernel;
  if (clock === CLOCK_THREAD_CPUTIME_ID) return taskTime(task);
  const pid = clock < 0 ? ~(clock >> 3) : 0;
  const isThread = clock < 0 && (clock & 4) !== 0;
  const target = pid === 0 ? task : task.kernel.pids.task(pid);
  if (!target) throw fail(EINVAL, `clock of process ${pid}`);
  if (isThread) return taskTime(target);
  const { utimeNs, stimeNs } = target.process.usage;
  return utimeNs + stimeNs + (target.process === task.process ? scheduler.unchargedNs(task) : 0);
}

/** clock_gettime(2). Errors: EFAULT, EINVAL. */
export function clockGettime(task: Task, clock: number, address: number): number {
  const kernelClock = task.kernel.clock;
  if (MONOTONIC.has(clock)) writeTimespec(task, address, kernelClock.monotonicNs());
  else if (REALTIME.has(clock)) writeTimestamp(task, address, kernelClock.realtime());
  else if (clock < 0 || clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_THREAD_CPUTIME_ID)
    writeTimespec(task, address, cpuTime(task, clock));
  else throw fail(EINVAL, `clock ${clock}`);
  return 0;
}

/** clock_settime(2). Errors: EFAULT, EINVAL, EPERM. */
export function clockSettime(task: Task, clock: number, address: number): number {
  if (clock !== CLOCK_REALTIME) throw fail(EINVAL, `clock ${clock}`);
  const time = readTimestamp(task, address);
  if (!task.process.credentials.hasCapability(CAP_SYS_TIME)) throw fail(EPERM, 'CAP_SYS_TIME');
  task.kernel.setRealtime(time);
  return 0;
}

export function clockGetres(task: Task, clock: number, address: number): number {
  const isKnown =
    MONOTONIC.has(clock) ||
    REALTIME.has(clock) ||
    clock < 0 ||
    clock === CLOCK_PROCESS_CPUTIME_ID ||
    clock === CLOCK_THREAD_CPUTIME_ID;
  if (!isKnown) throw fail(EINVAL, `clock ${clock}`);
  const isCoarse = clock === CLOCK_REALTIME_COARSE || clock === CLOCK_MONOTONIC_COARSE;
  if (address !== 0) writeTimespec(task, address, isCoarse ? 4_000_000 : 1);
  return 0;
}

/** gettimeofday(2): the time zone is always UTC. */
export function gettimeofday(task: Task, timeval: number, zone: number): number {
  const { seconds, nanoseconds } = task.kernel.clock.realtime();
  if (timeval !== 0)
    writeTimestamp(task, timeval, { seconds, nanoseconds: Math.floor(nanoseconds / 1000) });
  if (zone !== 0) task.memory.writeU64(zone, 0);
  return 0;
}

export function settimeofday(task: Task, timeval: number, _zone: number): number {
  if (!task.process.credentials.hasCapability(CAP_SYS_TIME)) throw fail(EPERM, 'CAP_SYS_TIME');
  if (timeval === 0) return 0;
  const ns = readTimeval(task, timeval);
  const seconds = Math.floor(ns / NS_PER_SECOND);
  task.kernel.setRealtime({ seconds, nanoseconds: ns - seconds * NS_PER_SECOND });
  return 0;
}

/** Sleep until the call's deadline; remaining time is written when a handler ends it. */
function sleepUntil(task: Task, deadlineNs: Ns, remaining: number): Result {
  const { call } = task;
  const left = deadlineNs - task.kernel.clock.monotonicNs();
  if (call.timedOut || left <= 0) return 0;
  call.restart = 'restart_block';
  if (remaining !== 0 && call.isRestarted) writeTimespec(task, remaining, Math.max(0, left));
  return block(task, new WaitQueue(), { deadlineNs, channel: 'hrtimer_nanosleep' });
}

/** nanosleep(2). Errors: EFAULT, EINTR, EINVAL. */
export function nanosleep(task: Task, request: number, remaining: number): Result {
  const { call } = task;
  call.deadlineNs ??= task.kernel.clock.monotonicNs() + readTimespec(task, request);
  return sleepUntil(task, call.deadlineNs, remaining);
}

/** clock_nanosleep(2). Errors: EFAULT, EINTR, EINVAL, EOPNOTSUPP. */
export function clockNanosleep(
  task: Task,
  clock: number,
  flags: number,
  request: number,
  remaining: number,
): Result {
  const isRealtime = REALTIME.has(clock);
  if (clock === CLOCK_THREAD_CPUTIME_ID) throw fail(EINVAL, 'clock of the thread itself');
  if (!isRealtime && clock !== CLOCK_MONOTONIC && clock !== CLOCK_BOOTTIME)
    throw fail(EOPNOTSUPP, `sleep on clock ${clock}`);
  const { call, kernel } = task;
  if ((flags & TIMER_ABSTIME) === 0) return nanosleep(task, request, remaining);
  call.deadlineNs ??= isRealtime
    ? kernel.clock.monotonicOf(readTimestamp(task, request))
    : readTimespec(task, request);
  const result = sleepUntil(task, call.deadlineNs, 0);
  call.restart = 'nohand';
  return result;
}

/** times(2): clock ticks since boot. */
export function times(task: Task, address: number): number {
  const ticks = (ns: Ns) => Math.floor((ns * USER_HZ) / NS_PER_SECOND);
  const { usage, childrenUsage } = task.process;
  if (address !== 0)
    task.memory.write(Tms, address, {
      tms_utime: ticks(usage.utimeNs),
      tms_stime: ticks(usage.stimeNs),
      tms_cutime: ticks(childrenUsage.utimeNs),
      tms_cstime: ticks(childrenUsage.stimeNs),
    });
  return ticks(task.kernel.clock.monotonicNs());
}
