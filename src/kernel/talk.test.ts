/** Who stays at the hart of the kernel's thread, and how he comes there. */
import { expect, it } from 'vitest';
import { testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import type { Kernel } from './kernel.ts';
import { countCalls } from './talk.ts';
import type { Task } from './task.ts';

const NEAR = 0;

/** So many calls with so many instructions before each. */
function call(task: Task, calls: number, instructions: number): void {
  task.instructions += calls * instructions;
  countCalls(task, calls, NEAR);
}

function talker(kernel: Kernel, affinity = 0b11): Task {
  const task = testTask(kernel);
  task.scheduling.affinity = affinity;
  call(task, 1000, 100);
  return task;
}

it('is told by what a task does between its calls, and told anew', () => {
  const task = testTask(testKernel(8, 2).kernel);
  for (let i = 0; i < 9; i++) call(task, 100, 100);
  expect(task.scheduling.home).toBeUndefined();
  call(task, 100, 100);
  expect(task.scheduling.home).toBe(NEAR);
  // It works, and calls no more.
  call(task, 0, 0);
  task.instructions += 3_000_000;
  call(task, 0, 0);
  expect(task.scheduling.home).toBeUndefined();
  call(task, 1000, 10_000);
  expect(task.scheduling.home).toBeUndefined();
});

it('waits at home though another hart is idle, which does not take it', () => {
  const { kernel } = testKernel(8, 2);
  const { scheduler } = kernel;
  const tasks = [talker(kernel), talker(kernel)];
  for (const task of tasks) scheduler.start(task);
  expect(tasks.map(({ scheduling }) => scheduling.queueHart)).toEqual([NEAR, NEAR]);
  scheduler.serve(1);
  expect(scheduler.choose(1)).toBeUndefined();
  scheduler.serve(0);
  expect(scheduler.choose(0)).toBe(tasks[0]);
});

it('goes where its mask has it', () => {
  const { kernel } = testKernel(8, 2);
  const task = talker(kernel, 0b10);
  kernel.scheduler.start(task);
  expect(task.scheduling.queueHart).toBe(1);
});

it('is brought home from another hart at the tick', () => {
  const { kernel } = testKernel(8, 2);
  const { scheduler } = kernel;
  const hog = testTask(kernel);
  scheduler.start(hog);
  scheduler.serve(0);
  expect(scheduler.choose(0)).toBe(hog);
  const task = testTask(kernel);
  scheduler.start(task);
  scheduler.serve(1);
  expect(scheduler.choose(1)).toBe(task);
  call(task, 1000, 100);
  scheduler.tick(1);
  // The migration thread takes its place, and sends it away.
  expect(scheduler.choose(1)).toBeUndefined();
  expect(task.scheduling.queueHart).toBe(NEAR);
});
