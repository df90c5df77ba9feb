/** The choices of a hart: the fair ones (preemption.ts), or for tasks that are not real-time those of a schedule that is looked for. */
import type { Ns } from './clock.ts';
import type { HartQueue } from './hart-queue.ts';
import { mayGoOn, preempts } from './preemption.ts';
import type { SchedulePolicy } from './schedule-policy.ts';
import type { Task } from './task.ts';

/** Takes the next task out of the queue; undefined if there is none. */
export function takeChosen(
  queue: HartQueue,
  policy: SchedulePolicy | undefined,
  nowNs: Ns,
): Task | undefined {
  const { fair, realtime } = queue;
  if (policy === undefined || realtime.count > 0 || fair.count === 0) return queue.take(nowNs);
  const task = policy.choose(fair.tasks);
  queue.remove(task);
  return task;
}

/** Whether the running task goes on, whatever waits in its queue. */
export function goesOn(
  task: Task,
  queue: HartQueue,
  policy: SchedulePolicy | undefined,
  roundRobinNs: Ns,
  nowNs: Ns,
): boolean {
  const { fair, realtime } = queue;
  if (policy === undefined || realtime.count > 0 || task.scheduling.realtimePriority > 0)
    return mayGoOn(task, queue, roundRobinNs, nowNs);
  return fair.count === 0 || policy.mayGoOn(task, fair.tasks);
}

/** Whether a task that was woken takes the place of the running one. */
export function isBefore(
  woken: Task,
  running: Task | undefined,
  policy: SchedulePolicy | undefined,
): boolean {
  const isFair = woken.scheduling.realtimePriority === 0;
  if (policy !== undefined && running && isFair && running.scheduling.realtimePriority === 0)
    return policy.preempts(woken, running);
  return preempts(woken, running);
}
