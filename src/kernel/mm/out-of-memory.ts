/** Memory is gone and nothing can be reclaimed: the worst process is killed. Linux: mm/oom_kill.c. */
import { SIGKILL } from '../../abi/signal.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { panic } from '../../lib/panic.ts';
import { exitGroup } from '../exit.ts';
import type { Kernel } from '../kernel.ts';
import { countMemory } from '../memory-statistics.ts';
import type { Process } from '../process.ts';

/** OOM_SCORE_ADJ_MIN: never killed. */
export const OOM_SCORE_ADJ_MIN = -1000;
const KB_PER_PAGE = PAGE_SIZE / 1024;
/** KERN_WARNING, KERN_INFO and KERN_ERR of the log. */
const WARNING = 4;
const INFO = 6;
const ERROR = 3;
/** GFP_HIGHUSER_MOVABLE with __GFP_ZERO: what a page of user memory is asked for with. */
const GFP = 'gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO)';

/** Settings of /proc/sys/vm, and the count of /proc/vmstat. */
export class OutOfMemory {
  /** vm.panic_on_oom. */
  panics = 0;
  /** vm.oom_kill_allocating_task. */
  killsAllocating = 0;
  /** vm.oom_dump_tasks. */
  dumpsTasks = 1;
  kills = 0;
}

/** Somebody asked for a frame in vain. `reason` is what the log says in front. */
export function killWorst(kernel: Kernel, reason = 'Out of memory'): void {
  const { outOfMemory, current } = kernel;
  report(kernel);
  if (outOfMemory.panics !== 0) panic('Out of memory: panic_on_oom is enabled');
  const allocating = current?.process;
  const mayKillAllocating =
    outOfMemory.killsAllocating !== 0 && allocating && badness(kernel, allocating) !== undefined;
  const victim = mayKillAllocating ? allocating : worst(kernel);
  if (!victim) panic('Out of memory and no killable processes');
  kill(kernel, victim, mayKillAllocating ? `${reason} (oom_kill_allocating_task)` : reason);
}

function worst(kernel: Kernel): Process | undefined {
  let victim: Process | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const process of kernel.pids.processes.values()) {
    const points = badness(kernel, process);
    if (points === undefined || points <= highest) continue;
    highest = points;
    victim = process;
  }
  return victim;
}

/** Pages that killing it would free, moved by oom_score_adj; undefined for those that are spared. Linux: oom_badness. */
export function badness(kernel: Kernel, process: Process): number | undefined {
  const space = process.addressSpace;
  if (!space || process === kernel.init || process.isExiting) return undefined;
  if (process.oomScoreAdjust === OOM_SCORE_ADJ_MIN) return undefined;
  const { rssPages, swapPages } = space.counters;
  const pages = rssPages + swapPages + space.pageTable.tablePages;
  return pages + (process.oomScoreAdjust * kernel.frames.total) / 1000;
}

/** All processes that share the victim's memory die with it, or nothing would be freed. */
function kill(kernel: Kernel, victim: Process, reason: string): void {
  const space = victim.addressSpace;
  kernel.outOfMemory.kills++;
  const { pid, leader, credentials, oomScoreAdjust } = victim;
  const { name } = leader;
  const kilobytes = (pages: number): string => `${pages * KB_PER_PAGE}kB`;
  kernel.printk(
    'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,' +
      `task_memcg=/,task=${name},pid=${pid},uid=${credentials.ruid}`,
    INFO,
  );
  if (space) {
    const { counters, pageTable } = space;
    kernel.printk(
      `${reason}: Killed process ${pid} (${name}) total-vm:${kilobytes(counters.mappedPages)}, ` +
        `anon-rss:${kilobytes(counters.anonymousPages)}, file-rss:${kilobytes(counters.filePages)}, ` +
        `shmem-rss:${kilobytes(counters.sharedMemoryPages)}, UID:${credentials.ruid} ` +
        `pgtables:${kilobytes(pageTable.tablePages)} oom_score_adj:${oomScoreAdjust}`,
      ERROR,
    );
  }
  const sharers = [...kernel.pids.processes.values()].filter(
    (process) => process !== victim && process !== kernel.init && process.addressSpace === space,
  );
  // At once, not by a pending signal: who faulted is about to try again.
  for (const process of [victim, ...sharers]) exitGroup(process, SIGKILL);
}

function report(kernel: Kernel): void {
  const { current, outOfMemory } = kernel;
  if (current) {
    const { name, process } = current;
    const adjust = process.oomScoreAdjust;
    kernel.printk(`${name} invoked oom-killer: ${GFP}, order=0, oom_score_adj=${adjust}`, WARNING);
    kernel.printk(
      `CPU: ${current.hart ?? 0} PID: ${current.tid} Comm: ${name} ${kernel.uts.release}`,
      WARNING,
    );
  }
  const memory = countMemory(kernel);
  kernel.printk('Mem-Info:', WARNING);
  kernel.printk(
    `anon:${memory.anonymous} file:${memory.cached} mapped:${memory.mapped} dirty:${memory.dirty} ` +
      `shmem:${memory.shared} pagetables:${memory.pageTables} free:${memory.free}`,
    WARNING,
  );
  if (outOfMemory.dumpsTasks !== 0) dumpTasks(kernel);
}

function dumpTasks(kernel: Kernel): void {
  kernel.printk('Tasks state (memory values in pages):', INFO);
  kernel.printk(
    '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
    INFO,
  );
  for (const process of kernel.pids.processes.values()) {
    const { addressSpace: space, pid, credentials, leader, oomScoreAdjust } = process;
    if (!space) continue;
    const cells: readonly (readonly [number, number])[] = [
      [credentials.ruid, 5],
      [pid, 5],
      [space.counters.mappedPages, 8],
      [space.counters.rssPages, 8],
      [space.pageTable.tablePages * PAGE_SIZE, 8],
      [space.counters.swapPages, 8],
      [oomScoreAdjust, 13],
    ];
    const text = cells.map(([value, width]) => String(value).padStart(width)).join(' ');
    kernel.printk(`[${String(pid).padStart(7)}] ${text} ${leader.name}`, INFO);
  }
}
