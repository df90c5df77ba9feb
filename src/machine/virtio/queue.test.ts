/** Transport and split virtqueue against a driver written from the specification. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BUFFERS,
  INDIRECT,
  type Part,
  RAM,
  TestDriver,
} from '../../../test/support/virtio/driver.ts';
import type { StateValue } from '../state.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { Chain } from './queue.ts';

/** Answers every buffer by counting its readable bytes into the first writable byte. */
class Counter implements VirtioModel {
  readonly deviceId = 42;
  readonly queueCount = 1;
  readonly features = 1;
  readonly config = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  readonly chains: Chain[] = [];
  resets = 0;
  whileServing = (): void => undefined;

  reset(): void {
    this.resets++;
  }

  save(): StateValue {
    return { resets: this.resets };
  }

  restore(): void {
    this.resets = 0;
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    for (let chain = queue?.take(); queue && chain; chain = queue.take()) {
      this.chains.push(chain);
      this.whileServing();
      const first = chain.writable[0];
      if (first) first[0] = chain.readable.reduce((sum, part) => sum + part.length, 0);
      queue.put(chain, first ? 1 : 0);
    }
    if (queue) transport.queueUsed(queue);
  }
}

const EVENT_INDEX = 2 ** 29;
const INDIRECT_FEATURE = 2 ** 28;
const at = (offset: number, length: number, isWritable = false): Part => ({
  address: RAM + BUFFERS + offset,
  length,
  isWritable,
});

let model: Counter;
let driver: TestDriver;

beforeEach(() => {
  model = new Counter();
  driver = new TestDriver(model, 0);
});

describe('the transport', () => {
  it('presents itself', () => {
    const read = (offset: number): number => driver.device.read(offset, 4);
    expect([read(0), read(4), read(8)]).toEqual([0x7472_6976, 2, 42]);
    expect(driver.device.read(0x100, 1)).toBe(1);
    expect(driver.device.read(0x102, 2)).toBe(0x0403);
    expect(read(0x104)).toBe(0x0807_0605);
    expect(driver.device.read(0x70, 1)).toBe(-1);
    driver.device.write(0x14, 4, 1);
    // VERSION_1 and RING_RESET.
    expect(read(0x10)).toBe(0x101);
    driver.device.write(0x14, 4, 2);
    expect(read(0x10)).toBe(0);
    driver.device.write(0x14, 4, 0);
    expect(read(0x10)).toBe(EVENT_INDEX + INDIRECT_FEATURE + 1);
  });

  it('refuses features that it did not offer', () => {
    driver.begin(2);
    expect(driver.status() & 8).toBe(0);
    driver.begin(1);
    expect(driver.status()).toBe(15);
    expect(driver.device.hasFeature(0)).toBe(true);
  });

  it('has no shared memory: length and base of any region are all ones', () => {
    driver.device.write(0xac, 4, 3);
    expect([0xb0, 0xb4, 0xb8, 0xbc].map((at) => driver.device.read(at, 4))).toEqual(
      Array.from({ length: 4 }, () => 0xffff_ffff),
    );
  });

  it('holds on to the features once they are agreed', () => {
    driver.begin(1);
    driver.device.write(0x24, 4, 0);
    driver.device.write(0x20, 4, 0);
    expect(driver.device.hasFeature(0)).toBe(true);
    driver.device.write(0x70, 4, 0);
    driver.device.write(0x20, 4, 0);
    expect(driver.device.hasFeature(0)).toBe(false);
  });

  it('takes a driver that does not know VERSION_1, as QEMU does', () => {
    for (const status of [0, 1, 3, 11, 15]) driver.device.write(0x70, 4, status);
    expect([driver.status(), driver.device.isModern]).toEqual([15, false]);
  });

  it('resets one queue alone (RING_RESET)', () => {
    driver.begin(0, 1 + 2 ** 8);
    driver.add(0, at(0, 4));
    driver.notify(0);
    driver.device.write(0x30, 4, 0);
    driver.device.write(0xc0, 4, 1);
    expect([driver.device.read(0xc0, 4), driver.device.read(0x44, 4)]).toEqual([0, 0]);
    expect([driver.status(), model.resets]).toEqual([15, 2]);
    driver.add(0, at(0, 4));
    driver.notify(0);
    expect(model.chains.length).toBe(1);
    driver.readyQueues();
    driver.add(0, at(0, 4));
    driver.notify(0);
    expect([model.chains.length, driver.takeUsed(0).length]).toEqual([2, 1]);
  });

  it('keeps DEVICE_NEEDS_RESET until the reset, and tells it once', () => {
    driver.offer(0, 99);
    driver.notify(0);
    expect(driver.status()).toBe(15 + 64);
    expect(driver.acknowledge()).toBe(2);
    driver.device.write(0x70, 4, 15);
    driver.notify(0);
    expect([driver.status(), driver.isHigh]).toEqual([15 + 64, false]);
    driver.begin(0);
    expect(driver.status()).toBe(15);
  });

  it('is reset by status 0', () => {
    driver.add(0, at(0, 4));
    driver.notify(0);
    const resets = model.resets;
    driver.device.write(0x70, 4, 0);
    expect(model.resets).toBe(resets + 1);
    expect([driver.status(), driver.isHigh, driver.device.read(0x44, 4)]).toEqual([0, false, 0]);
  });

  it('does not start a queue that is not in RAM', () => {
    driver.device.write(0x44, 4, 0);
    driver.device.write(0x80, 4, 0x1000);
    driver.device.write(0x44, 4, 1);
    expect(driver.device.read(0x44, 4)).toBe(0);
    expect(driver.status() & 64).toBe(64);
  });

  it.each([0, 3, 512, 0xffff_ffff])('does not start a queue of %i entries', (size) => {
    driver.device.write(0x44, 4, 0);
    driver.device.write(0x38, 4, size);
    driver.device.write(0x44, 4, 1);
    expect(driver.device.read(0x44, 4)).toBe(0);
    expect(driver.status() & 64).toBe(64);
    driver.notify(0);
    expect(model.chains).toEqual([]);
  });
});

