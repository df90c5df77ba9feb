/** Robust futexes: the list of held locks that is looked at when a thread dies. get_robust_list(2). */
import { KernelError } from '../abi/errno.ts';
import { wakeFutex } from './futex.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from './futex-queue.ts';
import type { Task } from './task.ts';

/** Longest list that is walked: a broken or hostile one may be circular. */
const ROBUST_LIST_LIMIT = 2048;

/** struct robust_list_head: next, futex_offset, list_op_pending. The lowest bit of a pointer marks a PI futex. */
export function exitRobustList(task: Task): void {
  const head = task.robustList;
  if (head === 0) return;
  task.robustList = 0;
  try {
    const { memory } = task;
    const offset = memory.readI64(head + 8);
    const pending = memory.readU64(head + 16);
    let entry = memory.readU64(head);
    for (let i = 0; i < ROBUST_LIST_LIMIT; i++) {
      const at = withoutMark(entry);
      if (at === head || at === 0) break;
      const next = memory.readU64(at);
      if (at !== withoutMark(pending)) releaseRobust(task, at + offset);
      entry = next;
    }
    if (pending !== 0) releaseRobust(task, withoutMark(pending) + offset);
  } catch (error) {
    // The list is the user's: where it cannot be read, it ends.
    if (!(error instanceof KernelError)) throw error;
  }
}

function withoutMark(pointer: number): number {
  return pointer - (pointer % 2);
}

function releaseRobust(task: Task, address: number): void {
  const word = task.memory.readU32(address);
  if ((word & FUTEX_TID_MASK) !== task.tid) return;
  task.memory.writeU32(address, ((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0);
  if ((word & FUTEX_WAITERS) !== 0) wakeFutex(task, address);
}
