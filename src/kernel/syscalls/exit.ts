/** exit(2), exit_group(2). */
import type { Result } from '../block.ts';
import { exitGroup, exitThread } from '../exit.ts';
import type { Task } from '../task.ts';

/** End this thread; the last one to go ends the process with its status. */
export function exit(task: Task, status: number): Result {
  exitThread(task, (status & 0xff) << 8);
  return 0;
}

export function exitGroupCall(task: Task, status: number): Result {
  exitGroup(task.process, (status & 0xff) << 8);
  return 0;
}
