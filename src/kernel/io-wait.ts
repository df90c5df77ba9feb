/** Tasks that sleep until a disk is done: while a hart that one of them ran on has nothing else to do, it waits for I/O. Linux: nr_iowait, delayacct. */
import type { Task } from './task.ts';

/** The running task begins to sleep. */
export function beginIoWait(task: Task): void {
  const { kernel, scheduling } = task;
  const { ioWaiters } = kernel.scheduler.time.accounting;
  task.ioWait = { hart: scheduling.lastHart, sinceNs: kernel.clock.monotonicNs() };
  ioWaiters[scheduling.lastHart] = (ioWaiters[scheduling.lastHart] ?? 0) + 1;
}

/** It goes on, or is ended. */
export function endIoWait(task: Task): void {
  const { ioWait, kernel } = task;
  if (ioWait === undefined) return;
  const { time, running } = kernel.scheduler;
  const nowNs = kernel.clock.monotonicNs();
  // Up to now that hart has waited; the one that is in the kernel has said so already.
  if (running[ioWait.hart] === undefined) time.accounting.settleIdle(ioWait.hart, nowNs);
  const { ioWaiters } = time.accounting;
  ioWaiters[ioWait.hart] = (ioWaiters[ioWait.hart] ?? 0) - 1;
  task.blockedNs += nowNs - ioWait.sinceNs;
  task.ioWait = undefined;
}
