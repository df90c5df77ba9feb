/** getitimer(2), setitimer(2), timer_create(2) and its family. */
import { EAGAIN, EINVAL, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { SIGALRM, SIGRTMAX } from '../../abi/signal.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME,
  CLOCK_REALTIME_COARSE,
  ITIMER_PROF,
  ITIMER_REAL,
  ITIMER_VIRTUAL,
  TIMER_ABSTIME,
} from '../../abi/time.ts';
import type { Ns } from '../clock.ts';
import { cpuClockOf, isCpuClock } from '../cpu-clock.ts';
import type { CpuTimer } from '../interval-timer.ts';
import {
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD,
  SIGEV_THREAD_ID,
  type TimerNotification,
} from '../posix-timer.ts';
import { mayQueue } from '../signal.ts';
import type { Task } from '../task.ts';
import {
  readTimespec,
  readTimestamp,
  readTimeval,
  writeTimespec,
  writeTimeval,
} from '../timespec.ts';

interface TimerSetting {
  valueNs: Ns;
  intervalNs: Ns;
}

function cpuTimer(task: Task, which: number): { timer: CpuTimer; usedNs: Ns } {
  task.kernel.scheduler.catchUp();
  const { intervalTimers, usage } = task.process;
  if (which === ITIMER_VIRTUAL) return { timer: intervalTimers.virtual, usedNs: usage.utimeNs };
  if (which === ITIMER_PROF)
    return { timer: intervalTimers.profile, usedNs: usage.utimeNs + usage.stimeNs };
  throw fail(EINVAL, `interval timer ${which}`);
}

function current(task: Task, which: number): TimerSetting {
  if (which === ITIMER_REAL) return task.process.intervalTimers.getReal();
  const { timer, usedNs } = cpuTimer(task, which);
  const isOn = timer.deadlineNs !== Number.POSITIVE_INFINITY;
  return {
    valueNs: isOn ? Math.max(1000, timer.deadlineNs - usedNs) : 0,
    intervalNs: timer.intervalNs,
  };
}

function writeSetting(task: Task, address: number, setting: TimerSetting): void {
  if (address === 0) return;
  writeTimeval(task, address, setting.intervalNs);
  writeTimeval(task, address + 16, setting.valueNs);
}

export function getitimer(task: Task, which: number, address: number): number {
  writeSetting(task, address, current(task, which));
  return 0;
}

/** setitimer(2). Errors: EFAULT, EINVAL. */
export function setitimer(task: Task, which: number, address: number, old: number): number {
  const before = current(task, which);
  const intervalNs = address === 0 ? 0 : readTimeval(task, address);
  const valueNs = address === 0 ? 0 : readTimeval(task, address + 16);
  if (which === ITIMER_REAL) task.process.intervalTimers.setReal(valueNs, intervalNs);
  else {
    const { timer, usedNs } = cpuTimer(task, which);
    timer.deadlineNs = valueNs === 0 ? Number.POSITIVE_INFINITY : usedNs + valueNs;
    timer.intervalNs = intervalNs;
  }
  writeSetting(task, old, before);
  return 0;
}

/** struct sigevent: value, signal, notify, tid. */
function readNotification(task: Task, address: number, id: number): TimerNotification {
  if (address === 0) return { kind: SIGEV_SIGNAL, signal: SIGALRM, value: BigInt(id), tid: 0 };
  const { memory } = task;
  const given = memory.readI32(address + 12);
  // What the library makes a thread of is a signal for the kernel.
  const kind = given === SIGEV_THREAD ? SIGEV_SIGNAL : given;
  const signal = memory.readI32(address + 8);
  const tid = memory.readI32(address + 16);
  if (![SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID].includes(kind))
    throw fail(EINVAL, 'sigev_notify');
  if (kind !== SIGEV_NONE && (signal < 1 || signal > SIGRTMAX)) throw fail(EINVAL, 'sigev_signo');
  if (kind === SIGEV_THREAD_ID && task.kernel.pids.task(tid)?.process !== task.process)
    throw fail(EINVAL, 'sigev_notify_thread_id');
  return { kind, signal, value: memory.readBigU64(address), tid };
}

const CLOCK_TAI = 11;
const TIMER_CLOCKS: ReadonlySet<number> = new Set([
  CLOCK_REALTIME,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_BOOTTIME,
  CLOCK_TAI,
]);
const WALL_CLOCKS: ReadonlySet<number> = new Set([CLOCK_REALTIME, CLOCK_TAI]);
/** Clocks that can be read, and have no timers. */
const READ_ONLY_CLOCKS: ReadonlySet<number> = new Set([
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME_COARSE,
  CLOCK_MONOTONIC_COARSE,
]);

/** timer_create(2). Errors: EAGAIN, EFAULT, EINVAL, EOPNOTSUPP. */
export function timerCreate(task: Task, clock: number, event: number, idAddress: number): number {
  const { process } = task;
  if (READ_ONLY_CLOCKS.has(clock)) throw fail(EOPNOTSUPP, `timer on clock ${clock}`);
  const cpuClock = isCpuClock(clock) ? cpuClockOf(task, clock) : undefined;
  if (!cpuClock && !TIMER_CLOCKS.has(clock)) throw fail(EINVAL, `clock ${clock}`);
  if (!mayQueue(process)) throw fail(EAGAIN, 'RLIMIT_SIGPENDING');
  // Fails before a timer is made.
  task.memory.writeU32(idAddress, 0);
  const timer = process.posixTimers.create(clock, cpuClock, (id) =>
    readNotification(task, event, id),
  );
  task.memory.writeU32(idAddress, timer.id);
  return 0;
}

/** timer_settime(2). Errors: EFAULT, EINVAL. */
export function timerSettime(
  task: Task,
  id: number,
  flags: number,
  address: number,
  old: number,
): number {
  const { posixTimers, kernel } = task.process;
  if (address === 0) throw fail(EINVAL, 'no time');
  const timer = posixTimers.get(id);
  const before = { valueNs: timer.remainingNs, intervalNs: timer.intervalNs };
  const intervalNs = readTimespec(task, address);
  const time = readTimestamp(task, address + 16);
  const valueNs = readTimespec(task, address + 16);
  const isAbsolute = (flags & TIMER_ABSTIME) !== 0;
  const wall = isAbsolute && WALL_CLOCKS.has(timer.clock) ? time : undefined;
  const absolute = wall ? kernel.clock.monotonicOf(wall) : valueNs;
  const deadline = isAbsolute ? absolute : timer.nowNs + valueNs;
  timer.set(valueNs === 0 ? undefined : deadline, intervalNs, wall);
  if (old !== 0) {
    writeTimespec(task, old, before.intervalNs);
    writeTimespec(task, old + 16, before.valueNs);
  }
  return 0;
}

export function timerGettime(task: Task, id: number, address: number): number {
  const timer = task.process.posixTimers.get(id);
  writeTimespec(task, address, timer.intervalNs);
  writeTimespec(task, address + 16, timer.remainingNs);
  return 0;
}

export function timerGetoverrun(task: Task, id: number): number {
  return task.process.posixTimers.get(id).overrun;
}

export function timerDelete(task: Task, id: number): number {
  task.process.posixTimers.delete(id);
  return 0;
}
