/** clock_gettime(2) and its family, gettimeofday(2), nanosleep(2), times(2). */
import { EINVAL, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME,
  CLOCK_REALTIME_COARSE,
  CLOCK_THREAD_CPUTIME_ID,
  TIMER_ABSTIME,
  Tms,
  USER_HZ,
} from '../../abi/time.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import { NS_PER_SECOND, type Ns, type TimeZone } from '../clock.ts';
import {
  type CpuAlarm,
  type CpuClock,
  cpuClockOf,
  isCpuClock,
  readCpuClock,
} from '../cpu-clock.ts';
import { CAP_SYS_TIME } from '../credentials.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import {
  readTimespec,
  readTimestamp,
  readTimeval,
  writeTimespec,
  writeTimestamp,
} from '../timespec.ts';

const CLOCK_TAI = 11;
const MOST_MINUTES_WEST = 15 * 60;
const MONOTONIC: ReadonlySet<number> = new Set([
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_RAW,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_BOOTTIME,
]);
const REALTIME: ReadonlySet<number> = new Set([CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_TAI]);

/** clock_gettime(2). Errors: EFAULT, EINVAL. */
export function clockGettime(task: Task, clock: number, address: number): number {
  const kernelClock = task.kernel.clock;
  if (MONOTONIC.has(clock)) writeTimespec(task, address, kernelClock.monotonicNs());
  else if (REALTIME.has(clock)) writeTimestamp(task, address, kernelClock.realtime());
  else if (isCpuClock(clock)) writeTimespec(task, address, readCpuClock(cpuClockOf(task, clock)));
  else throw fail(EINVAL, `clock ${clock}`);
  return 0;
}

/** clock_settime(2). Errors: EFAULT, EINVAL, EPERM. */
export function clockSettime(task: Task, clock: number, address: number): number {
  if (clock < 0) throw fail(EPERM, 'CPU time is what it is');
  if (clock !== CLOCK_REALTIME) throw fail(EINVAL, `clock ${clock}`);
  const time = readTimestamp(task, address);
  if (!task.credentials.hasCapability(CAP_SYS_TIME)) throw fail(EPERM, 'CAP_SYS_TIME');
  task.kernel.setRealtime(time);
  return 0;
}

export function clockGetres(task: Task, clock: number, address: number): number {
  if (isCpuClock(clock)) cpuClockOf(task, clock);
  else if (!MONOTONIC.has(clock) && !REALTIME.has(clock)) throw fail(EINVAL, `clock ${clock}`);
  const isCoarse = clock === CLOCK_REALTIME_COARSE || clock === CLOCK_MONOTONIC_COARSE;
  if (address !== 0) writeTimespec(task, address, isCoarse ? 4_000_000 : 1);
  return 0;
}

/** gettimeofday(2). Errors: EFAULT. */
export function gettimeofday(task: Task, timeval: number, zone: number): number {
  const { clock } = task.kernel;
  const { seconds, nanoseconds } = clock.realtime();
  if (timeval !== 0)
    writeTimestamp(task, timeval, { seconds, nanoseconds: Math.floor(nanoseconds / 1000) });
  if (zone === 0) return 0;
  task.memory.writeU32(zone, clock.zone?.minutesWest ?? 0);
  task.memory.writeU32(zone + 4, clock.zone?.daylightSaving ?? 0);
  return 0;
}

/**
 * settimeofday(2): the time, the zone, or both. A zone that comes first and alone says that the hardware clock shows local time: the wall
 * clock, which was set by it, is moved. Errors: EFAULT, EINVAL, EPERM.
 */
export function settimeofday(task: Task, timeval: number, zoneAddress: number): number {
  const { kernel, memory } = task;
  const ns = timeval === 0 ? undefined : readTimeval(task, timeval);
  const zone = zoneAddress && {
    minutesWest: memory.readI32(zoneAddress),
    daylightSaving: memory.readI32(zoneAddress + 4),
  };
  if (!task.credentials.hasCapability(CAP_SYS_TIME)) throw fail(EPERM, 'CAP_SYS_TIME');
  if (zone) setZone(kernel, zone, ns === undefined);
  if (ns === undefined) return 0;
  const seconds = Math.floor(ns / NS_PER_SECOND);
  kernel.setRealtime({ seconds, nanoseconds: ns - seconds * NS_PER_SECOND });
  return 0;
}

