/** Clocks that show the CPU time of a process or thread: clock_getcpuclockid(3). Linux: kernel/time/posix-cpu-timers.c. */
import { EINVAL, fail } from '../abi/errno.ts';
import { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID } from '../abi/time.ts';
import type { Ns } from './clock.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

/** Low bits of a clock id that is made from a pid: ~pid << 3 | kind. */
const CPUCLOCK_THREAD = 4;
const CPUCLOCK_KIND = 3;
/** Of its kinds: 0 counts all time in ticks, 1 user time in ticks, 2 all time. */
const CPUCLOCK_VIRT = 1;
const CPUCLOCK_SCHED = 2;

export interface CpuClock {
  readonly process: Process;
  /** Undefined for the clock of the whole process. */
  readonly thread: Task | undefined;
  readonly isUserTime: boolean;
}

/** Something that happens when a CPU clock reaches a time; looked at by the timer tick. In cpuAlarms of the clock's process. */
export interface CpuAlarm {
  readonly cpuClock: CpuClock | undefined;
  readonly deadlineNs: Ns;
  /** It stays among the alarms unless it leaves. */
  expireCpu(usedNs: Ns): void;
}

export function isCpuClock(clock: number): boolean {
  return clock < 0 || clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_THREAD_CPUTIME_ID;
}

/** The clock of an id for which isCpuClock() holds. Threads are those of the caller's process. Throws EINVAL. */
export function cpuClockOf(task: Task, clock: number): CpuClock {
  if (clock === CLOCK_THREAD_CPUTIME_ID)
    return { process: task.process, thread: task, isUserTime: false };
  if (clock === CLOCK_PROCESS_CPUTIME_ID)
    return { process: task.process, thread: undefined, isUserTime: false };
  const pid = ~(clock >> 3);
  const kind = clock & CPUCLOCK_KIND;
  const isThread = (clock & CPUCLOCK_THREAD) !== 0;
  const target = pid === 0 ? task : task.kernel.pids.task(pid);
  const isForeign = isThread && target?.process !== task.process;
  if (kind > CPUCLOCK_SCHED || !target || isForeign) throw fail(EINVAL, `clock of ${pid}`);
  if (!isThread && pid !== 0 && target.process.pid !== pid) throw fail(EINVAL, `process ${pid}`);
  return {
    process: target.process,
    thread: isThread ? target : undefined,
    isUserTime: kind === CPUCLOCK_VIRT,
  };
}

/** CPU time up to now. */
export function readCpuClock({ process, thread, isUserTime }: CpuClock): Ns {
  const { scheduler, current } = process.kernel;
  scheduler.catchUp();
  const { utimeNs, stimeNs } = thread ?? process.usage;
  if (isUserTime) return utimeNs;
  const isRunning =
    current !== undefined && (thread ? current === thread : current.process === process);
  return utimeNs + stimeNs + (isRunning ? scheduler.unchargedNs(current) : 0);
}