describe('a queue', () => {
  it('passes chains in order, and returns them with what was written', () => {
    const heads = [
      driver.add(0, at(0, 100), at(200, 28), at(300, 4, true)),
      driver.add(0, at(400, 1, true)),
    ];
    driver.notify(0);
    expect(driver.takeUsed(0)).toEqual([
      { id: heads[0], length: 1 },
      { id: heads[1], length: 1 },
    ]);
    expect(driver.get(RAM + BUFFERS + 300, 1)).toEqual([128]);
    expect(driver.interrupts).toBe(1);
    expect(driver.acknowledge()).toBe(1);
    expect(driver.isHigh).toBe(false);
  });

  it('tells of code in the parts that were written, also when it was fetched in the meantime', () => {
    const page = RAM + BUFFERS + 0x4000;
    const replaced: number[] = [];
    driver.memory.setCodeListener((number) => replaced.push(number));
    model.whileServing = () => driver.memory.markCode(page);
    driver.add(0, at(0, 4), at(0x4000, 4, true));
    driver.notify(0);
    expect(replaced).toEqual([page / 4096]);
  });

  it('goes round many times', () => {
    for (let i = 0; i < 70_000; i += 2) {
      driver.add(0, at(0, 3), at(8, 1, true));
      driver.notify(0);
    }
    expect(model.chains.length).toBe(35_000);
    expect(driver.takeUsed(0).length).toBe(35_000);
  });

  it('keeps quiet when the driver asks for that', () => {
    driver.setAvailableFlags(0, 1);
    driver.add(0, at(0, 4));
    driver.notify(0);
    expect(driver.interrupts).toBe(0);
    expect(driver.takeUsed(0).length).toBe(1);
  });

  it('interrupts at the event index only', () => {
    driver.begin(EVENT_INDEX);
    driver.setUsedEvent(0, 2);
    for (let i = 0; i < 4; i++) {
      driver.add(0, at(0, 4));
      driver.notify(0);
      driver.acknowledge();
      expect(driver.interrupts, `after ${i + 1}`).toBe(i >= 2 ? 1 : 0);
    }
  });

  it('follows an indirect table', () => {
    driver.begin(INDIRECT_FEATURE);
    const table = BUFFERS + 0x1000;
    driver.writeDescriptor(table, at(0, 5), 1, 1);
    driver.writeDescriptor(table + 16, at(16, 2, true), 2, 0);
    driver.add(0, { address: RAM + table, length: 32, isWritable: false, flags: INDIRECT });
    driver.notify(0);
    expect(driver.get(RAM + BUFFERS + 16, 1)).toEqual([5]);
  });

  it('follows normal descriptors that end in an indirect table (section 2.7.5.3.2)', () => {
    driver.begin(INDIRECT_FEATURE);
    const table = BUFFERS + 0x1000;
    driver.writeDescriptor(table, at(16, 2, true), 2, 0);
    driver.add(0, at(0, 7), {
      address: RAM + table,
      length: 16,
      isWritable: false,
      flags: INDIRECT,
    });
    driver.notify(0);
    expect(driver.get(RAM + BUFFERS + 16, 1)).toEqual([7]);
  });

  it('puts off what is too much at once to the next poll', () => {
    driver = new TestDriver(model, 0, 256);
    const huge = at(0, 12 * 1024 * 1024);
    for (let i = 0; i < 30; i++) driver.add(0, huge);
    driver.notify(0);
    // 128 MiB at a time: eleven chains and a bit, then the rest.
    expect([model.chains.length, driver.device.dueInNs()]).toEqual([11, 0]);
    driver.device.poll();
    expect([model.chains.length, driver.device.dueInNs()]).toEqual([22, 0]);
    driver.device.poll();
    expect([model.chains.length, driver.device.dueInNs()]).toEqual([30, Infinity]);
    expect(driver.takeUsed(0).length).toBe(30);
  });

  it.each([
    ['more buffers than the ring holds', (d: TestDriver) => d.setAvailableIndex(0, 9)],
    [
      'a table in a table',
      (d: TestDriver) => {
        d.writeDescriptor(BUFFERS + 0x1000, { ...at(0x2000, 16) }, INDIRECT, 0);
        d.add(0, { ...at(0x1000, 16), flags: INDIRECT });
      },
    ],
    [
      'a table that goes on after itself',
      (d: TestDriver) => {
        d.writeDescriptor(BUFFERS + 0x1000, at(0, 4), 0, 0);
        d.add(0, { ...at(0x1000, 16), flags: INDIRECT }, at(0, 4));
      },
    ],
    [
      'a loop in a table that could hold a million entries',
      (d: TestDriver) => {
        d.writeDescriptor(BUFFERS, at(0, 0), 1, 0);
        d.add(0, { ...at(0, 0xe0_0000), flags: INDIRECT });
      },
    ],
    [
      'parts that are together larger than RAM',
      (d: TestDriver) => d.add(0, at(0, 9 * 1024 * 1024), at(0, 9 * 1024 * 1024)),
    ],
    ['an empty table', (d: TestDriver) => d.add(0, { ...at(0, 0), flags: INDIRECT })],
    [
      'a buffer outside RAM',
      (d: TestDriver) => d.add(0, { address: 0x1000, length: 4, isWritable: false }),
    ],
    [
      'a buffer over the end of RAM',
      (d: TestDriver) =>
        d.add(0, { address: RAM + 16 * 1024 * 1024 - 2, length: 4, isWritable: true }),
    ],
    [
      'a loop',
      (d: TestDriver) => {
        d.describe(0, 0, at(0, 4), 1);
        d.describe(0, 1, at(0, 4), 0);
        d.offer(0, 0);
      },
    ],
    ['a head that does not exist', (d: TestDriver) => d.offer(0, 200)],
    ['readable after writable', (d: TestDriver) => d.add(0, at(0, 4, true), at(8, 4))],
    [
      'an indirect table outside RAM',
      (d: TestDriver) =>
        d.add(0, { address: 0x1000, length: 16, isWritable: false, flags: INDIRECT }),
    ],
    [
      'an indirect table of half an entry',
      (d: TestDriver) => d.add(0, { ...at(0, 24), flags: INDIRECT }),
    ],
  ])('asks for a reset after %s', (_name, build) => {
    build(driver);
    driver.notify(0);
    expect(driver.status() & 64).toBe(64);
    expect(model.chains).toEqual([]);
    driver.add(0, at(0, 4));
    driver.notify(0);
    expect(model.chains).toEqual([]);
    driver.begin(0);
    driver.add(0, at(0, 4));
    driver.notify(0);
    expect(model.chains.length).toBe(1);
  });
});
