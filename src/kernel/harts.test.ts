/** The scheduler on several harts: where tasks are placed, how they spread, who is interrupted. Expected shares are worked by hand. */
import { describe, expect, it } from 'vitest';
import { testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { SCHED_FIFO } from '../abi/sched.ts';
import type { Kernel } from './kernel.ts';
import type { Task } from './task.ts';

const TICK_NS = 1_000_000;

/** All harts run `ticks` of 1 ms of user time each, in step; returns ms per task and hart. */
function run(kernel: Kernel, ticks: number, startNs = 0): Map<Task, number[]> {
  const { scheduler, arch } = kernel;
  const used = new Map<Task, number[]>();
  for (let i = 1; i <= ticks; i++) {
    for (let hart = 0; hart < arch.harts; hart++) {
      scheduler.serve(hart);
      const stays = scheduler.needsSwitch[hart] === false && scheduler.running[hart]?.state === 'R';
      const task = stays ? scheduler.running[hart] : scheduler.choose(hart);
      const nowNs = startNs + i * TICK_NS;
      if (!task) {
        scheduler.time.settleIdle(hart, nowNs);
        continue;
      }
      const times = used.get(task) ?? new Array<number>(arch.harts).fill(0);
      times[hart] = (times[hart] ?? 0) + 1;
      used.set(task, times);
      scheduler.time.settle(hart, task, nowNs);
      scheduler.tick(hart);
    }
  }
  return used;
}

function started(kernel: Kernel, change: Partial<Task['scheduling']> = {}): Task {
  const task = testTask(kernel);
  Object.assign(task.scheduling, change);
  kernel.scheduler.start(task);
  return task;
}

const sum = (values: readonly number[] = []): number => values.reduce((a, b) => a + b, 0);

describe('several harts', () => {
  it.each([2, 4, 8])('settles 2N hogs two per hart on %i harts, and then moves none', (harts) => {
    const { kernel } = testKernel(16, harts);
    const tasks = Array.from({ length: 2 * harts }, () => started(kernel));
    run(kernel, 100);
    const before = tasks.map(({ scheduling }) => scheduling.migrations);
    const used = run(kernel, 1000, 100 * TICK_NS);
    const perHart = Array.from({ length: harts }, (_, hart) => {
      return tasks.filter((task) => (used.get(task)?.[hart] ?? 0) > 0).length;
    });
    expect(perHart).toEqual(perHart.map(() => 2));
    expect(tasks.map(({ scheduling }) => scheduling.migrations)).toEqual(before);
    for (const task of tasks) expect(Math.abs(sum(used.get(task)) - 500)).toBeLessThanOrEqual(6);
  });

  it('brings hogs that were kept on one hart to the others once they may go there', () => {
    const { kernel } = testKernel(8, 4);
    const tasks = Array.from({ length: 8 }, () => started(kernel, { affinity: 1 }));
    run(kernel, 40);
    for (const task of tasks) {
      kernel.scheduler.reschedule(task, () => {
        task.scheduling.affinity = 0xf;
      });
    }
    run(kernel, 400, 40 * TICK_NS);
    const used = run(kernel, 400, 440 * TICK_NS);
    for (const task of tasks) expect(Math.abs(sum(used.get(task)) - 200)).toBeLessThanOrEqual(8);
    const migrations = sum(tasks.map(({ scheduling }) => scheduling.migrations));
    expect(migrations).toBeGreaterThanOrEqual(6);
    expect(migrations).toBeLessThan(20);
  });

  it('gives three hogs on two harts two thirds each', () => {
    const { kernel } = testKernel(8, 2);
    const tasks = [started(kernel), started(kernel), started(kernel)];
    const used = run(kernel, 30_000);
    for (const task of tasks) expect(Math.abs(sum(used.get(task)) - 20_000)).toBeLessThan(2000);
    for (const { scheduling } of tasks) expect(scheduling.migrations).toBeLessThan(60);
  });

  it('never runs a task on a hart that its mask does not have', () => {
    const { kernel } = testKernel(8, 4);
    const masks = [0b0001, 0b0010, 0b0110, 0b1000, 0b1100, 0b0011];
    const tasks = masks.map((affinity) => started(kernel, { affinity }));
    const used = run(kernel, 500);
    tasks.forEach((task, i) => {
      const harts = used.get(task) ?? [];
      harts.forEach((ms, hart) => {
        if ((((masks[i] ?? 0) >>> hart) & 1) === 0) expect(ms).toBe(0);
      });
      expect(sum(harts)).toBeGreaterThan(0);
    });
  });

  it('moves a running task at once when its mask loses the hart', () => {
    const { kernel, platform } = testKernel(8, 2);
    const task = started(kernel, { affinity: 1 });
    const { scheduler } = kernel;
    scheduler.serve(0);
    expect(scheduler.choose(0)).toBe(task);
    scheduler.serve(1);
    kernel.arch.resume(0);
    platform.ipis.length = 0;
    scheduler.reschedule(task, () => {
      task.scheduling.affinity = 2;
    });
    expect(platform.ipis).toEqual([0]);
    scheduler.serve(0);
    expect(scheduler.choose(0)).toBeUndefined();
    expect(platform.ipis).toEqual([0, 1]);
    task.registers[20] = 4711;
    expect(scheduler.choose(1)).toBe(task);
    expect(task.hart).toBe(1);
    expect(platform.registers(1)[20]).toBe(4711);
    expect(task.scheduling.migrations).toBe(1);
  });

  it('moves the running task to an idle hart when those that wait may not go there', () => {
    const { kernel } = testKernel(8, 2);
    const pinned = started(kernel, { affinity: 1 });
    const free = started(kernel, { affinity: 1 });
    run(kernel, 20);
    free.scheduling.affinity = 3;
    pinned.scheduling.vruntimeNs += 50 * TICK_NS;
    const used = run(kernel, 200, 20 * TICK_NS);
    expect(used.get(free)?.[1]).toBeGreaterThan(150);
    expect(used.get(pinned)?.[0]).toBeGreaterThan(130);
    expect(free.scheduling.migrations).toBe(1);
  });

  it('moves no hog for commands that come and go', () => {
    const { kernel } = testKernel(16, 2);
    const hogs = Array.from({ length: 4 }, () => started(kernel));
    run(kernel, 1000);
    const before = hogs.map(({ scheduling }) => scheduling.migrations);
    for (let command = 0; command < 30; command++) {
      const task = started(kernel);
      // About 16 ms of its own; the rest of the time it waits.
      run(kernel, 50, (1000 + command * 100) * TICK_NS);
      task.state = 'S';
      run(kernel, 50, (1050 + command * 100) * TICK_NS);
    }
    expect(hogs.map(({ scheduling }) => scheduling.migrations)).toEqual(before);
  });

  it('wakes a task on its own hart if that is idle, on another idle one otherwise', () => {
    const { kernel, platform } = testKernel(8, 4);
    const { scheduler } = kernel;
    const sleeper = testTask(kernel);
    sleeper.state = 'S';
    sleeper.scheduling.lastHart = 2;
    scheduler.serve(0);
    scheduler.wake(sleeper);
    expect(platform.ipis).toEqual([2]);
    expect(scheduler.choose(2)).toBe(sleeper);
    const other = testTask(kernel);
    other.state = 'S';
    other.scheduling.lastHart = 2;
    started(kernel, { affinity: 1 });
    scheduler.choose(0);
    scheduler.wake(other);
    expect(platform.ipis).toEqual([2, 1]);
    expect(scheduler.choose(1)).toBe(other);
  });

  it('sends no interrupt twice, none to the hart that it works for, and none for the host', () => {
    const { kernel, platform } = testKernel(8, 2);
    const { scheduler, arch } = kernel;
    scheduler.serve(1);
    started(kernel, { affinity: 2 });
    expect(platform.ipis).toEqual([]);
    started(kernel, { affinity: 1 });
    started(kernel, { affinity: 1 });
    expect(platform.ipis).toEqual([0]);
    expect(arch.takeIpi(0)).toBe(true);
    expect(arch.takeIpi(0)).toBe(false);
    scheduler.serveHost();
    started(kernel, { affinity: 1 });
    expect(platform.ipis).toEqual([0]);
  });

  it('runs the most urgent real-time tasks, one per hart, whoever came first', () => {
    const { kernel } = testKernel(8, 2);
    const fifo = (priority: number) => started(kernel, { policy: SCHED_FIFO, priority });
    started(kernel);
    const [low, middle, high] = [fifo(10), fifo(20), fifo(30)];
    const used = run(kernel, 100);
    expect(sum(used.get(high))).toBe(100);
    expect(sum(used.get(middle))).toBe(100);
    expect(used.get(low)).toBeUndefined();
    high.state = 'S';
    const after = run(kernel, 100, 100 * TICK_NS);
    expect(sum(after.get(low))).toBe(100);
    expect(sum(after.get(middle))).toBe(100);
  });

  it('lets an idle hart take what waits elsewhere', () => {
    const { kernel } = testKernel(8, 2);
    const { scheduler } = kernel;
    const [first, second] = [started(kernel, { affinity: 1 }), started(kernel, { affinity: 1 })];
    scheduler.serve(0);
    expect(scheduler.choose(0)).toBe(first);
    expect(scheduler.choose(1)).toBeUndefined();
    second.scheduling.affinity = 3;
    expect(scheduler.choose(1)).toBe(second);
  });

  it('accounts idle time per hart', () => {
    const { kernel } = testKernel(8, 2);
    started(kernel, { affinity: 2 });
    run(kernel, 200);
    const [idle, busy] = kernel.scheduler.time.accounting.times;
    expect(idle).toMatchObject({ userNs: 0, idleNs: 200 * TICK_NS });
    expect(busy).toMatchObject({ idleNs: 0 });
    expect((busy?.userNs ?? 0) + (busy?.systemNs ?? 0)).toBe(200 * TICK_NS);
  });
});

describe('kernel timers on several harts', () => {
  it('interrupt one hart only: the one that armed the nearest', () => {
    const { kernel, platform } = testKernel(8, 2);
    const { ticks, timers } = kernel;
    const never = Number.POSITIVE_INFINITY;
    const task = testTask(kernel);
    ticks.arm(0, never);
    ticks.arm(1, never);
    timers.arm(task.sleepTimer, 5000);
    ticks.arm(1, never);
    expect(platform.timers).toEqual([never, 5000]);
    timers.arm(task.sleepTimer, 3000);
    ticks.arm(0, 9000);
    expect(platform.timers).toEqual([3000, never]);
    timers.disarm(task.sleepTimer);
    ticks.arm(1, never);
    expect(platform.timers).toEqual([9000, never]);
  });
});
