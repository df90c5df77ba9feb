/** futex(2), set_robust_list(2), get_robust_list(2). */
import { EINVAL, ENOSYS, ESRCH, fail } from '../../abi/errno.ts';
import {
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMP_REQUEUE,
  FUTEX_LOCK_PI,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from '../../abi/sched.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from '../../abi/time.ts';
import { deadlineOf, type Result } from '../block.ts';
import type { Ns } from '../clock.ts';
import {
  type FutexWord,
  futexRequeue,
  futexWait,
  futexWaitVector,
  futexWake,
  futexWakeOperation,
} from '../futex.ts';
import { lockPi, unlockPi } from '../futex-pi.ts';
import { MATCH_ANY } from '../futex-queue.ts';
import { cmpRequeuePi, waitRequeuePi } from '../futex-requeue-pi.ts';
import { checkTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';
import { readTimespec, readTimestamp } from '../timespec.ts';

const FUTEX_TRYLOCK_PI = 8;
const FUTEX_WAIT_REQUEUE_PI = 11;
const FUTEX_CMP_REQUEUE_PI = 12;
const FUTEX_LOCK_PI2 = 13;

/** How many to wake and how many to move. */
function checkCounts(wake: number, move: number): void {
  // A negative int may have come as a large long.
  if ([wake, move].some((count) => count < 0 || count > 0x7fff_ffff))
    throw fail(EINVAL, 'negative count');
}

/** Deadlines of WAIT_BITSET and LOCK_PI are absolute, on one of two clocks. */
function absoluteDeadline(task: Task, timeout: number, isRealtime: boolean): Ns | undefined {
  if (timeout === 0) return undefined;
  const { call, kernel } = task;
  if (isRealtime) {
    call.wallDeadline ??= readTimestamp(task, timeout);
    call.deadlineNs = kernel.clock.monotonicOf(call.wallDeadline);
  } else call.deadlineNs ??= readTimespec(task, timeout);
  return call.deadlineNs;
}

/** futex(2). Errors: EAGAIN, EDEADLK, EFAULT, EINTR, EINVAL, ENOSYS, EPERM, ESRCH, ETIMEDOUT. */
export function futex(
  task: Task,
  address: number,
  operation: number,
  value: number,
  timeout: number,
  second: number,
  third: number,
): Result {
  const isPrivate = (operation & FUTEX_PRIVATE_FLAG) !== 0;
  const isRealtime = (operation & FUTEX_CLOCK_REALTIME) !== 0;
  const bits = third >>> 0;
  switch (operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case FUTEX_WAIT: {
      const relativeNs = timeout === 0 ? undefined : readTimespec(task, timeout);
      return futexWait(task, address, isPrivate, value, deadlineOf(task, relativeNs), MATCH_ANY);
    }
    case FUTEX_WAIT_BITSET: {
      const deadlineNs = absoluteDeadline(task, timeout, isRealtime);
      return futexWait(task, address, isPrivate, value, deadlineNs, bits);
    }
    case FUTEX_WAKE:
      return futexWake(task, address, isPrivate, value, MATCH_ANY);
    case FUTEX_WAKE_BITSET:
      return futexWake(task, address, isPrivate, value, bits);
    case FUTEX_REQUEUE:
      checkCounts(value, timeout);
      return futexRequeue(task, address, isPrivate, value, timeout, second, undefined);
    case FUTEX_CMP_REQUEUE:
      checkCounts(value, timeout);
      return futexRequeue(task, address, isPrivate, value, timeout, second, third);
    case FUTEX_WAKE_OP:
      return futexWakeOperation(task, address, isPrivate, value, timeout, second, third);
    case FUTEX_LOCK_PI:
      return lockPi(task, address, isPrivate, absoluteDeadline(task, timeout, true), false);
    case FUTEX_LOCK_PI2:
      return lockPi(task, address, isPrivate, absoluteDeadline(task, timeout, isRealtime), false);
    case FUTEX_TRYLOCK_PI:
      return lockPi(task, address, isPrivate, undefined, true);
    case FUTEX_UNLOCK_PI:
      return unlockPi(task, address, isPrivate);
    case FUTEX_WAIT_REQUEUE_PI: {
      const deadlineNs = absoluteDeadline(task, timeout, isRealtime);
      return waitRequeuePi(task, address, isPrivate, value, deadlineNs, second);
    }
    case FUTEX_CMP_REQUEUE_PI:
      return cmpRequeuePi(task, address, isPrivate, value, timeout, second, third);
    default:
      throw fail(ENOSYS, `futex operation ${operation}`);
  }
}

/** FUTEX2_*: sizes other than 32 bits, and NUMA nodes, are refused as Linux does. */
const FUTEX2_SIZE_MASK = 3;
const FUTEX2_SIZE_U32 = 2;
const FUTEX2_PRIVATE = 128;
const FUTEX_WAITV_MAX = 128;
const FUTEX_WAITV_BYTES = 24;

function checkFlags(flags: number): boolean {
  if ((flags & ~(FUTEX2_SIZE_MASK | FUTEX2_PRIVATE)) !== 0) throw fail(EINVAL, 'futex2 flags');
  if ((flags & FUTEX2_SIZE_MASK) !== FUTEX2_SIZE_U32) throw fail(EINVAL, 'size of the futex');
  return (flags & FUTEX2_PRIVATE) !== 0;
}

/** The absolute timeout of the futex2 calls: CLOCK_MONOTONIC or CLOCK_REALTIME. */
function deadlineBy(task: Task, timeout: number, clock: number): Ns | undefined {
  if (timeout === 0) return undefined;
  if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) throw fail(EINVAL, `clock ${clock}`);
  return absoluteDeadline(task, timeout, clock === CLOCK_REALTIME);
}

/** struct futex_waitv: 64-bit value, address, flags, 32 bits that are zero. */
function readWord(task: Task, address: number): FutexWord {
  const { memory } = task;
  if (memory.readU32(address + 20) !== 0) throw fail(EINVAL, 'reserved');
  const isPrivate = checkFlags(memory.readU32(address + 16));
  return { address: memory.readU64(address + 8), expected: memory.readU32(address), isPrivate };
}

function readWords(task: Task, address: number, count: number): FutexWord[] {
  return Array.from({ length: count }, (_, i) => readWord(task, address + i * FUTEX_WAITV_BYTES));
}

/** futex_waitv(2). Errors: EAGAIN, EFAULT, EINTR, EINVAL, ETIMEDOUT. */
export function futexWaitv(
  task: Task,
  waiters: number,
  count: number,
  flags: number,
  timeout: number,
  clock: number,
): Result {
  if (flags !== 0) throw fail(EINVAL, 'flags');
  if (count === 0 || count > FUTEX_WAITV_MAX || waiters === 0) throw fail(EINVAL, 'count');
  const deadlineNs = deadlineBy(task, timeout, clock);
  return futexWaitVector(task, readWords(task, waiters, count), deadlineNs);
}

/** futex_wake: unlike FUTEX_WAKE it takes a mask, and wakes nobody for a count of 0. */
export function futex2Wake(
  task: Task,
  address: number,
  mask: number,
  count: number,
  flags: number,
): number {
  const isPrivate = checkFlags(flags);
  checkMask(mask);
  return count === 0 ? 0 : futexWake(task, address, isPrivate, count, mask >>> 0);
}

/** futex_wait. */
export function futex2Wait(
  task: Task,
  address: number,
  value: number,
  mask: number,
  flags: number,
  timeout: number,
  clock: number,
): Result {
  const isPrivate = checkFlags(flags);
  checkMask(mask);
  const deadlineNs = deadlineBy(task, timeout, clock);
  return futexWait(task, address, isPrivate, value, deadlineNs, mask >>> 0);
}

/** Values and masks are of the futex's 32 bits. */
function checkMask(mask: number): void {
  if (mask >= 0x1_0000_0000) throw fail(EINVAL, 'mask of more than 32 bits');
}

/** futex_requeue: from the first of two words to the second, if the first still has its value. */
export function futex2Requeue(
  task: Task,
  waiters: number,
  flags: number,
  wakeCount: number,
  moveCount: number,
): number {
  if (flags !== 0 || waiters === 0) throw fail(EINVAL, 'flags');
  const [from, to] = readWords(task, waiters, 2) as [FutexWord, FutexWord];
  const { address, expected, isPrivate } = from;
  return futexRequeue(task, address, isPrivate, wakeCount, moveCount, to.address, expected);
}

/** sizeof(struct robust_list_head). */
const ROBUST_HEAD_BYTES = 24;

export function setRobustList(task: Task, head: number, size: number): number {
  if (size !== ROBUST_HEAD_BYTES) throw fail(EINVAL, 'size of robust_list_head');
  task.robustList = head;
  return 0;
}

export function getRobustList(
  task: Task,
  tid: number,
  headAddress: number,
  sizeAddress: number,
): number {
  const target = tid === 0 ? task : task.kernel.pids.task(tid);
  if (!target) throw fail(ESRCH, `thread ${tid}`);
  checkTrace(task, target);
  task.memory.writeU64(sizeAddress, ROBUST_HEAD_BYTES);
  task.memory.writeU64(headAddress, target.robustList);
  return 0;
}
