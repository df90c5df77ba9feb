/** Performance events of the system, and what becomes of a thread's when it forks, calls exec or ends: perf_event_open(2). */
import type { Task } from '../task.ts';
import { BranchUsers } from './branch-counts.ts';
import type { PerfEvent } from './event-file.ts';

/** /proc/sys/kernel/perf_event_*. The kernel has one. */
export class PerfSettings {
  /** What users without CAP_PERFMON may not count: 0 raw tracepoints, 1 harts, 2 the kernel. */
  paranoid = 2;
  maxSampleRate = 100_000;
  /** Of the event that was made last. */
  lastId = 0;
  readonly events = new Set<PerfEvent>();
  readonly branchUsers = new BranchUsers();
}

/** Events that are inherited count for the new thread, too, enabled as the parent's are. */
export function inheritEvents(parent: Task, child: Task): void {
  if (parent.perfEvents === undefined) return;
  // A leader's part is there before those of its group.
  for (const event of parent.perfEvents) {
    const part = event.parts.get(parent);
    if (!part || !event.isInherited) continue;
    event.attach(child, part.isOn);
    const own = event.parts.get(child);
    if (own) own.waitsForExec = part.waitsForExec;
  }
}

export function eventsExecuted(task: Task): void {
  for (const event of task.perfEvents ?? []) event.executed(task);
}

/** Its CPU time is accounted for. */
export function leaveEvents(task: Task): void {
  for (const event of task.perfEvents ?? []) event.detach(task);
  task.perfEvents = undefined;
}

/** prctl(PR_TASK_PERF_EVENTS_ENABLE, DISABLE): the events that the thread has made. */
export function switchEvents(task: Task, isOn: boolean): void {
  task.kernel.scheduler.catchUp();
  for (const event of task.kernel.perf.events) if (event.options.owner === task) event.switch(isOn);
}
