/** The network device through its queues: virtio 1.2, section 5.1. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFERS, type Part, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import { VirtioNet } from './net.ts';

const B = RAM + BUFFERS;
const MERGE = 2 ** 15;
const CONTROL = 2 ** 17 + 2 ** 18 + 2 ** 20 + 2 ** 23;
const STATUS = 2 ** 16;
const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const OTHER = [0x52, 0x54, 0, 0, 0, 1];
const BROADCAST = [255, 255, 255, 255, 255, 255];
const GROUP = [0x33, 0x33, 0, 0, 0, 1];
const part = (offset: number, length: number, isWritable: boolean): Part => ({
  address: B + offset,
  length,
  isWritable,
});

let wire: Uint8Array[];
let sent: number[][];
let model: VirtioNet;
let driver: TestDriver;

function make(features: number): void {
  wire = [];
  sent = [];
  const port = {
    send: (frame: Uint8Array) => void sent.push([...frame]),
    receive: () => wire.shift(),
  };
  model = new VirtioNet(port, Uint8Array.from(MAC));
  driver = new TestDriver(model, features);
}

/** A frame to `target` whose payload is `length` bytes 0, 1, 2 and so on. */
function frame(target: number[], length: number): Uint8Array {
  return Uint8Array.from([...target, ...OTHER, 8, 0, ...Array.from({ length }, (_, i) => i)]);
}

/** The acknowledgement of a command. */
function command(kind: number, number: number, ...data: number[]): number {
  driver.put(B, [kind, number, ...data]);
  driver.put(B + 0x1000, [77]);
  driver.add(2, part(0, 2, false), part(2, data.length, false), part(0x1000, 1, true));
  driver.notify(2);
  driver.takeUsed(2);
  return driver.get(B + 0x1000, 1)[0] as number;
}

/** Those of the targets whose frames arrive. */
function accepted(...targets: number[][]): number[][] {
  return targets.filter((target) => {
    driver.add(0, part(0x2000, 2000, true));
    wire.push(frame(target, 50));
    driver.device.poll();
    const used = driver.takeUsed(0);
    if (used.length === 0) driver.setAvailableIndex(0, driver.retract(0));
    return used.length === 1;
  });
}

beforeEach(() => make(MERGE + CONTROL + STATUS));