function setZone(kernel: Kernel, zone: TimeZone, isAlone: boolean): void {
  if (Math.abs(zone.minutesWest) > MOST_MINUTES_WEST) throw fail(EINVAL, 'minutes west');
  const isFirst = kernel.clock.zone === undefined;
  kernel.clock.zone = zone;
  if (!isFirst || !isAlone || zone.minutesWest === 0) return;
  const { seconds, nanoseconds } = kernel.clock.realtime();
  kernel.setRealtime({ seconds: seconds + zone.minutesWest * 60, nanoseconds });
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
  const isAbsolute = (flags & TIMER_ABSTIME) !== 0;
  if (isCpuClock(clock) && clock !== CLOCK_THREAD_CPUTIME_ID)
    return sleepOnCpuClock(task, cpuClockOf(task, clock), isAbsolute, request, remaining);
  const isWall = clock === CLOCK_REALTIME || clock === CLOCK_TAI;
  if (!isWall && clock !== CLOCK_MONOTONIC && clock !== CLOCK_BOOTTIME) {
    const isKnown = isCpuClock(clock) || MONOTONIC.has(clock) || REALTIME.has(clock);
    throw fail(isKnown ? EOPNOTSUPP : EINVAL, `sleep on clock ${clock}`);
  }
  const { call, kernel } = task;
  if (!isAbsolute) return nanosleep(task, request, remaining);
  if (isWall) {
    call.wallDeadline ??= readTimestamp(task, request);
    call.deadlineNs = kernel.clock.monotonicOf(call.wallDeadline);
  } else call.deadlineNs ??= readTimespec(task, request);
  const result = sleepUntil(task, call.deadlineNs, 0);
  call.restart = 'nohand';
  return result;
}

/** task.syscall.waitData of a sleep until some process has used so much CPU time. */
export class CpuSleep implements CpuAlarm {
  readonly cpuClock: CpuClock;
  readonly deadlineNs: Ns;
  private readonly task: Task;

  constructor(task: Task, cpuClock: CpuClock, deadlineNs: Ns) {
    this.task = task;
    this.cpuClock = cpuClock;
    this.deadlineNs = deadlineNs;
  }

  expireCpu(): void {
    this.cpuClock.process.cpuAlarms.delete(this);
    if (this.task.call.waitData === this) this.task.expire();
  }
}

function sleepOnCpuClock(
  task: Task,
  clock: CpuClock,
  isAbsolute: boolean,
  request: number,
  remaining: number,
): Result {
  const { call } = task;
  // The thread would wait for itself.
  if (clock.thread === task) throw fail(EINVAL, 'clock of the thread itself');
  const now = readCpuClock(clock);
  if (!(call.waitData instanceof CpuSleep)) {
    const ns = readTimespec(task, request);
    call.waitData = new CpuSleep(task, clock, isAbsolute ? ns : now + ns);
  }
  const sleep = call.waitData as CpuSleep;
  const left = sleep.deadlineNs - now;
  if (call.timedOut || left <= 0) return 0;
  call.restart = isAbsolute ? 'nohand' : 'restart_block';
  if (remaining !== 0 && call.isRestarted && !isAbsolute) writeTimespec(task, remaining, left);
  clock.process.cpuAlarms.add(sleep);
  return block(task, new WaitQueue(), { channel: 'do_cpu_nanosleep' });
}

/** times(2): clock ticks since boot. */
export function times(task: Task, address: number): number {
  const ticks = (ns: Ns) => Math.floor((ns * USER_HZ) / NS_PER_SECOND);
  task.kernel.scheduler.catchUp();
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
