/** Robust futexes: the list of held locks that is looked at when a thread dies. get_robust_list(2). */
import { EINVAL, fail, KernelError } from '../abi/errno.ts';
import { wakeFutex } from './futex.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from './futex-queue.ts';
import type { Task } from './task.ts';

/** Longest list that is walked: a broken or hostile one may be circular. */
const ROBUST_LIST_LIMIT = 2048;
const WORD_BYTES = 4;

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
      if (at !== withoutMark(pending)) releaseRobust(task, at + offset, isMarked(entry));
      entry = next;
    }
    if (pending !== 0) releasePending(task, withoutMark(pending) + offset, isMarked(pending));
  } catch (error) {
    // The list is the user's: where it cannot be read, it ends.
    if (!(error instanceof KernelError)) throw error;
  }
}

function isMarked(pointer: number): boolean {
  return pointer % 2 !== 0;
}

function withoutMark(pointer: number): number {
  return pointer - (pointer % 2);
}

/** A lock that the dead thread was about to take or to give up. */
function releasePending(task: Task, address: number, isPi: boolean): void {
  // Given up, and whoever waits not yet woken: unlocking does both in turn, and only the kernel hands a PI lock on.
  if (!isPi && (readWord(task, address) & FUTEX_TID_MASK) === 0) wakeFutex(task, address);
  else releaseRobust(task, address, isPi);
}

/** Who waits for a PI lock is given it by abandonPiLocks, not woken to try. */
function releaseRobust(task: Task, address: number, isPi: boolean): void {
  const word = readWord(task, address);
  if ((word & FUTEX_TID_MASK) !== task.tid) return;
  task.memory.writeU32(address, ((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0);
  if (!isPi && (word & FUTEX_WAITERS) !== 0) wakeFutex(task, address);
}

/** Throws EINVAL for a word that is not aligned: no further one is looked at. */
function readWord(task: Task, address: number): number {
  if (address % WORD_BYTES !== 0) throw fail(EINVAL, 'robust futex is not aligned');
  return task.memory.readU32(address);
}