describe('the network device', () => {
  it('says its address and that the link is up', () => {
    expect(Array.from({ length: 6 }, (_, i) => driver.device.read(0x100 + i, 1))).toEqual(MAC);
    expect(driver.device.read(0x106, 2)).toBe(1);
    expect(
      () => new VirtioNet({ send: () => 0, receive: () => undefined }, GROUP as never),
    ).toThrow('not the address');
  });

  it('sends what follows the header, however the buffer is cut', () => {
    const bytes = frame(OTHER, 60);
    driver.put(B, new Uint8Array(12));
    driver.put(B + 12, bytes);
    driver.add(1, part(0, 5, false), part(5, 20, false), part(25, 12 + bytes.length - 25, false));
    driver.notify(1);
    expect(sent).toEqual([[...bytes]]);
    expect(driver.takeUsed(1)).toEqual([{ id: 0, length: 0 }]);
  });

  it('drops what is no frame, and segments that nobody offered to cut', () => {
    driver.put(B, new Uint8Array(200));
    driver.add(1, part(0, 12 + 13, false));
    driver.notify(1);
    driver.put(B + 1, [1]);
    driver.add(1, part(0, 12 + 100, false));
    driver.add(1, part(0, 3, false));
    driver.notify(1);
    expect([sent, model.counters.dropped, driver.takeUsed(1).length]).toEqual([[], 3, 3]);
  });

  it('delivers a frame behind a header, and interrupts', () => {
    driver.add(0, part(0, 2000, true));
    wire.push(frame(MAC, 100));
    driver.device.poll();
    expect(driver.takeUsed(0)).toEqual([{ id: 0, length: 12 + 114 }]);
    expect(driver.get(B, 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(driver.get(B + 12, 114)).toEqual([...frame(MAC, 100)]);
    expect(driver.isHigh).toBe(true);
  });

  it('spreads a frame over merged buffers, or waits until there are enough of them', () => {
    driver.add(0, part(0, 100, true));
    wire.push(frame(MAC, 200));
    driver.device.poll();
    expect(driver.takeUsed(0)).toEqual([]);
    driver.add(0, part(0x1000, 60, true), part(0x2000, 40, true));
    driver.add(0, part(0x3000, 100, true));
    driver.notify(0);
    expect(driver.takeUsed(0).map((used) => used.length)).toEqual([100, 100, 26]);
    expect(driver.get(B + 10, 2)).toEqual([3, 0]);
    const received = [
      ...driver.get(B + 12, 88),
      ...driver.get(B + 0x1000, 60),
      ...driver.get(B + 0x2000, 40),
      ...driver.get(B + 0x3000, 26),
    ];
    expect(received).toEqual([...frame(MAC, 200)]);
  });

  it('drops a frame that does not fit the one buffer of a driver that does not merge', () => {
    make(0);
    driver.add(0, part(0, 100, true));
    wire.push(frame(MAC, 200), frame(MAC, 20));
    driver.device.poll();
    expect(driver.takeUsed(0)).toEqual([{ id: 0, length: 46 }]);
    expect(model.counters).toEqual({ received: 1, sent: 0, dropped: 1 });
  });

  it('speaks the short header of legacy drivers', () => {
    make(0);
    driver.begin(0, 0);
    driver.add(0, part(0, 100, true));
    wire.push(frame(MAC, 20));
    driver.device.poll();
    expect(driver.takeUsed(0)).toEqual([{ id: 0, length: 10 + 34 }]);
    expect(driver.get(B + 10, 6)).toEqual(MAC);
  });

  it('leaves frames on the wire until there are buffers', () => {
    wire.push(frame(MAC, 20));
    driver.device.poll();
    expect(wire.length).toBe(1);
    driver.add(0, part(0, 100, true));
    driver.notify(0);
    expect([wire.length, driver.takeUsed(0).length]).toEqual([0, 1]);
  });

  it('passes everything until the driver filters, then its own and broadcasts', () => {
    expect(accepted(MAC, OTHER, GROUP, BROADCAST)).toEqual([MAC, OTHER, GROUP, BROADCAST]);
    expect(command(0, 0, 0)).toBe(0);
    expect(accepted(MAC, OTHER, GROUP, BROADCAST)).toEqual([MAC, BROADCAST]);
    expect([command(0, 1, 1), command(0, 5, 1)]).toEqual([0, 0]);
    expect(accepted(MAC, OTHER, GROUP, BROADCAST)).toEqual([MAC, GROUP]);
    expect([command(0, 2, 1), command(0, 3, 1)]).toEqual([0, 0]);
    expect(accepted(MAC, OTHER, GROUP)).toEqual([MAC, OTHER]);
    expect(command(0, 4, 1)).toBe(0);
    expect(accepted(MAC, OTHER)).toEqual([]);
    driver.device.write(0x70, 4, 0);
    driver.begin(MERGE);
    expect(accepted(MAC, OTHER)).toEqual([MAC, OTHER]);
  });

  it('filters by tables of addresses, and changes its own', () => {
    command(0, 0, 0);
    expect(command(1, 0, 1, 0, 0, 0, ...OTHER, 1, 0, 0, 0, ...GROUP)).toBe(0);
    expect(accepted(MAC, OTHER, GROUP, [0x33, 0x33, 0, 0, 0, 2])).toEqual([MAC, OTHER, GROUP]);
    const many = Array.from({ length: 65 }, (_, i) => [0x33, 0x33, 1, 1, 1, i]).flat();
    expect(command(1, 0, 0, 0, 0, 0, 65, 0, 0, 0, ...many)).toBe(0);
    expect(accepted(OTHER, GROUP)).toEqual([GROUP]);
    expect(command(1, 1, ...OTHER)).toBe(0);
    expect(accepted(MAC, OTHER)).toEqual([OTHER]);
    expect(driver.device.read(0x105, 1)).toBe(1);
    driver.begin(MERGE);
    expect(driver.device.read(0x105, 1)).toBe(0x56);
  });

  it('refuses commands that it does not know or that are cut short', () => {
    expect([
      command(0, 6, 1),
      command(0, 0),
      command(1, 1, 1, 2, 3),
      command(1, 0, 1, 0, 0, 0, ...OTHER),
      command(1, 0, 255, 255, 255, 255, 0, 0, 0, 0),
      command(4, 0, 1, 0),
    ]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('tells of the cable, and is deaf and dumb without it', () => {
    model.setLink(false);
    driver.device.poll();
    expect([driver.acknowledge(), driver.device.read(0x106, 2)]).toEqual([2, 0]);
    expect(accepted(MAC)).toEqual([]);
    driver.put(B, new Uint8Array(100));
    driver.add(1, part(0, 100, false));
    driver.notify(1);
    expect(sent).toEqual([]);
    model.setLink(true);
    driver.device.poll();
    expect(accepted(MAC)).toEqual([MAC]);
  });

  it('goes on in another process with its filter and the frame that waits', () => {
    command(0, 0, 0);
    command(1, 1, ...OTHER);
    driver.add(0, part(0, 20, true));
    wire.push(frame(OTHER, 50));
    driver.device.poll();
    model = new VirtioNet({ send: () => undefined, receive: () => wire.shift() }, MAC as never);
    driver.move(model);
    wire.push(frame(MAC, 1));
    driver.add(0, part(0x1000, 200, true));
    driver.device.poll();
    expect(driver.takeUsed(0).map((used) => used.length)).toEqual([20, 56]);
    expect(wire.length).toBe(1);
    driver.add(0, part(0x1000, 200, true));
    driver.device.poll();
    expect([wire.length, driver.takeUsed(0).length]).toEqual([0, 0]);
  });
});
