/** Priority-inheritance futexes: FUTEX_LOCK_PI, FUTEX_UNLOCK_PI. Linux: kernel/futex/pi.c, kernel/locking/rtmutex.c. */
import { EAGAIN, EDEADLK, EPERM, ESRCH, ETIMEDOUT, fail, KernelError } from '../abi/errno.ts';
import { block, type Result } from './block.ts';
import type { Ns } from './clock.ts';
import { futexQueue } from './futex.ts';
import {
  completeWait,
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  type FutexQueue,
  FutexWait,
  MATCH_ANY,
} from './futex-queue.ts';
import type { Task } from './task.ts';

/** Locks that may wait for locks: a longer chain is a deadlock. */
const CHAIN_LIMIT = 64;

/** Take the lock, or sleep for it while its owner runs with the waiter's priority. */
export function lockPi(
  task: Task,
  address: number,
  isPrivate: boolean,
  deadlineNs: Ns | undefined,
  isTry: boolean,
): Result {
  const { memory, call } = task;
  const waited = call.waitData instanceof FutexWait ? call.waitData.queue : undefined;
  const queue = waited ?? futexQueue(task, address, isPrivate);
  if (call.timedOut) {
    queue.leave(task);
    updatePriority(queue.owner);
    throw fail(ETIMEDOUT, 'PI lock');
  }
  const word = memory.readU32(address);
  const owner = word & FUTEX_TID_MASK;
  if (owner === 0) {
    // Free, or left by a dead owner: the flag stays for the new one to see.
    const waiters = queue.waiters.size > 0 ? FUTEX_WAITERS : 0;
    memory.writeU32(address, (task.tid | waiters | (word & FUTEX_OWNER_DIED)) >>> 0);
    return 0;
  }
  if (owner === task.tid) throw fail(EDEADLK, 'PI lock is held by the caller');
  if (isTry) throw fail(EAGAIN, 'PI lock is held');
  const holder = task.kernel.pids.task(owner);
  if (!holder?.isAlive) throw fail(ESRCH, 'owner of the PI lock');
  checkChain(task, holder);
  memory.writeU32(address, (word | FUTEX_WAITERS) >>> 0);
  call.waitData = new FutexWait(queue, MATCH_ANY);
  setOwner(queue, holder, address);
  const result: Result = block(task, queue, { deadlineNs, channel: 'futex_lock_pi' });
  updatePriority(holder);
  return result;
}

/** Give the lock to the waiter of highest priority. Throws EPERM unless the caller holds it. */
export function unlockPi(task: Task, address: number, isPrivate: boolean): number {
  const word = task.memory.readU32(address);
  if ((word & FUTEX_TID_MASK) !== task.tid) throw fail(EPERM, 'PI lock is not held');
  handOver(task, futexQueue(task, address, isPrivate), address, 0);
  return 0;
}

/** A thread dies with PI locks that others wait for. */
export function abandonPiLocks(task: Task): void {
  for (const queue of [...task.piQueues]) {
    try {
      handOver(task, queue, queue.ownerAddress, FUTEX_OWNER_DIED);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
  }
}

function handOver(task: Task, queue: FutexQueue, address: number, flags: number): void {
  const next = queue.tasks().reduce<Task | undefined>((best, waiter) => {
    return !best || waiter.scheduling.realtimePriority > best.scheduling.realtimePriority
      ? waiter
      : best;
  }, undefined);
  if (!next) {
    task.memory.writeU32(address, flags);
    setOwner(queue, undefined, 0);
  } else {
    queue.leave(next);
    const waiters = queue.waiters.size > 0 ? FUTEX_WAITERS : 0;
    task.memory.writeU32(address, (next.tid | waiters | flags) >>> 0);
    setOwner(queue, waiters === 0 ? undefined : next, address);
    completeWait(next, 0);
    updatePriority(next);
  }
  updatePriority(task);
}

export function setOwner(queue: FutexQueue, owner: Task | undefined, address: number): void {
  if (queue.owner !== owner) {
    queue.owner?.piQueues.delete(queue);
    owner?.piQueues.add(queue);
    queue.owner = owner;
  }
  queue.ownerAddress = address;
}

/** The owner waits, directly or not, for the caller. */
function checkChain(task: Task, holder: Task): void {
  let owner: Task | undefined = holder;
  for (let i = 0; owner && i < CHAIN_LIMIT; i++) {
    if (owner === task) throw fail(EDEADLK, 'circle of PI locks');
    owner = queueWaitedOn(owner)?.owner;
  }
}

function queueWaitedOn(task: Task): FutexQueue | undefined {
  const data = task.syscall?.waitData;
  return data instanceof FutexWait && task.waitingOn.has(data.queue) ? data.queue : undefined;
}

/** Lend `owner` the highest priority of those who wait for it, along the chain of locks. */
export function updatePriority(owner: Task | undefined): void {
  for (let task = owner, i = 0; task && i < CHAIN_LIMIT; i++) {
    let priority = 0;
    for (const queue of task.piQueues)
      for (const waiter of queue.tasks())
        priority = Math.max(priority, waiter.scheduling.realtimePriority);
    const { scheduling, kernel } = task;
    if (scheduling.inheritedPriority === priority) return;
    kernel.scheduler.reschedule(task, () => {
      scheduling.inheritedPriority = priority;
    });
    task = queueWaitedOn(task)?.owner;
  }
}
