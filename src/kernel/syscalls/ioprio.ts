/** ioprio_set(2), ioprio_get(2). Linux: block/ioprio.c. */
import { EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_NICE } from '../credentials.ts';
import type { Task } from '../task.ts';
import { selectTasks } from './sched.ts';

const CLASS_SHIFT = 13;
const CLASS = { NONE: 0, RT: 1, BE: 2, IDLE: 3 } as const;
const LEVEL_MASK = 7;
/** IOPRIO_WHO_PROCESS, _PGRP, _USER are one more than PRIO_*. */
const WHO_OFFSET = 1;

/** Linux: ioprio_check_cap. Throws EINVAL, EPERM. */
export function checkPriority({ credentials }: Task, priority: number): void {
  // Above the level are hints to the disk, which is free to ignore them.
  const level = priority & LEVEL_MASK;
  switch (priority >>> CLASS_SHIFT) {
    case CLASS.RT:
      if (!credentials.hasCapability(CAP_SYS_ADMIN) && !credentials.hasCapability(CAP_SYS_NICE))
        throw fail(EPERM, 'IOPRIO_CLASS_RT');
      break;
    case CLASS.BE:
    case CLASS.IDLE:
      break;
    case CLASS.NONE:
      if (level !== 0) throw fail(EINVAL, 'level without a class');
      break;
    default:
      throw fail(EINVAL, 'class');
  }
}

/** ioprio_set(2). Errors: EINVAL, EPERM, ESRCH. */
export function ioprioSet(task: Task, which: number, who: number, priority: number): number {
  checkPriority(task, priority);
  const own = task.credentials;
  const targets = selectTasks(task, which - WHO_OFFSET, who);
  if (targets.length === 0) throw fail(ESRCH, `who ${who}`);
  for (const target of targets) {
    const { ruid } = target.credentials;
    if (ruid !== own.euid && ruid !== own.ruid && !own.hasCapability(CAP_SYS_NICE))
      throw fail(EPERM, 'another user');
    target.ioPriority = priority;
  }
  return 0;
}

/** The lowest value is the best; none is that of best effort. */
function rank(priority: number): number {
  return priority >>> CLASS_SHIFT === CLASS.NONE ? (CLASS.BE << CLASS_SHIFT) | 4 : priority;
}

/** ioprio_get(2): the best of the threads. Errors: EINVAL, ESRCH. */
export function ioprioGet(task: Task, which: number, who: number): number {
  const targets = selectTasks(task, which - WHO_OFFSET, who);
  if (targets.length === 0) throw fail(ESRCH, `who ${who}`);
  const values = targets.map(({ ioPriority }) => ioPriority);
  return values.reduce((best, value) => (rank(value) < rank(best) ? value : best));
}
