/** What happens when CPU time runs up: ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU. Looked at by the timer tick. */
import { RLIMIT_CPU } from '../abi/resource.ts';
import { SI_KERNEL, SIGKILL, SIGXCPU } from '../abi/signal.ts';
import { NS_PER_SECOND } from './clock.ts';
import { sendToProcess } from './signal.ts';
import type { Task } from './task.ts';

export function checkCpuLimits(task: Task): void {
  const { process } = task;
  const limit = process.limits[RLIMIT_CPU];
  const isLimited = limit !== undefined && limit.soft !== Number.POSITIVE_INFINITY;
  if (!isLimited && !process.intervalTimers.hasCpuTimer) return;
  const { utimeNs, stimeNs } = process.usage;
  process.intervalTimers.check(utimeNs, stimeNs);
  if (!isLimited) return;
  const seconds = (utimeNs + stimeNs) / NS_PER_SECOND;
  if (seconds >= limit.hard) sendToProcess(process, SIGKILL, { code: SI_KERNEL });
  else if (seconds >= Math.max(limit.soft, process.nextCpuWarning)) {
    // A process that handles SIGXCPU gets it again every second.
    process.nextCpuWarning = Math.floor(seconds) + 1;
    sendToProcess(process, SIGXCPU, { code: SI_KERNEL });
  }
}
