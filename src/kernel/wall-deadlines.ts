/** What waits for a time of the wall clock waits anew when that is set, or goes at another rate: clock_settime(2). Linux: clock_was_set. */
import type { Kernel } from './kernel.ts';

export function moveWallDeadlines(kernel: Kernel, wasSet: boolean): void {
  const { pids, timers, clock, wallTimers } = kernel;
  for (const task of pids.tasks.values()) {
    const deadline = task.syscall?.wallDeadline;
    if (deadline && task.sleepTimer.isArmed)
      timers.arm(task.sleepTimer, clock.monotonicOf(deadline));
  }
  for (const process of pids.processes.values()) process.posixTimers.wallMoved();
  for (const timer of [...wallTimers]) timer.wallMoved(wasSet);
}
