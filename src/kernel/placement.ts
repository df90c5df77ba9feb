/** On which hart a runnable task waits. Linux: select_task_rq, find_lowest_rq in kernel/sched/{fair,rt}.c. */
import type { HartQueue } from './hart-queue.ts';
import type { Task } from './task.ts';

/** The harts as placement sees them. */
export interface Harts {
  readonly queues: readonly HartQueue[];
  readonly running: readonly (Task | undefined)[];
}

/** Nothing runs there and nothing is about to. */
export function isIdle({ queues, running }: Harts, hart: number): boolean {
  return running[hart] === undefined && queues[hart]?.count === 0;
}

/**
 * The hart for a task that starts, wakes or must leave its own: its home if it has one (talk.ts), else the one it ran on last if that is idle, since its caches
 * are warm there; else any idle one. When all are busy, a real-time task goes to the one with the least urgent work, a new
 * one (`isSettled` is false) to the least loaded, and another stays: balancing moves it if need be.
 */
export function placeTask(harts: Harts, task: Task, isSettled: boolean): number {
  const { queues } = harts;
  if (queues.length === 1) return 0;
  const { lastHart, realtimePriority, home } = task.scheduling;
  if (home !== undefined && realtimePriority === 0 && task.scheduling.mayRunOn(home)) return home;
  const mayStay = task.scheduling.mayRunOn(lastHart);
  if (mayStay && isIdle(harts, lastHart)) return lastHart;
  for (let hart = 0; hart < queues.length; hart++)
    if (task.scheduling.mayRunOn(hart) && isIdle(harts, hart)) return hart;
  if (realtimePriority > 0) return leastOf(harts, task, urgencyOf);
  return mayStay && isSettled ? lastHart : leastOf(harts, task, loadOf);
}

/** Among equals the hart it ran on last. */
function leastOf(harts: Harts, task: Task, cost: (harts: Harts, hart: number) => number): number {
  const { scheduling } = task;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let hart = 0; hart < harts.queues.length; hart++) {
    if (!scheduling.mayRunOn(hart)) continue;
    const value = cost(harts, hart);
    if (value > least || (value === least && hart !== scheduling.lastHart)) continue;
    best = hart;
    least = value;
  }
  // An affinity without any hart of this machine cannot be set: sched_setaffinity(2) refuses it.
  return Math.max(best, 0);
}

function loadOf({ queues, running }: Harts, hart: number): number {
  return (queues[hart] as HartQueue).load(running[hart]);
}

/** The highest real-time priority that the hart runs or has waiting. */
function urgencyOf({ queues, running }: Harts, hart: number): number {
  const waiting = (queues[hart] as HartQueue).realtime.highestPriority;
  return Math.max(waiting, running[hart]?.scheduling.realtimePriority ?? 0);
}
