/** Waiters of a condition that go on as waiters of a PI lock: FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI. */
import { EAGAIN, EINVAL, ESRCH, ETIMEDOUT, fail } from '../abi/errno.ts';
import { block, type Result } from './block.ts';
import type { Ns } from './clock.ts';
import { futexQueue } from './futex.ts';
import { setOwner, updatePriority } from './futex-pi.ts';
import {
  completeWait,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  type FutexQueue,
  FutexWait,
  MATCH_ANY,
  waitOf,
} from './futex-queue.ts';
import type { Task } from './task.ts';

/** task.syscall.waitData: on the condition's queue first, on the lock's after a requeue. */
export class RequeueWait extends FutexWait {
  readonly lock: FutexQueue;

  constructor(queue: FutexQueue, lock: FutexQueue) {
    super(queue, MATCH_ANY);
    this.lock = lock;
  }

  /** A plain FUTEX_WAKE of the condition: the caller looks at the word again. */
  override resultOf(): number {
    return -EAGAIN;
  }
}

/** FUTEX_WAIT_REQUEUE_PI: returns 0 as holder of the lock. Errors: EAGAIN, EINVAL, ETIMEDOUT. */
export function waitRequeuePi(
  task: Task,
  address: number,
  isPrivate: boolean,
  expected: number,
  deadlineNs: Ns | undefined,
  lockAddress: number,
): Result {
  const { call, memory } = task;
  if (address === lockAddress) throw fail(EINVAL, 'one word for both');
  if (!(call.waitData instanceof RequeueWait)) {
    const queue = futexQueue(task, address, isPrivate);
    const lock = futexQueue(task, lockAddress, isPrivate);
    if (memory.readU32(address) !== expected >>> 0)
      throw fail(EAGAIN, 'the futex word has changed');
    call.waitData = new RequeueWait(queue, lock);
  }
  const wait = call.waitData as RequeueWait;
  if (call.timedOut) {
    if (wait.queue === wait.lock) updatePriority(wait.lock.owner);
    throw fail(ETIMEDOUT, 'futex_wait_requeue_pi');
  }
  const result: Result = block(task, wait.queue, {
    deadlineNs,
    channel: 'futex_wait_requeue_pi',
  });
  return result;
}

/** FUTEX_CMP_REQUEUE_PI: the first waiter gets the lock if it is free, the others wait for it. Returns how many of both. */
export function cmpRequeuePi(
  task: Task,
  address: number,
  isPrivate: boolean,
  wakeCount: number,
  moveCount: number,
  lockAddress: number,
  expected: number,
): number {
  if (wakeCount !== 1 || moveCount < 0 || address === lockAddress)
    throw fail(EINVAL, 'FUTEX_CMP_REQUEUE_PI wakes one');
  const { memory } = task;
  const queue = futexQueue(task, address, isPrivate);
  const lock = futexQueue(task, lockAddress, isPrivate);
  if (memory.readU32(address) !== expected >>> 0) throw fail(EAGAIN, 'the futex word has changed');
  const waiters = queue.tasks();
  if (waiters.some((waiter) => !isFor(waiter, lock))) throw fail(EINVAL, 'another lock');
  let done = 0;
  for (const waiter of waiters.slice(0, wakeCount + moveCount)) {
    queue.leave(waiter);
    const word = memory.readU32(lockAddress);
    if ((word & FUTEX_TID_MASK) === 0) {
      memory.writeU32(lockAddress, (waiter.tid | (word & ~FUTEX_TID_MASK)) >>> 0);
      completeWait(waiter, 0);
    } else moveTo(task, waiter, lock, lockAddress, word);
    done++;
  }
  return done;
}

function isFor(waiter: Task, lock: FutexQueue): boolean {
  const wait = waitOf(waiter);
  return wait instanceof RequeueWait && wait.lock === lock;
}

function moveTo(task: Task, waiter: Task, lock: FutexQueue, address: number, word: number): void {
  const holder = task.kernel.pids.task(word & FUTEX_TID_MASK);
  if (!holder?.isAlive) throw fail(ESRCH, 'owner of the PI lock');
  task.memory.writeU32(address, (word | FUTEX_WAITERS) >>> 0);
  waitOf(waiter).queue = lock;
  lock.enlist(waiter);
  setOwner(lock, holder, address);
  updatePriority(holder);
}
