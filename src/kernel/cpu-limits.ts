/** What happens when CPU time runs up: ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU. Looked at by the timer tick. */
import { RLIMIT_CPU, RLIMIT_RTTIME } from '../abi/resource.ts';
import { SI_KERNEL, SIGKILL, SIGXCPU } from '../abi/signal.ts';
import { NS_PER_SECOND } from './clock.ts';
import { readCpuClock } from './cpu-clock.ts';
import type { Process } from './process.ts';
import { sendToProcess } from './signal.ts';
import type { Task } from './task.ts';

export function checkCpuLimits(task: Task): void {
  const { process } = task;
  const limit = process.limits[RLIMIT_CPU];
  const isLimited = limit !== undefined && limit.soft !== Number.POSITIVE_INFINITY;
  if (task.scheduling.priority > 0) checkRealtimeLimit(task);
  const hasTimer = process.intervalTimers.hasCpuTimer || process.cpuAlarms.size > 0;
  if (!isLimited && !hasTimer) return;
  const { utimeNs, stimeNs } = process.usage;
  process.intervalTimers.check(utimeNs, stimeNs);
  checkAlarms(process);
  if (!isLimited) return;
  const seconds = (utimeNs + stimeNs) / NS_PER_SECOND;
  if (seconds >= limit.hard) sendToProcess(process, SIGKILL, { code: SI_KERNEL });
  else if (seconds >= Math.max(limit.soft, process.nextCpuWarning)) {
    // A process that handles SIGXCPU gets it again every second.
    process.nextCpuWarning = Math.floor(seconds) + 1;
    sendToProcess(process, SIGXCPU, { code: SI_KERNEL });
  }
}

function checkAlarms(process: Process): void {
  for (const alarm of [...process.cpuAlarms]) {
    const usedNs = alarm.cpuClock ? readCpuClock(alarm.cpuClock) : 0;
    if (usedNs >= alarm.deadlineNs) alarm.expireCpu(usedNs);
  }
}

/** RLIMIT_RTTIME: microseconds that a real-time thread may run without ever waiting. */
function checkRealtimeLimit({ process, scheduling, utimeNs, stimeNs }: Task): void {
  const limit = process.limits[RLIMIT_RTTIME];
  if (limit === undefined || limit.soft === Number.POSITIVE_INFINITY) return;
  const usedUs = (utimeNs + stimeNs - scheduling.usedAtWakeNs) / 1000;
  if (usedUs > limit.hard) sendToProcess(process, SIGKILL, { code: SI_KERNEL });
  else if (usedUs > limit.soft) {
    // Linux raises the soft limit by a second with each warning.
    process.limits[RLIMIT_RTTIME] = { ...limit, soft: limit.soft + 1_000_000 };
    sendToProcess(process, SIGXCPU, { code: SI_KERNEL });
  }
}
