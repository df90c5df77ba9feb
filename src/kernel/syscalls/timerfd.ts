/** timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). */
import { ECANCELED, EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  TIMER_ABSTIME,
} from '../../abi/time.ts';
import { layout } from '../../lib/layout.ts';
import type { Result } from '../block.ts';
import { NS_PER_SECOND, type Ns } from '../clock.ts';
import { CAP_WAKE_ALARM } from '../credentials.ts';
import type { Task } from '../task.ts';
import { TFD_TIMER_CANCEL_ON_SET, TimerFile } from '../timerfd.ts';

/** struct itimerspec. */
const Itimerspec = layout({
  interval_sec: 'i64',
  interval_nsec: 'i64',
  value_sec: 'i64',
  value_nsec: 'i64',
});

const CLOCKS: ReadonlySet<number> = new Set([CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME]);
/** They would wake a machine that sleeps; this one never does. */
const ALARMS: ReadonlySet<number> = new Set([CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM]);

/** timerfd_create(2). Errors: EINVAL, EMFILE, EPERM. */
export function timerfdCreate(task: Task, clock: number, flags: number): Result {
  const { process, kernel } = task;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'flags');
  if (!CLOCKS.has(clock) && !ALARMS.has(clock)) throw fail(EINVAL, 'clock');
  if (ALARMS.has(clock) && !task.credentials.hasCapability(CAP_WAKE_ALARM))
    throw fail(EPERM, 'CAP_WAKE_ALARM');
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const status = O_RDWR | (flags & O_NONBLOCK);
  const file = new TimerFile(kernel, kernel.vfs.anonymous.root, status, clock);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}

function timerOf(task: Task, fd: number): TimerFile {
  const file = task.files.get(fd);
  if (!(file instanceof TimerFile)) throw fail(EINVAL, 'not a timerfd');
  return file;
}

/** timerfd_settime(2). Errors: EBADF, ECANCELED (the clock was set since; the timer is armed), EFAULT, EINVAL. */
export function timerfdSettime(
  task: Task,
  fd: number,
  flags: number,
  newValue: number,
  oldValue: number,
): Result {
  if ((flags & ~(TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) throw fail(EINVAL, 'flags');
  const spec = task.memory.read(Itimerspec, newValue);
  const isBad = (ns: number): boolean => ns < 0 || ns >= NS_PER_SECOND;
  if (spec.value_sec < 0 || isBad(spec.value_nsec) || isBad(spec.interval_nsec)) {
    throw fail(EINVAL, 'itimerspec');
  }
  const timer = timerOf(task, fd);
  const old = timer.get();
  const { clock } = task.kernel;
  const valueNs: Ns = spec.value_sec * NS_PER_SECOND + spec.value_nsec;
  const isAbsolute = (flags & TIMER_ABSTIME) !== 0;
  const wall =
    isAbsolute && timer.isOfWallClock
      ? { seconds: spec.value_sec, nanoseconds: spec.value_nsec }
      : undefined;
  let deadlineNs: Ns | undefined = isAbsolute ? valueNs : clock.monotonicNs() + valueNs;
  if (wall) deadlineNs = clock.monotonicOf(wall);
  if (valueNs === 0) deadlineNs = undefined;
  const intervalNs = spec.interval_sec * NS_PER_SECOND + spec.interval_nsec;
  const wasCancelled = timer.set(deadlineNs, intervalNs, flags, wall);
  if (wasCancelled) throw fail(ECANCELED, 'the clock was set');
  if (oldValue !== 0) writeSpec(task, oldValue, old);
  return 0;
}

export function timerfdGettime(task: Task, fd: number, address: number): Result {
  writeSpec(task, address, timerOf(task, fd).get());
  return 0;
}

function writeSpec(task: Task, address: number, spec: { valueNs: Ns; intervalNs: Ns }): void {
  const { valueNs, intervalNs } = spec;
  task.memory.write(Itimerspec, address, {
    interval_sec: Math.floor(intervalNs / NS_PER_SECOND),
    interval_nsec: Math.floor(intervalNs % NS_PER_SECOND),
    value_sec: Math.floor(valueNs / NS_PER_SECOND),
    value_nsec: Math.floor(valueNs % NS_PER_SECOND),
  });
}
