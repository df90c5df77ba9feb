/** /proc/<pid>/stat and statm: proc_pid_stat(5), proc_pid_statm(5). */

import { RLIMIT_RSS } from '../../abi/resource.ts';
import { SIG_DFL, SIG_IGN } from '../../abi/signal.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Process } from '../process.ts';
import { addSignal, emptySet, type SignalSet } from '../signal-set.ts';
import type { Task } from '../task.ts';
import { ticks, unsigned } from './format.ts';

/** PF_FORKNOEXEC, PF_RANDOMIZE: the flags that something here sets. */
const FORKED_NO_EXEC = 0x40;
const RANDOMIZED = 0x40_0000;
/** PF_KTHREAD, PF_NOFREEZE, and PF_NO_SETAFFINITY, which stoppers have. */
const KERNEL_THREAD = 0x20_8000;
const NO_AFFINITY = 0x400_0000;
const LOW_SIGNALS = 0x7fff_ffff;

/** Signals that the process ignores, and those that it has handlers for. */
export function ignoredAndCaught(process: Process): { ignored: SignalSet; caught: SignalSet } {
  const ignored = emptySet();
  const caught = emptySet();
  for (let signal = 1; signal <= 64; signal++) {
    const { handler } = process.actions.get(signal);
    if (handler === SIG_IGN) addSignal(ignored, signal);
    else if (handler !== SIG_DFL) addSignal(caught, signal);
  }
  return { ignored, caught };
}

/** The state letter: a zombie leader with living threads still sleeps for Linux's ps; here it is what the task is. */
export function stateOf(task: Task): string {
  return task.process.isZombie ? 'Z' : task.state;
}

function flagsOf({ hasExecuted }: Process, { work, scheduling }: Task): number {
  if (work) return FORKED_NO_EXEC | KERNEL_THREAD | (scheduling.isStopper ? NO_AFFINITY : 0);
  return RANDOMIZED | (hasExecuted ? 0 : FORKED_NO_EXEC);
}

/** As Linux shows that of SCHED_DEADLINE. */
const DEADLINE_PRIORITY = -101;

/** `isThread`: times and faults of the one thread instead of the whole process. */
export function showStat(process: Process, task: Task, isThread: boolean): string {
  const { group, session, parent, childrenUsage, addressSpace, credentials } = process;
  process.kernel.scheduler.catchUp();
  const usage = isThread ? task : process.usage;
  const terminal = session.terminal;
  const { policy, nice, priority, lastHart } = task.scheduling;
  const layout = addressSpace?.layout;
  const { ignored, caught } = ignoredAndCaught(process);
  const pending = isThread ? task.pending.set : process.pending.set;
  const realtime = priority > 0;
  const living = [...process.tasks.values()].filter((thread) => thread.isAlive).length;
  const fields: (number | string)[] = [
    task.tid,
    `(${task.name})`,
    stateOf(task),
    parent?.pid ?? 0,
    group.pgid,
    session.sid,
    terminal ? terminal.device : 0,
    terminal?.foreground?.pgid ?? -1,
    flagsOf(process, task),
    usage.minorFaults,
    childrenUsage.minorFaults,
    usage.majorFaults,
    childrenUsage.majorFaults,
    ticks(usage.utimeNs),
    ticks(usage.stimeNs),
    ticks(childrenUsage.utimeNs),
    ticks(childrenUsage.stimeNs),
    task.scheduling.deadline ? DEADLINE_PRIORITY : realtime ? -1 - priority : 20 + nice,
    nice,
    process.isZombie ? 1 : living,
    0,
    ticks(isThread ? task.startTimeNs : process.startTimeNs),
    (addressSpace?.counters.mappedPages ?? 0) * PAGE_SIZE,
    addressSpace?.counters.rssPages ?? 0,
    unsigned(process.limit(RLIMIT_RSS)),
    layout?.startCode ?? 0,
    layout?.endCode ?? 0,
    layout?.startStack ?? 0,
    0,
    0,
    pending.low & LOW_SIGNALS,
    task.signalMask.low & LOW_SIGNALS,
    ignored.low & LOW_SIGNALS,
    caught.low & LOW_SIGNALS,
    task.waitChannel === '' ? 0 : 1,
    0,
    0,
    task.exitSignal,
    lastHart,
    priority,
    policy,
    ticks(task.blockedNs),
    0,
    0,
    layout?.startData ?? 0,
    layout?.endData ?? 0,
    layout?.brkStart ?? 0,
    layout?.argumentStart ?? 0,
    layout?.argumentEnd ?? 0,
    layout?.environmentStart ?? 0,
    layout?.environmentEnd ?? 0,
    credentials.euid === 0 || process.isZombie ? process.exitStatus : 0,
  ];
  return `${fields.join(' ')}\n`;
}

/** size resident shared text lib data dt, in pages. */
export function showStatm({ addressSpace }: Process): string {
  if (!addressSpace) return '0 0 0 0 0 0 0\n';
  const { counters, layout } = addressSpace;
  const text = Math.ceil((layout.endCode - layout.startCode) / PAGE_SIZE);
  const shared = counters.filePages + counters.sharedMemoryPages;
  const data = counters.dataPages + counters.stackPages;
  return `${counters.mappedPages} ${counters.rssPages} ${shared} ${text} 0 ${data} 0\n`;
}
