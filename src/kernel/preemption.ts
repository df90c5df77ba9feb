/** When a running task must give way, and when it may go on: sched(7). Linux: kernel/sched/{rt,fair}.c. */
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../abi/sched.ts';
import type { Ns } from './clock.ts';
import type { HartQueue } from './hart-queue.ts';
import { DEADLINE_PRIORITY, deadlineOf } from './run-queue.ts';
import type { Task } from './task.ts';

/** RR_TIMESLICE. */
export const DEFAULT_ROUND_ROBIN_NS: Ns = 100_000_000;
/** CPU time between two preemptions among equals. */
const FAIR_SLICE_NS = 3_000_000;
/** A woken task preempts if it is behind the running one by this much. */
const WAKEUP_GRANULARITY_NS = 1_000_000;

/** Whether a task that became runnable goes before the one that runs. */
export function preempts(woken: Task, running: Task | undefined): boolean {
  if (!running) return true;
  const priority = woken.scheduling.realtimePriority;
  const other = running.scheduling.realtimePriority;
  if (priority === DEADLINE_PRIORITY && other === priority)
    return deadlineOf(woken) < deadlineOf(running);
  if (priority > 0 || other > 0) return priority > other;
  if (running.scheduling.policy === SCHED_IDLE) return true;
  return woken.scheduling.vruntimeNs + WAKEUP_GRANULARITY_NS < running.scheduling.vruntimeNs;
}

/** Whether the running task may go on, whatever waits. `roundRobinNs` is the turn of a SCHED_RR thread. */
export function mayGoOn(task: Task, queue: HartQueue, roundRobinNs: Ns, nowNs: Ns): boolean {
  const { scheduling } = task;
  const { hart, realtime, fair } = queue;
  if (!scheduling.mayRunOn(hart) || scheduling.deadline?.isSpent) return false;
  const priority = scheduling.realtimePriority;
  const waiting = realtime.highestPriority;
  if (priority > 0) {
    if (waiting > priority) return false;
    if (fair.count > 0 && priority < DEADLINE_PRIORITY && queue.isFairTurn(nowNs)) return false;
    if (waiting === DEADLINE_PRIORITY && realtime.first)
      return deadlineOf(task) <= deadlineOf(realtime.first);
    const isSpent = scheduling.policy === SCHED_RR && scheduling.sliceUsedNs >= roundRobinNs;
    return !((isSpent || scheduling.hasYielded) && waiting === priority);
  }
  if (waiting > 0 && !queue.isFairTurn(nowNs)) return false;
  const { first } = fair;
  if (!first) return true;
  return !scheduling.hasYielded && scheduling.vruntimeNs < first.scheduling.vruntimeNs;
}

/** CPU time of a turn of the task. */
export function sliceOf({ scheduling }: Task, roundRobinNs: Ns): Ns {
  const { policy, deadline } = scheduling;
  if (policy === SCHED_FIFO) return Number.POSITIVE_INFINITY;
  // What it had of its budget when it was picked.
  if (deadline) return scheduling.sliceUsedNs + deadline.budgetNs;
  return policy === SCHED_RR ? roundRobinNs : FAIR_SLICE_NS;
}
