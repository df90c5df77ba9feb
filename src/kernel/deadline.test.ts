/** Earliest deadline first, and what a thread may not take beyond its share: sched(7), "SCHED_DEADLINE". */
import { describe, expect, it } from 'vitest';
import { type TestKernel, testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { SCHED_DEADLINE, SCHED_FIFO } from '../abi/sched.ts';
import { admits, DeadlineServer } from './deadline.ts';
import type { Task } from './task.ts';

const MS = 1_000_000;

function start({ kernel }: TestKernel, runtimeMs: number, periodMs: number): Task {
  const task = testTask(kernel);
  const parameters = {
    runtimeNs: runtimeMs * MS,
    deadlineNs: periodMs * MS,
    periodNs: periodMs * MS,
    flags: 0,
  };
  task.scheduling.policy = SCHED_DEADLINE;
  task.scheduling.deadline = new DeadlineServer(task, parameters, kernel.clock.monotonicNs());
  kernel.scheduler.start(task);
  return task;
}

/** Who runs in each of `ticks` milliseconds, as the timer would let the kernel see it. */
function run({ kernel, platform }: TestKernel, ticks: number): (Task | undefined)[] {
  const { scheduler, timers, clock } = kernel;
  return Array.from({ length: ticks }, () => {
    const kept = scheduler.needsSwitch[0] === false ? scheduler.running[0] : undefined;
    const task = kept ?? scheduler.choose(0);
    platform.now += platform.timebaseHz / 1000;
    const nowNs = clock.monotonicNs();
    if (task) scheduler.time.settle(0, task, nowNs);
    timers.run(nowNs);
    scheduler.tick(0);
    return task;
  });
}

describe('SCHED_DEADLINE', () => {
  it('gives each its runtime in each period, and nothing more, however long it runs', () => {
    const test = testKernel();
    const a = start(test, 2, 10);
    const b = start(test, 3, 20);
    const fair = testTask(test.kernel);
    test.kernel.scheduler.start(fair);
    const ran = run(test, 200);
    const share = (task: Task): number => ran.filter((other) => other === task).length;
    expect([share(a), share(b), share(fair)]).toEqual([40, 30, 130]);
  });

  it('runs the earliest deadline first, before FIFO', () => {
    const test = testKernel();
    const late = start(test, 2, 30);
    const early = start(test, 2, 20);
    const fifo = testTask(test.kernel);
    Object.assign(fifo.scheduling, { policy: SCHED_FIFO, priority: 99 });
    test.kernel.scheduler.start(fifo);
    expect(run(test, 5)).toEqual([early, early, late, late, fifo]);
  });

  it('gives one that slept no more than its share until its deadline', () => {
    const test = testKernel();
    const task = start(test, 5, 10);
    const { scheduler, clock } = test.kernel;
    expect(run(test, 1)).toEqual([task]);
    // Awake again 1 ms before its deadline with 4 ms left: a new period begins.
    task.state = 'S';
    scheduler.needsSwitch[0] = true;
    run(test, 8);
    scheduler.wake(task);
    const server = task.scheduling.deadline;
    expect(server?.absoluteDeadlineNs).toBe(clock.monotonicNs() + 10 * MS);
    expect(server?.budgetNs).toBe(5 * MS);
  });

  it('admits 95 % of each hart', () => {
    const test = testKernel(8, 2);
    const ask = { deadlineNs: 10 * MS, periodNs: 10 * MS, flags: 0 };
    start(test, 9, 10);
    const task = testTask(test.kernel);
    expect(admits(task, { ...ask, runtimeNs: 9 * MS })).toBe(true);
    expect(admits(task, { ...ask, runtimeNs: 10 * MS })).toBe(true);
    start(test, 2, 10);
    expect(admits(task, { ...ask, runtimeNs: 9 * MS })).toBe(false);
  });
});
