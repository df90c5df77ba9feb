/** The balloon through its queues: virtio 1.2, section 5.5.6. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFERS, type Part, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import { VirtioBalloon } from './balloon.ts';

const B = RAM + BUFFERS;
const PAGE = RAM + 0x80_0000;
const part = (offset: number, length: number): Part => ({
  address: B + offset,
  length,
  isWritable: false,
});

let model: VirtioBalloon;
let driver: TestDriver;

/** Page numbers in units of 4 KiB, from physical address 0. */
function give(queue: number, ...pages: number[]): void {
  const bytes = new Uint8Array(Uint32Array.from(pages).buffer);
  driver.put(B, bytes);
  driver.add(queue, part(0, bytes.length));
  driver.notify(queue);
}

function report(...statistics: [tag: number, value: number][]): void {
  const view = new DataView(new ArrayBuffer(10 * statistics.length));
  statistics.forEach(([tag, value], i) => {
    view.setUint16(10 * i, tag, true);
    view.setBigUint64(10 * i + 2, BigInt(value), true);
  });
  driver.put(B + 0x1000, new Uint8Array(view.buffer));
  driver.add(2, part(0x1000, view.byteLength));
  driver.notify(2);
}

beforeEach(() => {
  model = new VirtioBalloon();
  driver = new TestDriver(model, 2 + 4);
});

describe('the balloon', () => {
  it('asks for pages, and reads what the driver has reached', () => {
    model.setTarget(512);
    driver.device.poll();
    expect([driver.acknowledge(), driver.device.read(0x100, 4)]).toEqual([2, 512]);
    driver.device.write(0x104, 4, 300);
    driver.device.write(0x100, 4, 7);
    expect([driver.device.read(0x100, 4), driver.device.read(0x104, 4)]).toEqual([512, 300]);
  });

  it('empties the pages that it is given, counts them, and gives them back', () => {
    const codeWrites: number[] = [];
    driver.memory.setCodeListener((page) => codeWrites.push(page));
    driver.memory.markCode(PAGE);
    driver.memory.fill(PAGE, 0xee, 3 * 4096);
    give(0, PAGE / 4096, PAGE / 4096 + 2, PAGE / 4096);
    expect(driver.takeUsed(0)).toEqual([{ id: 0, length: 0 }]);
    expect(model.pages).toBe(2);
    expect([0, 4095, 4096, 8191, 8192, 12287].map((at) => driver.get(PAGE + at, 1)[0])).toEqual([
      0, 0, 0xee, 0xee, 0, 0,
    ]);
    expect(codeWrites).toContain(PAGE / 4096);
    give(1, PAGE / 4096 + 2, PAGE / 4096 + 5);
    expect(model.pages).toBe(1);
  });

  it('ignores pages outside RAM, and half a number', () => {
    give(0, 0, RAM / 4096 - 1, RAM / 4096 + 4096, 0xffff_ffff);
    driver.put(B, [1, 2, 3]);
    driver.add(0, part(0, 3));
    driver.notify(0);
    expect([model.pages, driver.takeUsed(0).length]).toEqual([0, 2]);
  });

  it('holds the statistics buffer until new ones are wanted', () => {
    report([4, 123_456_789], [5, 2 ** 34], [99, 1]);
    expect(driver.takeUsed(2)).toEqual([]);
    expect([...model.statistics]).toEqual([
      ['freeBytes', 123_456_789],
      ['totalBytes', 2 ** 34],
    ]);
    driver.device.poll();
    expect(driver.takeUsed(2)).toEqual([]);
    model.requestStatistics();
    const moved = new VirtioBalloon();
    driver.move(moved);
    driver.device.poll();
    expect(driver.takeUsed(2)).toEqual([{ id: 0, length: 0 }]);
    report([4, 1000]);
    expect(moved.statistics.get('freeBytes')).toBe(1000);
  });

  it('keeps its count when it is saved, and forgets it at a reset', () => {
    give(0, PAGE / 4096, PAGE / 4096 + 1);
    const moved = new VirtioBalloon();
    driver.move(moved);
    expect(moved.pages).toBe(2);
    give(1, PAGE / 4096);
    expect(moved.pages).toBe(1);
    driver.begin(0);
    expect(moved.pages).toBe(0);
  });
});
