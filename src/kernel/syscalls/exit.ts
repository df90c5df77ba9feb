/** exit(2), exit_group(2). */
import type { Result } from '../block.ts';
import { exitGroup, exitTask } from '../exit.ts';
import type { Task } from '../task.ts';

/** End this thread; the last one to go ends the process with its status. */
export function exit(task: Task, status: number): Result {
  const { process } = task;
  if (!process.isExiting && (task.tid === process.pid || isLast(task)))
    process.exitStatus = (status & 0xff) << 8;
  exitTask(task);
  return 0;
}

function isLast(task: Task): boolean {
  for (const other of task.process.tasks.values())
    if (other !== task && other.isAlive) return false;
  return true;
}

export function exitGroupCall(task: Task, status: number): Result {
  exitGroup(task.process, (status & 0xff) << 8);
  return 0;
}
