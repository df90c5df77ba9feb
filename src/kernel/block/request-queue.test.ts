/** Schedulers on the requests of the textbook, and the queue: merging, order, depth, errors, references to frames. */
import { describe, expect, it } from 'vitest';
import { testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { EIO, fail } from '../../abi/errno.ts';
import { IoBatch } from '../../fs/io-batch.ts';
import { MemoryFrames } from '../../fs/memory-frames.ts';
import { newStatistics } from '../drivers/disk.ts';
import { BlockTrace } from './block-trace.ts';
import { IO_SCHEDULERS, SchedulerState, type WaitingRequest } from './io-scheduler.ts';
import type { Request } from './request.ts';
import { type Dispatcher, RequestQueue } from './request-queue.ts';

/** Silberschatz, Galvin, Gagne: "Operating System Concepts", 9th edition, section 10.4: head at 53, 200 cylinders. */
const QUEUE = [98, 183, 37, 122, 14, 124, 65, 67];
const BEST_EFFORT = { class: 2, level: 4 };

function request(sector: number, others: Partial<WaitingRequest> = {}): WaitingRequest {
  return {
    sector,
    sectors: 0,
    isWrite: true,
    priority: BEST_EFFORT,
    owner: 1,
    arrivalNs: 0,
    ...others,
  };
}

/** In the order in which they are chosen, all being there from the start. */
function served(
  scheduler: string,
  requests: readonly WaitingRequest[],
  isRising = true,
  nowNs = 0,
): WaitingRequest[] {
  const state = Object.assign(new SchedulerState(), { sector: 53, isRising });
  const waiting = [...requests];
  const order: WaitingRequest[] = [];
  while (waiting.length > 0) {
    const chosen = IO_SCHEDULERS[scheduler]?.(waiting, state, nowNs);
    if (!chosen) throw new Error(scheduler);
    waiting.splice(waiting.indexOf(chosen), 1);
    state.sent(chosen);
    order.push(chosen);
  }
  return order;
}

const orderOf = (...settings: Parameters<typeof served>) =>
  served(...settings).map(({ sector }) => sector);

const movement = (order: readonly number[]) =>
  order.reduce(
    (sum, sector, i) => sum + Math.abs(sector - (i === 0 ? 53 : (order[i - 1] ?? 0))),
    0,
  );

const BOOK = QUEUE.map((sector) => request(sector));

describe('schedulers', () => {
  it.each([
    ['fcfs', true, QUEUE, 640],
    ['ssf', true, [65, 67, 37, 14, 98, 122, 124, 183], 236],
    ['look', false, [37, 14, 65, 67, 98, 122, 124, 183], 208],
    ['look', true, [65, 67, 98, 122, 124, 183, 37, 14], 299],
    ['c-look', true, [65, 67, 98, 122, 124, 183, 14, 37], 322],
  ])('%s, rising %s', (name, isRising, order, distance) => {
    expect(orderOf(name, BOOK, isRising)).toEqual(order);
    expect(movement(order)).toBe(distance);
  });

  it('of every kind serve each request once', () => {
    for (const name of Object.keys(IO_SCHEDULERS)) {
      expect(orderOf(name, BOOK).toSorted()).toEqual(QUEUE.toSorted());
    }
  });

  it('mq-deadline takes reads first, and after two of them a write that waits', () => {
    const waiting = QUEUE.map((sector) => request(sector, { isWrite: sector > 90 }));
    expect(orderOf('mq-deadline', waiting)).toEqual([65, 67, 98, 14, 37, 122, 124, 183]);
  });

  it('mq-deadline and bfq serve real-time before best effort before idle, none does not', () => {
    const waiting = [3, 2, 1].map((each) =>
      request(each * 100, { priority: { class: each, level: 4 }, owner: each }),
    );
    for (const name of ['mq-deadline', 'bfq'])
      expect(orderOf(name, waiting)).toEqual([100, 200, 300]);
    expect(orderOf('none', waiting)).toEqual([300, 200, 100]);
  });

  it('bfq gives processes what their levels are worth: 8 minus the level', () => {
    const of = (owner: number, level: number) =>
      Array.from({ length: 40 }, (_, i) =>
        request(owner * 1000 + i, { owner, sectors: 8, priority: { class: 2, level } }),
      );
    const first = served('bfq', [...of(1, 0), ...of(2, 6)]).slice(0, 30);
    // 8 to 2.
    expect(first.filter(({ owner }) => owner === 1).length).toBe(24);
  });

  it('let nobody wait for more than half a second to read, or five to write', () => {
    const waiting = [request(60), request(500, { isWrite: false }), request(700)];
    for (const name of ['ssf', 'look', 'mq-deadline']) {
      expect(orderOf(name, waiting, true, 0.6e9)[0]).toBe(500);
    }
    expect(orderOf('look', [request(60, { arrivalNs: 4e9 }), request(700)], true, 5e9)[0]).toBe(
      700,
    );
  });
});

class Driver implements Dispatcher {
  readonly name = 'd';
  readonly statistics = newStatistics();
  readonly defaultDepth = 4;
  readonly isSlow = true;
  readonly sent: [number, number][] = [];
  readonly begun: Request[] = [];
  queue: RequestQueue | undefined;
  badSector = -1;
  timeNs = 0;
  mostBegun = 0;

  start(request: Request): void {
    this.sent.push([request.sector, request.sectors]);
    this.begun.push(request);
    this.mostBegun = Math.max(this.mostBegun, this.begun.length);
  }
  kick(): void {
    return;
  }
  wait(): void {
    const done = this.begun.shift();
    if (!done) throw new Error('nothing to wait for');
    this.timeNs += 1e6;
    const error = done.sector === this.badSector ? fail(EIO, 'bad sector') : undefined;
    this.queue?.completed(done, error);
  }
  nowNs(): number {
    return this.timeNs;
  }
}

function made() {
  const driver = new Driver();
  const frames = new MemoryFrames();
  const trace = new BlockTrace('d', driver);
  const queue = new RequestQueue(driver, frames, { current: undefined }, trace);
  driver.queue = queue;
  return { driver, queue, frames };
}

function plugged() {
  const all = made();
  all.queue.plug();
  return all;
}

describe('a plugged queue', () => {
  it('makes one request of neighbours, whatever came first', () => {
    const { driver, queue, frames } = plugged();
    for (const sector of [16, 100, 0, 8]) queue.addFrames(sector, [frames.allocate()]);
    expect(driver.sent).toEqual([]);
    queue.unplug();
    expect(driver.sent).toEqual([
      [0, 24],
      [100, 8],
    ]);
    expect(driver.statistics.writesMerged).toBe(2);
  });

  it('keeps two writes to one place in order', () => {
    const { driver, queue, frames } = plugged();
    queue.setScheduler('look');
    queue.addFrames(8, [frames.allocate(), frames.allocate()]);
    queue.addFrames(0, [frames.allocate()]);
    queue.addBytes(16, new Uint8Array(512));
    expect(driver.sent).toEqual([[0, 24]]);
    queue.unplug();
    expect(driver.sent.at(-1)).toEqual([16, 1]);
  });

  it('does not wait for more than nr_requests, nor merge where it must not', () => {
    const { driver, queue, frames } = plugged();
    queue.setLimit(4);
    queue.mergesRequests = false;
    for (let i = 0; i < 5; i++) queue.addFrames(i * 8, [frames.allocate()]);
    expect(driver.sent.length).toBe(4);
    queue.unplug();
    expect(driver.sent.length).toBe(5);
    expect(() => queue.setLimit(1)).toThrow('EINVAL');
    expect(() => queue.setScheduler('toString')).toThrow('EINVAL');
  });

  it('tries all, and throws the first error', () => {
    const { driver, queue, frames } = plugged();
    for (const sector of [0, 100, 200]) queue.addFrames(sector, [frames.allocate()]);
    driver.badSector = 100;
    expect(() => queue.unplug()).toThrow('EIO');
    expect(driver.sent.length).toBe(3);
    queue.plug();
    expect(() => queue.unplug()).not.toThrow();
  });
});

describe('a queue with a disk that takes its time', () => {
  it('has as many requests with the disk as its depth, and counts their times', () => {
    const { driver, queue, frames } = made();
    const batch = new IoBatch();
    for (let i = 0; i < 6; i++) queue.submit(i * 100, 8, [frames.allocate()], false, batch);
    expect(queue.inFlight).toEqual({ reads: 4, writes: 0 });
    expect(batch.pending).toBe(6);
    queue.settle();
    expect(batch.pending).toBe(0);
    expect(driver.mostBegun).toBe(4);
    const { reads, busyNs, weightedNs, readNs, inFlight } = driver.statistics;
    // One is done each millisecond: four are there for three of them, then 3, 2, 1.
    expect({ reads, busyNs, weightedNs, inFlight }).toEqual({
      reads: 6,
      busyNs: 6e6,
      weightedNs: (4 + 4 + 4 + 3 + 2 + 1) * 1e6,
      inFlight: 0,
    });
    expect(readNs).toBe((1 + 2 + 3 + 4 + 5 + 6) * 1e6);
  });

  it('keeps frames until the transfer is over, wakes who waits, and tells the error', () => {
    const { driver, queue, frames } = made();
    const batch = new IoBatch();
    const frame = frames.allocate();
    queue.submit(8, 8, [frame], true, batch);
    frames.release(frame);
    expect(frames.used).toBe(1);
    driver.badSector = 8;
    const woken: unknown[] = [];
    batch.queue.enlist({ wake: (from) => woken.push(from), waitingOn: new Set() });
    driver.wait();
    expect(woken).toEqual([batch.queue]);
    expect(batch.error?.message).toContain('EIO');
    expect(frames.used).toBe(0);
  });

  it('has a read wait for a write of the same sectors, and not for a read', () => {
    const { driver, queue, frames } = made();
    const batch = new IoBatch();
    queue.submit(0, 8, [frames.allocate()], false, batch);
    queue.settleRange(0, 8, false);
    expect(driver.begun.length).toBe(1);
    queue.submit(100, 8, [frames.allocate()], true, batch);
    queue.settleRange(104, 8, false);
    expect(driver.begun.length).toBe(0);
  });

  it('gives all up when the disk is gone', () => {
    const { queue, frames } = made();
    const batch = new IoBatch();
    for (let i = 0; i < 6; i++) queue.submit(i * 100, 8, [frames.allocate()], true, batch);
    queue.abandon(fail(EIO, 'gone'));
    expect(batch.pending).toBe(0);
    expect(batch.error?.message).toContain('EIO');
  });
});

describe('writes that only begin', () => {
  /** With a task that can sleep for them. */
  function begun(batch = new IoBatch()) {
    const driver = new Driver();
    const frames = new MemoryFrames();
    const task = testTask(testKernel(16).kernel);
    const trace = new BlockTrace('d', driver);
    const queue = new RequestQueue(driver, frames, { current: task }, trace);
    driver.queue = queue;
    queue.mergesRequests = false;
    queue.beginWrites(batch);
    const write = (sector: number) => {
      const frame = frames.allocate();
      queue.addFrames(sector, [frame]);
      frames.release(frame);
    };
    const finish = () => {
      while (driver.begun.length > 0) {
        driver.wait();
        queue.run();
      }
    };
    return { driver, queue, frames, task, batch, write, finish };
  }

  it('do not pass a flush, whatever the scheduler would like', () => {
    const { driver, queue, write, finish, task } = begun();
    queue.setScheduler('look');
    for (const sector of [800, 400, 600]) write(sector);
    queue.addFlush();
    write(100);
    queue.addFlush();
    write(50);
    queue.endWrites();
    expect(task.writes?.pending).toBe(7);
    expect(driver.sent.map(([sector]) => sector)).toEqual([400, 600, 800]);
    finish();
    const order = driver.sent.map(([sector, sectors]) => (sectors === 0 ? 'flush' : sector));
    expect(order).toEqual([400, 600, 800, 'flush', 100, 'flush', 50]);
    expect(driver.statistics).toMatchObject({ writes: 5, flushes: 2, inFlight: 0 });
    expect(task.writes?.pending).toBe(0);
  });

  it('keep two writes to one place in order, and a read behind them', () => {
    const { driver, queue, write } = begun();
    queue.setScheduler('look');
    write(400);
    queue.run();
    write(400);
    write(100);
    queue.endWrites();
    expect(driver.sent).toEqual([[400, 8]]);
    queue.settleRange(100, 8, false);
    expect(driver.sent.map(([sector]) => sector)).toEqual([400, 400, 100]);
    queue.settle();
    expect(driver.begun).toEqual([]);
  });

  it('stop where one has failed that the rest relies on, and give the frames back', () => {
    const { driver, queue, frames, write, finish, batch, task } = begun(new IoBatch(true));
    driver.badSector = 400;
    write(400);
    queue.addFlush();
    write(100);
    queue.endWrites();
    finish();
    expect(driver.sent).toEqual([[400, 8]]);
    expect(batch).toMatchObject({ pending: 0, error: { errno: EIO } });
    expect(task.writes).toMatchObject({ pending: 0, error: { errno: EIO } });
    expect(frames.used).toBe(0);
  });

  it('of others go on, and all are given up when the disk is gone', () => {
    const { driver, queue, frames, write, batch } = begun();
    driver.badSector = 400;
    write(400);
    queue.addFlush();
    write(100);
    queue.endWrites();
    queue.settleWrites();
    expect(driver.sent.length).toBe(3);
    queue.beginWrites(batch);
    write(200);
    queue.addFlush();
    write(300);
    queue.endWrites();
    queue.abandon(fail(EIO, 'gone'));
    expect(batch.pending).toBe(0);
    expect(frames.used).toBe(0);
  });
});
