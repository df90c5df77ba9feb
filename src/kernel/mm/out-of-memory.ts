/** Memory is gone and nothing can be reclaimed: the largest process is killed. Linux: mm/oom_kill.c. */
import { SIGKILL } from '../../abi/signal.ts';
import { panic } from '../../lib/panic.ts';
import { exitGroup } from '../exit.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process.ts';

const UNKILLABLE_ADJUST = -1000;

/** Choose by resident and page-table memory and oom_score_adj; init is spared. */
export function killLargest(kernel: Kernel): void {
  let victim: Process | undefined;
  let worst = 0;
  for (const process of kernel.pids.processes.values()) {
    const score = badness(kernel, process);
    if (score > worst) {
      worst = score;
      victim = process;
    }
  }
  if (!victim) panic('out of memory and no process to kill');
  const kilobytes = (victim.addressSpace?.counters.rssPages ?? 0) * 4;
  kernel.printk(
    `Out of memory: Killed process ${victim.pid} (${victim.leader.name}) rss:${kilobytes}kB`,
    3,
  );
  // At once, not by a pending signal: who faulted is about to try again.
  exitGroup(victim, SIGKILL);
}

function badness(kernel: Kernel, process: Process): number {
  const space = process.addressSpace;
  if (!space || process === kernel.init || process.isExiting) return 0;
  if (process.oomScoreAdjust === UNKILLABLE_ADJUST) return 0;
  const pages = space.counters.rssPages + space.pageTable.tablePages;
  return Math.max(1, pages + (process.oomScoreAdjust * kernel.frames.total) / 1000);
}
