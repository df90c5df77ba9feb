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
import { deadlineOf, type Result } from '../block.ts';
import type { Ns } from '../clock.ts';
import { futexRequeue, futexWait, futexWake, futexWakeOperation } from '../futex.ts';
import { lockPi, unlockPi } from '../futex-pi.ts';
import { MATCH_ANY } from '../futex-queue.ts';
import { checkTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';
import { readTimespec, readTimestamp } from '../timespec.ts';

const FUTEX_TRYLOCK_PI = 8;
const FUTEX_LOCK_PI2 = 13;

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
      return futexRequeue(task, address, isPrivate, value, timeout, second, undefined);
    case FUTEX_CMP_REQUEUE:
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
    default:
      throw fail(ENOSYS, `futex operation ${operation}`);
  }
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
  checkTrace(task.process, target.process);
  task.memory.writeU64(sizeAddress, ROBUST_HEAD_BYTES);
  task.memory.writeU64(headAddress, target.robustList);
  return 0;
}
