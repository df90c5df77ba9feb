/** Shares of CPU time: two nice levels apart is 1.25 squared (sched(7)); real time before fair; FIFO keeps, RR rotates. */
import { describe, expect, it } from 'vitest';
import { testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../abi/sched.ts';
import type { Kernel } from './kernel.ts';
import type { Task } from './task.ts';

/** Run `ticks` of 1 ms of user time with a timer tick after each; returns ms per task. */
function run(kernel: Kernel, ticks: number): Map<Task, number> {
  const { scheduler } = kernel;
  const used = new Map<Task, number>();
  let now = 0;
  for (let i = 0; i < ticks; i++) {
    const task = scheduler.needsSwitch[0] === false ? scheduler.running[0] : scheduler.choose(0);
    now += 1_000_000;
    if (!task) {
      continue;
    }
    used.set(task, (used.get(task) ?? 0) + 1);
    scheduler.time.settle(0, task, now);
    scheduler.tick(0);
  }
  return used;
}

function started(kernel: Kernel, change: Partial<Task['scheduling']> = {}): Task {
  const task = testTask(kernel);
  Object.assign(task.scheduling, change);
  kernel.scheduler.start(task);
  return task;
}

describe('scheduler', () => {
  it('gives equal tasks equal time', () => {
    const { kernel } = testKernel();
    const tasks = [started(kernel), started(kernel), started(kernel)];
    const used = run(kernel, 900);
    for (const task of tasks) expect(Math.abs((used.get(task) ?? 0) - 300)).toBeLessThanOrEqual(6);
  });

  it('weighs by nice', () => {
    const { kernel } = testKernel();
    const normal = started(kernel);
    const nice = started(kernel, { nice: 5 });
    const used = run(kernel, 4000);
    const ratio = (used.get(normal) ?? 0) / (used.get(nice) ?? 1);
    expect(ratio).toBeGreaterThan(1.25 ** 5 * 0.9);
    expect(ratio).toBeLessThan(1.25 ** 5 * 1.1);
  });

  it('lets SCHED_IDLE tasks have nearly nothing', () => {
    const { kernel } = testKernel();
    started(kernel);
    const idle = started(kernel, { policy: SCHED_IDLE });
    expect(run(kernel, 3000).get(idle) ?? 0).toBeLessThan(30);
  });

  it('runs FIFO before all others, and never rotates it', () => {
    const { kernel } = testKernel();
    const fair = started(kernel);
    const first = started(kernel, { policy: SCHED_FIFO, priority: 10 });
    const second = started(kernel, { policy: SCHED_FIFO, priority: 10 });
    const used = run(kernel, 500);
    expect([used.get(first), used.get(second), used.get(fair)]).toEqual([
      500,
      undefined,
      undefined,
    ]);
  });

  it('rotates RR tasks of one priority every 100 ms', () => {
    const { kernel } = testKernel();
    const first = started(kernel, { policy: SCHED_RR, priority: 10 });
    const second = started(kernel, { policy: SCHED_RR, priority: 10 });
    const used = run(kernel, 400);
    expect([used.get(first), used.get(second)]).toEqual([200, 200]);
  });

  it('rotates as often as sched_rr_timeslice_ms says', () => {
    const { kernel } = testKernel();
    kernel.scheduler.roundRobinNs = 20_000_000;
    const first = started(kernel, { policy: SCHED_RR, priority: 10 });
    const second = started(kernel, { policy: SCHED_RR, priority: 10 });
    const used = run(kernel, 60);
    expect([used.get(first), used.get(second)]).toEqual([40, 20]);
  });

  it('puts a yielding task behind the others', () => {
    const { kernel } = testKernel();
    const first = started(kernel);
    const second = started(kernel);
    const running = kernel.scheduler.choose(0);
    expect(running).toBe(first);
    kernel.scheduler.yield(first);
    expect(kernel.scheduler.choose(0)).toBe(second);
  });

  it('keeps tasks on the harts of their affinity', () => {
    const { kernel } = testKernel(8, 2);
    const task = started(kernel, { affinity: 2 });
    expect(kernel.scheduler.choose(0)).toBeUndefined();
    expect(kernel.scheduler.choose(1)).toBe(task);
  });

  it('preempts for a task that has slept', () => {
    const { kernel } = testKernel();
    const sleeper = testTask(kernel);
    sleeper.state = 'S';
    const busy = started(kernel);
    run(kernel, 50);
    expect(kernel.scheduler.choose(0)).toBe(busy);
    expect(kernel.scheduler.needsSwitch[0]).toBe(false);
    kernel.scheduler.wake(sleeper);
    expect(kernel.scheduler.needsSwitch[0]).toBe(true);
    expect(kernel.scheduler.choose(0)).toBe(sleeper);
  });
});
