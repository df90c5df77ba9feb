/** How urgent a request is: ioprio_set(2). Linux: include/linux/ioprio.h. */
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../../abi/sched.ts';
import type { Task } from '../task.ts';

const CLASS_SHIFT = 13;
const LEVEL_MASK = 7;
const REAL_TIME_CLASS = 1;
const BEST_EFFORT_CLASS = 2;
export const IDLE_CLASS = 3;
/** Of the kernel's own requests. */
const DEFAULT_LEVEL = 4;

/** Classes are 1 real-time, 2 best effort, 3 idle; levels 0, the best, to 7. */
export interface IoPriority {
  readonly class: number;
  readonly level: number;
}

/** Who asks for a transfer; the kernel itself has no task. */
export interface IoOrigin {
  readonly current: Task | undefined;
}

/** What was set; else what follows from the way the processor is shared (task_nice_ioclass, task_nice_ioprio). */
export function ioPriorityOf(task: Task | undefined): IoPriority {
  if (task === undefined) return { class: BEST_EFFORT_CLASS, level: DEFAULT_LEVEL };
  const set = task.ioPriority;
  const { policy, nice } = task.scheduling;
  if (set >>> CLASS_SHIFT !== 0) return { class: set >>> CLASS_SHIFT, level: set & LEVEL_MASK };
  const level = Math.floor((nice + 20) / 5);
  if (policy === SCHED_FIFO || policy === SCHED_RR) return { class: REAL_TIME_CLASS, level };
  return { class: policy === SCHED_IDLE ? IDLE_CLASS : BEST_EFFORT_CLASS, level };
}
