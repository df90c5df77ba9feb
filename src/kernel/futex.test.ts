/** futex(2): who is woken, who is moved, who inherits. */
import { describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { EAGAIN, EDEADLK, EPERM, ETIMEDOUT, KernelError } from '../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { BLOCKED, type Result } from './block.ts';
import { futexRequeue, futexWait, futexWake, futexWakeOperation } from './futex.ts';
import { lockPi, unlockPi } from './futex-pi.ts';
import { MATCH_ANY } from './futex-queue.ts';
import type { Kernel } from './kernel.ts';
import { mapRegion } from './mm/mmap.ts';
import { Task } from './task.ts';

const WORD = 0x2_0000;
const OTHER = WORD + 64;

function threads(count: number): { kernel: Kernel; tasks: Task[] } {
  const { kernel } = testKernel();
  const leader = testTask(kernel);
  mapRegion(spaceOfTask(leader), {
    address: WORD,
    length: 4096,
    protection: PROT_READ | PROT_WRITE,
    placement: 'fixed',
  });
  const tasks = [leader];
  while (tasks.length < count) {
    const task = new Task(kernel, leader.process, kernel.pids.allocate(), 'thread', leader);
    leader.process.tasks.set(task.tid, task);
    kernel.pids.tasks.set(task.tid, task);
    tasks.push(task);
  }
  return { kernel, tasks };
}

/** Run `call` as a system call of the task. */
function enter(task: Task, call: () => Result): Result | string {
  task.call.begin(98);
  task.syscall = task.call;
  return again(task, call);
}

function again(task: Task, call: () => Result): Result | string {
  try {
    const result = call();
    task.call.isRestarted = true;
    return result;
  } catch (error) {
    if (error instanceof KernelError) return -error.errno;
    throw error;
  }
}

const wait = (task: Task, expected = 0, bitset = MATCH_ANY) =>
  enter(task, () => futexWait(task, WORD, true, expected, undefined, bitset));

describe('futex', () => {
  it('sleeps only while the word has the expected value', () => {
    const { tasks } = threads(2);
    const [a, b] = tasks as [Task, Task];
    a.memory.writeU32(WORD, 5);
    expect(wait(b, 4)).toBe(-EAGAIN);
    expect(wait(b, 5)).toBe(BLOCKED);
    expect(b.state).toBe('S');
    expect(futexWake(a, WORD, true, 1, MATCH_ANY)).toBe(1);
    expect(b.state).toBe('R');
    expect(b.call.result).toBe(0);
  });

  it('wakes in order of arrival, at most as many as asked, by bit set', () => {
    const { tasks } = threads(4);
    const [a, b, c, d] = tasks as [Task, Task, Task, Task];
    wait(b, 0, 1);
    wait(c, 0, 2);
    wait(d, 0, 3);
    expect(futexWake(a, WORD, true, 9, 2)).toBe(2);
    expect([b.state, c.state, d.state]).toEqual(['S', 'R', 'R']);
    expect(futexWake(a, WORD, true, 1, MATCH_ANY)).toBe(1);
    expect(futexWake(a, WORD, true, 1, MATCH_ANY)).toBe(0);
  });

  it('ends with ETIMEDOUT at the deadline', () => {
    const { kernel, tasks } = threads(1);
    const [a] = tasks as [Task];
    const call = () => futexWait(a, WORD, true, 0, 1000, MATCH_ANY);
    expect(enter(a, call)).toBe(BLOCKED);
    kernel.timers.run(1000);
    expect(a.state).toBe('R');
    expect(again(a, call)).toBe(-ETIMEDOUT);
  });

  it('moves waiters to another word without waking them', () => {
    const { tasks } = threads(4);
    const [a, b, c, d] = tasks as [Task, Task, Task, Task];
    for (const task of [b, c, d]) wait(task);
    expect(() => futexRequeue(a, WORD, true, 1, 9, OTHER, 1)).toThrow(KernelError);
    expect(futexRequeue(a, WORD, true, 1, 9, OTHER, 0)).toBe(3);
    expect([b.state, c.state, d.state]).toEqual(['R', 'S', 'S']);
    expect(futexWake(a, WORD, true, 9, MATCH_ANY)).toBe(0);
    expect(futexWake(a, OTHER, true, 9, MATCH_ANY)).toBe(2);
  });

  it('FUTEX_WAKE_OP changes the second word and tests its old value', () => {
    const { tasks } = threads(3);
    const [a, b, c] = tasks as [Task, Task, Task];
    wait(b);
    enter(c, () => futexWait(c, OTHER, true, 0, undefined, MATCH_ANY));
    // FUTEX_OP(FUTEX_OP_ADD, 7, FUTEX_OP_CMP_GT, 0): old value 0 is not greater.
    const add7IfGreater0 = (1 << 28) | (4 << 24) | (7 << 12);
    expect(futexWakeOperation(a, WORD, true, 1, 1, OTHER, add7IfGreater0)).toBe(1);
    expect(a.memory.readU32(OTHER)).toBe(7);
    expect(c.state).toBe('S');
    expect(futexWakeOperation(a, WORD, true, 1, 1, OTHER, add7IfGreater0)).toBe(1);
    expect(c.state).toBe('R');
  });

  it('PI: the owner runs with the highest priority that waits for it, then hands over', () => {
    const { tasks } = threads(3);
    const [low, middle, high] = tasks as [Task, Task, Task];
    middle.scheduling.priority = 20;
    high.scheduling.priority = 30;
    const lock = (task: Task) => enter(task, () => lockPi(task, WORD, true, undefined, false));
    expect(lock(low)).toBe(0);
    expect(low.memory.readU32(WORD)).toBe(low.tid);
    expect(lock(low)).toBe(-EDEADLK);
    expect(lock(middle)).toBe(BLOCKED);
    expect(low.scheduling.realtimePriority).toBe(20);
    expect(lock(high)).toBe(BLOCKED);
    expect(low.scheduling.realtimePriority).toBe(30);
    expect(enter(high, () => unlockPi(high, WORD, true))).toBe(-EPERM);
    unlockPi(low, WORD, true);
    expect(low.scheduling.realtimePriority).toBe(0);
    expect(low.memory.readU32(WORD)).toBe((high.tid | 0x8000_0000) >>> 0);
    expect([high.state, high.call.result, middle.state]).toEqual(['R', 0, 'S']);
    unlockPi(high, WORD, true);
    expect(low.memory.readU32(WORD)).toBe(middle.tid);
  });
});
