/** RLIMIT_NPROC: how many threads a user may have. Linux: is_rlimit_overlimit. */
import { RLIMIT_NPROC } from '../abi/resource.ts';
import type { Task } from './task.ts';

function threadsOf({ kernel }: Task, uid: number): number {
  let count = 0;
  for (const task of kernel.pids.tasks.values()) if (task.credentials.ruid === uid) count++;
  return count;
}

/** Whether the user would have more than the caller's limit with so many more. */
export function isAboveProcessLimit(task: Task, uid: number, more = 0): boolean {
  return threadsOf(task, uid) + more > task.process.limit(RLIMIT_NPROC);
}
