/** Schedulers on the requests of the textbook, and the queue: merging, order, errors, references to frames. */
import { describe, expect, it } from 'vitest';
import { EIO, fail } from '../../abi/errno.ts';
import { MemoryFrames } from '../../fs/memory-frames.ts';
import { newStatistics } from '../drivers/disk.ts';
import { IO_SCHEDULERS } from './io-scheduler.ts';
import { type Dispatcher, type QueuedWrite, RequestQueue } from './request-queue.ts';

/** Silberschatz, Galvin, Gagne: "Operating System Concepts", 9th edition, section 10.4: head at 53, 200 cylinders. */
const QUEUE = [98, 183, 37, 122, 14, 124, 65, 67];

function orderOf(scheduler: string, isRising: boolean): number[] {
  const waiting = QUEUE.map((sector) => ({ sector, isWrite: true }));
  const order = IO_SCHEDULERS[scheduler]?.(waiting, { sector: 53, isRising }) ?? [];
  return order.map(({ sector }) => sector);
}

const movement = (order: readonly number[]) =>
  order.reduce(
    (sum, sector, i) => sum + Math.abs(sector - (i === 0 ? 53 : (order[i - 1] ?? 0))),
    0,
  );

describe('schedulers', () => {
  it.each([
    ['fcfs', true, QUEUE, 640],
    ['ssf', true, [65, 67, 37, 14, 98, 122, 124, 183], 236],
    ['look', false, [37, 14, 65, 67, 98, 122, 124, 183], 208],
    ['look', true, [65, 67, 98, 122, 124, 183, 37, 14], 299],
    ['c-look', true, [65, 67, 98, 122, 124, 183, 14, 37], 322],
  ])('%s, rising %s', (name, isRising, order, distance) => {
    expect(orderOf(name, isRising)).toEqual(order);
    expect(movement(order)).toBe(distance);
  });

  it('of every kind serve each request once', () => {
    for (const name of Object.keys(IO_SCHEDULERS)) {
      expect(orderOf(name, true).toSorted()).toEqual(QUEUE.toSorted());
    }
  });

  it('mq-deadline takes reads first', () => {
    const waiting = QUEUE.map((sector) => ({ sector, isWrite: sector > 90 }));
    const order = IO_SCHEDULERS['mq-deadline']?.(waiting, { sector: 53, isRising: true });
    expect(order?.map(({ sector }) => sector)).toEqual([65, 67, 14, 37, 98, 122, 124, 183]);
  });
});

class Driver implements Dispatcher {
  readonly name = 'd';
  readonly statistics = newStatistics();
  readonly sent: [number, number][] = [];
  badSector = -1;

  dispatch({ sector, sectors }: QueuedWrite): void {
    if (sector === this.badSector) throw fail(EIO, 'bad sector');
    this.sent.push([sector, sectors]);
  }
}

function plugged(): { driver: Driver; queue: RequestQueue; frames: MemoryFrames } {
  const driver = new Driver();
  const frames = new MemoryFrames();
  const queue = new RequestQueue(driver, frames);
  queue.plug();
  return { driver, queue, frames };
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
    expect(driver.sent).toEqual([
      [0, 8],
      [200, 8],
    ]);
  });
});
