/** Moving waiting tasks to harts that have less to do. Linux: load_balance, pull_rt_task in kernel/sched/{fair,rt}.c. */
import type { Ns } from './clock.ts';
import type { HartQueue } from './hart-queue.ts';
import type { Harts } from './placement.ts';
import type { Task } from './task.ts';

/** A busy hart looks this often whether another has more to do. */
const BALANCE_INTERVAL_NS = 20_000_000;
/** Where the loads cannot be made equal, as of three tasks on two harts, the odd one moves on this often. */
const ROTATION_INTERVAL_NS = 1_000_000_000;
/** Of a task's weight: loads that differ by less are equal. */
const TOLERANCE = 0.1;

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
 * at each tick. A difference counts when it is there now and has been for a while: tasks that come and go move nothing.
 */
export function findForBalance(harts: Harts, hart: number, nowNs: Ns): Task | undefined {
  const { queues, running } = harts;
  const own = queues[hart] as HartQueue;
  const load = own.load(running[hart]);
  own.sample(load, nowNs);
  const sinceNs = nowNs - own.balancedAtNs;
  if (sinceNs < BALANCE_INTERVAL_NS) return undefined;
  const least = Math.max(load, own.averageLoad);
  let busiest: HartQueue | undefined;
  let most = least;
  for (const queue of queues) {
    if (queue.fair.count === 0 || queue.averageLoad <= most) continue;
    const lasting = Math.min(queue.load(running[queue.hart]), queue.averageLoad);
    if (lasting <= most) continue;
    busiest = queue;
    most = lasting;
  }
  const task = busiest?.fair.findFor(hart);
  if (!task) return undefined;
  const { weight } = task.scheduling;
  // Moving it makes the difference smaller, or only turns it round.
  const helps = most - least > weight * (1 + TOLERANCE);
  const rotates = most - least > weight * (1 - TOLERANCE) && sinceNs >= ROTATION_INTERVAL_NS;
  if (!helps && !rotates) return undefined;
  own.balancedAtNs = nowNs;
  return task;
}
