/** A console with several ports, and its control queues: virtio 1.2, section 5.3.6.2. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFERS, type Part, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import { VirtioConsole } from './console.ts';

const B = RAM + BUFFERS;
const MULTIPORT = 2;
const part = (offset: number, length: number, isWritable: boolean): Part => ({
  address: B + offset,
  length,
  isWritable,
});
const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const HELLO = text('hello');
const [READY, ADD, PORT_READY, CONSOLE, RESIZE, OPEN, NAME] = [0, 1, 3, 4, 5, 6, 7];

/** Both ends of a port on the host. */
class Pipe {
  typed: number[] = [];
  printed: number[] = [];

  read(into: Uint8Array): number {
    const bytes = this.typed.splice(0, into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array): number {
    this.printed.push(...bytes);
    return bytes.length;
  }
}

let pipes: Pipe[];
let model: VirtioConsole;
let driver: TestDriver;
/** Control buffers so far: the n-th is described by descriptor n modulo the queue's size. */
let offered: number;

function make(): VirtioConsole {
  const [first, second, third] = pipes as [Pipe, Pipe, Pipe];
  return new VirtioConsole(first, first, [
    { name: 'org.hartix.log', isConsole: false, source: second, sink: second },
    { name: '', isConsole: true, source: third, sink: third },
  ]);
}

/** Control buffers for the device to write to. */
function offerControl(count: number): void {
  for (let i = 0; i < count; i++) {
    driver.add(2, part(0x8000 + 64 * (offered % driver.size), 64, true));
    offered++;
  }
}

/** What the device has said: port, event, value and what follows. */
function heard(): (number | string)[][] {
  return driver.takeUsed(2).map(({ id, length }) => {
    const bytes = Uint8Array.from(driver.get(B + 0x8000 + 64 * id, length));
    const view = new DataView(bytes.buffer);
    const rest = String.fromCharCode(...bytes.subarray(8));
    return [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true), rest];
  });
}

function say(port: number, event: number, value: number): void {
  driver.put(B, [port, 0, 0, 0, event, 0, value, 0]);
  driver.add(3, part(0, 8, false));
  driver.notify(3);
}

beforeEach(() => {
  offered = 0;
  pipes = [new Pipe(), new Pipe(), new Pipe()];
  model = make();
  driver = new TestDriver(model, MULTIPORT + 1, 64);
});

describe('a console with several ports', () => {
  it('says how many in its configuration, and offers it only then', () => {
    expect([driver.device.read(0x104, 4), driver.device.read(0x10, 4) & 7]).toEqual([3, 7]);
    const [pipe] = pipes as [Pipe];
    const single = new TestDriver(new VirtioConsole(pipe, pipe), 0);
    expect([single.device.read(0x104, 4), single.device.read(0x10, 4) & 7]).toEqual([1, 5]);
  });

  it('introduces its ports as the driver asks', () => {
    model.resize(80, 25);
    offerControl(32);
    say(0, READY, 1);
    expect(heard()).toEqual([
      [0, ADD, 1, ''],
      [1, ADD, 1, ''],
      [2, ADD, 1, ''],
    ]);
    say(1, PORT_READY, 1);
    expect(heard()).toEqual([
      [1, NAME, 1, 'org.hartix.log'],
      [1, OPEN, 1, ''],
    ]);
    say(0, PORT_READY, 1);
    expect(heard()).toEqual([
      [0, CONSOLE, 1, ''],
      [0, RESIZE, 0, '\x50\0\x19\0'],
      [0, OPEN, 1, ''],
    ]);
  });

  it('keeps what it has to say until there are buffers', () => {
    say(0, READY, 1);
    expect(heard()).toEqual([]);
    offerControl(2);
    driver.notify(2);
    expect(heard().length).toBe(2);
    driver.move(make());
    offerControl(2);
    driver.device.poll();
    expect(heard()).toEqual([[2, ADD, 1, '']]);
  });

  it('moves bytes on each port; input waits until the guest has it open', () => {
    const [, second, third] = pipes as [Pipe, Pipe, Pipe];
    driver.put(B + 0x100, HELLO);
    driver.add(7, part(0x100, 5, false));
    driver.notify(7);
    expect(third.printed).toEqual(HELLO);
    second.typed.push(...HELLO);
    driver.add(4, part(0x200, 16, true));
    driver.device.poll();
    expect(driver.takeUsed(4)).toEqual([]);
    say(1, OPEN, 1);
    driver.device.poll();
    expect(driver.takeUsed(4).map((used) => used.length)).toEqual([5]);
    expect(driver.get(B + 0x200, 5)).toEqual(HELLO);
    say(1, OPEN, 0);
    second.typed.push(1);
    driver.add(4, part(0x200, 16, true));
    driver.device.poll();
    expect(driver.takeUsed(4)).toEqual([]);
  });

  it('tells an open terminal its new size', () => {
    offerControl(8);
    say(0, OPEN, 1);
    model.resize(100, 50);
    driver.device.poll();
    expect(heard()).toEqual([[0, RESIZE, 0, '\x64\0\x32\0']]);
  });

  it('is one plain port for a driver that does not know better', () => {
    const [first, second] = pipes as [Pipe, Pipe];
    driver.begin(1);
    first.typed.push(...HELLO);
    second.typed.push(...HELLO);
    driver.add(0, part(0, 16, true));
    driver.add(4, part(0x100, 16, true));
    driver.device.poll();
    expect([driver.takeUsed(0).length, driver.takeUsed(4).length]).toEqual([1, 0]);
  });

  it('ignores ports that do not exist, short messages, and a driver that only asks', () => {
    say(200, PORT_READY, 1);
    driver.add(3, part(0, 4, false));
    driver.notify(3);
    for (let i = 0; i < 200; i++) say(0, READY, 1);
    let count = 0;
    for (let i = 0; i < 10; i++) {
      offerControl(32);
      driver.device.poll();
      count += heard().length;
    }
    expect(count).toBe(256);
  });

  it('takes an emergency byte without any queue', () => {
    driver.device.write(0x70, 4, 0);
    driver.device.write(0x108, 4, 0x41);
    expect(pipes[0]?.printed).toEqual([0x41]);
  });
});
