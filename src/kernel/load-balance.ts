/** Moving waiting tasks to harts that have less to do. Linux: load_balance, pull_rt_task in kernel/sched/{fair,rt}.c. */
import type { Ns } from './clock.ts';
import type { HartQueue } from './hart-queue.ts';
import type { Harts } from './placement.ts';
import { demandOf } from './run-queue.ts';
import type { Task } from './task.ts';

/** A busy hart looks this often whether another has more to do. */
const BALANCE_INTERVAL_NS = 20_000_000;
/** Where the loads cannot be made equal, as of three tasks on two harts, the odd one moves on this often. */
const ROTATION_INTERVAL_NS = 1_000_000_000;
/** Of a task's weight: loads that differ by less are equal. */
const TOLERANCE = 0.1;
/** Of a task's weight: smaller differences are left alone. */
const WORTHWHILE = 0.25;

/** A waiting task of another hart for one that has nothing to do: of the one with the longest queue. */
export function findForIdle(harts: Harts, hart: number): Task | undefined {
  let best: Task | undefined;
  let longest = 0;
  for (const queue of harts.queues) {
    if (queue.hart === hart || queue.count <= longest) continue;
    const task = queue.realtime.findFor(hart, 0) ?? queue.fair.findFor(hart);
    if (!task) continue;
    best = task;
    longest = queue.count;
  }
  return best;
}

/** A real-time task that waits elsewhere and is more urgent than all that `hart` has, of priority `priority` at most. */
export function findMoreUrgent(harts: Harts, hart: number, priority: number): Task | undefined {
  let best: Task | undefined;
  let highest = priority;
  for (const queue of harts.queues) {
    if (queue.hart === hart || queue.realtime.highestPriority <= highest) continue;
    const task = queue.realtime.findFor(hart, highest);
    if (!task) continue;
    best = task;
    highest = task.scheduling.realtimePriority;
  }
  return best;
}

/**
 * A fair task that waits on the hart with the most to do and had better come to `hart`, which is busy; undefined mostly. Called
 * at each tick. Tasks count by their demand, so that those which come and go move nothing.
 */
export function findForBalance(harts: Harts, hart: number, nowNs: Ns): Task | undefined {
  const { queues, running } = harts;
  const own = queues[hart] as HartQueue;
  const sinceNs = nowNs - own.balancedAtNs;
  if (sinceNs < BALANCE_INTERVAL_NS) return undefined;
  const least = own.lastingLoad(running[hart]);
  let busiest: HartQueue | undefined;
  let most = least;
  for (const queue of queues) {
    if (queue.fair.count === 0) continue;
    const load = queue.lastingLoad(running[queue.hart]);
    if (load <= most) continue;
    busiest = queue;
    most = load;
  }
  const rotates = sinceNs >= ROTATION_INTERVAL_NS;
  if (!busiest) return undefined;
  const difference = most - least;
  const task =
    busiest.fair.findFor(hart, (other) => gains(other, difference, 1 + TOLERANCE)) ??
    (rotates ? findForRotation(busiest, running[busiest.hart], hart, difference) : undefined);
  if (!task) return undefined;
  own.balancedAtNs = busiest.balancedAtNs = nowNs;
  return task;
}

/** Whether moving the task is worth it; it makes a difference of loads smaller when that is `factor` > 1 times what the task is. */
function gains(task: Task, difference: number, factor: number): boolean {
  if (difference < task.scheduling.weight * WORTHWHILE) return false;
  return difference > demandOf(task) * factor;
}

/** A task that turns the difference round. Each comes to the emptier hart in its turn, so one that runs just now is waited for. */
function findForRotation(
  queue: HartQueue,
  running: Task | undefined,
  hart: number,
  difference: number,
): Task | undefined {
  const task = queue.fair.findFor(hart, (other) => gains(other, difference, 1 - TOLERANCE));
  if (!task || !running?.scheduling.mayRunOn(hart)) return task;
  return running.scheduling.arrivedAtNs < task.scheduling.arrivedAtNs ? undefined : task;
}
