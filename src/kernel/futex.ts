/** Operations on futexes: futex(2) without priority inheritance. Linux: kernel/futex/{waitwake,requeue}.c. */
import { EAGAIN, EFAULT, EINVAL, ENOSYS, ETIMEDOUT, fail, failed } from '../abi/errno.ts';
import { TASK_SIZE } from './arch/page-table.ts';
import { block, type Result } from './block.ts';
import type { Ns } from './clock.ts';
import { type FutexQueue, FutexVectorWait, FutexWait, MATCH_ANY } from './futex-queue.ts';
import type { AddressSpace } from './mm/address-space.ts';
import type { Task } from './task.ts';

export function spaceOf(task: Task): AddressSpace {
  return task.process.addressSpace ?? task.memory.owner;
}

export function futexQueue(task: Task, address: number, isPrivate: boolean): FutexQueue {
  if (address % 4 !== 0) throw fail(EINVAL, 'futex word is not aligned');
  if (address >= TASK_SIZE) throw fail(EFAULT, 'not an address of user space');
  const [table, key] = task.kernel.futexes.locate(spaceOf(task), address, isPrivate);
  return table.get(key);
}

/** FUTEX_WAIT, FUTEX_WAIT_BITSET. `deadlineNs` is absolute. */
export function futexWait(
  task: Task,
  address: number,
  isPrivate: boolean,
  expected: number,
  deadlineNs: Ns | undefined,
  bitset: number,
): Result {
  if (bitset === 0) throw fail(EINVAL, 'empty bit set');
  const call = task.call;
  if (call.timedOut) throw fail(ETIMEDOUT, 'futex wait');
  const queue =
    call.waitData instanceof FutexWait ? call.waitData.queue : futexQueue(task, address, isPrivate);
  if (!call.isRestarted && task.memory.readU32(address) !== expected >>> 0)
    return failed(EAGAIN, 'the futex word has changed');
  if (!(call.waitData instanceof FutexWait)) call.waitData = new FutexWait(queue, bitset);
  return block(task, queue, {
    deadlineNs,
    channel: 'futex_wait_queue',
  });
}

/** One word that futex_waitv(2) waits on. */
export interface FutexWord {
  readonly address: number;
  readonly expected: number;
  readonly isPrivate: boolean;
}

/** futex_waitv: sleep until one of the words is woken; the result is its index. */
export function futexWaitVector(
  task: Task,
  words: readonly FutexWord[],
  deadlineNs: Ns | undefined,
): Result {
  const { call } = task;
  if (call.timedOut) throw fail(ETIMEDOUT, 'futex_waitv');
  if (!(call.waitData instanceof FutexVectorWait)) {
    const queues = words.map(({ address, isPrivate }) => futexQueue(task, address, isPrivate));
    for (const { address, expected } of words)
      if (task.memory.readU32(address) !== expected >>> 0)
        throw fail(EAGAIN, 'a futex word has changed');
    call.waitData = new FutexVectorWait(queues);
  }
  const { queues } = call.waitData as FutexVectorWait;
  return block(task, [...new Set(queues)], { deadlineNs, channel: 'futex_wait_multiple' });
}

/** Wake up to `count` waiters of a word; returns how many. */
export function futexWake(
  task: Task,
  address: number,
  isPrivate: boolean,
  count: number,
  bitset: number,
): number {
  if (bitset === 0) throw fail(EINVAL, 'empty bit set');
  const queue = futexQueue(task, address, isPrivate);
  // The key of a shared futex is its page, which must be there.
  if (!isPrivate) task.memory.readU32(address);
  // Linux wakes one waiter for a count of 0 or less.
  return queue.wakeMatching(Math.max(count, 1), bitset);
}

/** For the kernel's own wake-ups: a thread's end. */
export function wakeFutex(task: Task, address: number): void {
  if (address % 4 === 0) futexQueue(task, address, false).wakeMatching(1, MATCH_ANY);
}

/** FUTEX_REQUEUE, FUTEX_CMP_REQUEUE: wake some, move others to a second word. */
export function futexRequeue(
  task: Task,
  address: number,
  isPrivate: boolean,
  wakeCount: number,
  moveCount: number,
  target: number,
  expected: number | undefined,
): number {
  if (wakeCount < 0 || moveCount < 0) throw fail(EINVAL, 'negative count');
  const from = futexQueue(task, address, isPrivate);
  const to = futexQueue(task, target, isPrivate);
  if (expected !== undefined && task.memory.readU32(address) !== expected >>> 0)
    throw fail(EAGAIN, 'the futex word has changed');
  const woken = from.wakeMatching(wakeCount, MATCH_ANY);
  return woken + (from === to ? 0 : from.requeue(moveCount, to));
}

/** FUTEX_WAKE_OP: change the second word, wake the first, and the second if its old value passes a test. */
export function futexWakeOperation(
  task: Task,
  address: number,
  isPrivate: boolean,
  count: number,
  secondCount: number,
  second: number,
  encoded: number,
): number {
  const first = futexQueue(task, address, isPrivate);
  const other = futexQueue(task, second, isPrivate);
  const before = task.memory.readI32(second);
  const operand = (encoded << 8) >> 20;
  const isShift = encoded < 0;
  task.memory.writeU32(
    second,
    applyOperation((encoded >>> 28) & 7, before, isShift ? 1 << (operand & 31) : operand) >>> 0,
  );
  const woken = first.wakeMatching(count, MATCH_ANY);
  if (!compare((encoded >>> 24) & 15, before, (encoded << 20) >> 20)) return woken;
  return woken + other.wakeMatching(secondCount, MATCH_ANY);
}

function applyOperation(operation: number, value: number, operand: number): number {
  switch (operation) {
    case 0:
      return operand;
    case 1:
      return value + operand;
    case 2:
      return value | operand;
    case 3:
      return value & ~operand;
    case 4:
      return value ^ operand;
    default:
      throw fail(ENOSYS, `futex operation ${operation}`);
  }
}

function compare(comparison: number, value: number, operand: number): boolean {
  switch (comparison) {
    case 0:
      return value === operand;
    case 1:
      return value !== operand;
    case 2:
      return value < operand;
    case 3:
      return value <= operand;
    case 4:
      return value > operand;
    case 5:
      return value >= operand;
    default:
      throw fail(ENOSYS, `futex comparison ${comparison}`);
  }
}
