/** The scheduler's figures: /proc/schedstat, /proc/<pid>/schedstat, /proc/<pid>/sched. Linux: Documentation/scheduler/sched-stats.rst. */
import type { HartTimes } from '../cpu-accounting.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';

/** Format of /proc/schedstat that the lines follow. */
const VERSION = 15;
const HZ = 100;
const NAME_WIDTH = 45;

/**
 * Per hart: yields, 0, calls of the scheduler, those that left it idle, wake-ups, those for the waker's own hart, run time,
 * wait time, slices.
 */
export function showSchedstat({ scheduler, clock }: Kernel): string {
  const jiffies = Math.floor((clock.monotonicNs() / 1e9) * HZ);
  const lines = scheduler.queues.map((queue) => {
    const { yields, schedules, idleSchedules, wakeups, localWakeups, slices } = queue;
    const { userNs, niceNs, systemNs } = scheduler.time.accounting.times[queue.hart] as HartTimes;
    const times = `${Math.floor(userNs + niceNs + systemNs)} ${Math.floor(queue.waitNs)}`;
    return `cpu${queue.hart} ${yields} 0 ${schedules} ${idleSchedules} ${wakeups} ${localWakeups} ${times} ${slices}\n`;
  });
  return `version ${VERSION}\ntimestamp ${jiffies}\n${lines.join('')}`;
}

/** Run time and wait time in ns, and how often it was given a hart. */
export function showTaskSchedstat(task: Task): string {
  task.kernel.scheduler.catchUp();
  const { utimeNs, stimeNs, scheduling } = task;
  const { waitNs, slices } = scheduling;
  return `${Math.floor(utimeNs + stimeNs)} ${Math.floor(waitNs)} ${slices}\n`;
}

/** Milliseconds with six places, as Linux writes nanoseconds. */
function milliseconds(ns: number): string {
  return (ns / 1e6).toFixed(6);
}

export function showTaskSched(task: Task): string {
  const { scheduling, process, kernel } = task;
  kernel.scheduler.catchUp();
  const { priority, nice, vruntimeNs, waitNs, migrations, policy, weight } = scheduling;
  const rows: readonly (readonly [string, string | number])[] = [
    ['se.vruntime', milliseconds(vruntimeNs)],
    ['se.sum_exec_runtime', milliseconds(task.utimeNs + task.stimeNs)],
    ['se.nr_migrations', migrations],
    ['wait_sum', milliseconds(waitNs)],
    ['nr_switches', task.voluntarySwitches + task.involuntarySwitches],
    ['nr_voluntary_switches', task.voluntarySwitches],
    ['nr_involuntary_switches', task.involuntarySwitches],
    ['se.load.weight', Math.round(weight * 1024)],
    ['policy', policy],
    ['prio', priority > 0 ? 99 - priority : 120 + nice],
    ['current_node', 0],
  ];
  const head = `${task.name} (${task.tid}, #threads: ${process.tasks.size})\n`;
  const body = rows.map(([name, value]) => {
    return `${name.padEnd(NAME_WIDTH)}:${String(value).padStart(21)}\n`;
  });
  return `${head}${'-'.repeat(67)}\n${body.join('')}`;
}
