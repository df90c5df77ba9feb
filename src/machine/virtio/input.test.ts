/** Input devices: virtio 1.2, section 5.8; event codes as in Linux's input-event-codes.h. */
import { describe, expect, it } from 'vitest';
import { BUFFERS, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import type { VirtioInput } from './input.ts';
import { VirtioKeyboard } from './keyboard.ts';
import { VirtioTablet } from './tablet.ts';

const B = RAM + BUFFERS;
const [SYN, KEY, REL, ABS, LED] = [0, 1, 2, 3, 17];
const [KEY_A, KEY_B, KEY_LEFTSHIFT] = [30, 48, 42];
const USAGE = { A: 4, B: 5, LEFT_SHIFT: 2 };

function select(driver: TestDriver, what: number, which: number): number[] {
  driver.device.write(0x100, 1, what);
  driver.device.write(0x101, 1, which);
  const size = driver.device.read(0x102, 1);
  return Array.from({ length: size }, (_, i) => driver.device.read(0x108 + i, 1));
}

function offer(driver: TestDriver, count: number): void {
  for (let i = 0; i < count; i++) {
    driver.add(0, { address: B + 8 * i, length: 8, isWritable: true });
  }
}

/** Events that have arrived: type, code, value. */
function events(driver: TestDriver): number[][] {
  driver.device.poll();
  return driver.takeUsed(0).map(({ id, length }) => {
    expect(length).toBe(8);
    const view = new DataView(Uint8Array.from(driver.get(B + 8 * id, 8)).buffer);
    return [view.getUint16(0, true), view.getUint16(2, true), view.getInt32(4, true)];
  });
}

function attach<T extends VirtioInput>(model: T): { model: T; driver: TestDriver } {
  const driver = new TestDriver(model, 0, 64);
  offer(driver, 60);
  return { model, driver };
}

describe('the keyboard', () => {
  it('describes itself', () => {
    const { driver } = attach(new VirtioKeyboard());
    expect(String.fromCharCode(...select(driver, 1, 0))).toBe('Hartix virtio keyboard');
    expect(select(driver, 3, 0)).toEqual([6, 0, 0xf4, 0x1a, 1, 0, 1, 0]);
    const keys = select(driver, 0x11, KEY);
    const has = (code: number): boolean => ((keys[code >>> 3] ?? 0) & (1 << (code & 7))) !== 0;
    // KEY_ESC to KEY_SLASH are a PC keyboard's first block; KEY_F12, KEY_UP, KEY_RIGHTMETA; no BTN_LEFT.
    expect(Array.from({ length: 53 }, (_, i) => has(i + 1))).toEqual(
      Array.from({ length: 53 }, () => true),
    );
    expect([88, 103, 126, 0x110].map(has)).toEqual([true, true, true, false]);
    expect(select(driver, 0x11, LED)).toEqual([7]);
    expect(select(driver, 0x11, ABS)).toEqual([]);
    expect(select(driver, 0x12, 0)).toEqual([]);
    expect(select(driver, 0x77, 0)).toEqual([]);
    expect(select(driver, 1, 1)).toEqual([]);
    expect(select(driver, 0, 0)).toEqual([]);
  });

  it('reports keys that go down and up, once each', () => {
    const { model, driver } = attach(new VirtioKeyboard());
    model.key(KEY_A, true);
    model.key(KEY_A, true);
    expect(events(driver)).toEqual([
      [KEY, KEY_A, 1],
      [SYN, 0, 0],
    ]);
    model.key(KEY_A, false);
    model.key(KEY_B, false);
    expect(events(driver)).toEqual([
      [KEY, KEY_A, 0],
      [SYN, 0, 0],
    ]);
    expect(driver.isHigh).toBe(true);
  });

  it('turns the reports of a USB keyboard into events', () => {
    const { model, driver } = attach(new VirtioKeyboard());
    const report = (modifiers: number, ...keys: number[]): void =>
      model.report(Uint8Array.from([modifiers, 0, ...keys, 0, 0, 0, 0, 0, 0].slice(0, 8)));
    report(USAGE.LEFT_SHIFT, USAGE.A);
    expect(events(driver)).toEqual([
      [KEY, KEY_LEFTSHIFT, 1],
      [KEY, KEY_A, 1],
      [SYN, 0, 0],
    ]);
    report(0, USAGE.A, USAGE.B);
    expect(events(driver)).toEqual([
      [KEY, KEY_LEFTSHIFT, 0],
      [KEY, KEY_B, 1],
      [SYN, 0, 0],
    ]);
    // Seven keys do not fit six places: the state of the keys is unknown, and stays.
    report(0, 1, 1, 1, 1, 1, 1);
    report(0, USAGE.A, USAGE.B);
    expect(events(driver)).toEqual([]);
    report(0);
    expect(events(driver)).toEqual([
      [KEY, KEY_A, 0],
      [KEY, KEY_B, 0],
      [SYN, 0, 0],
    ]);
  });

  it('has lights', () => {
    const { model, driver } = attach(new VirtioKeyboard());
    const light = (code: number, isLit: number): void => {
      driver.put(B + 0x1000, [LED, 0, code, 0, isLit, 0, 0, 0]);
      driver.add(1, { address: B + 0x1000, length: 8, isWritable: false });
      driver.notify(1);
    };
    light(1, 1);
    light(2, 1);
    light(9, 1);
    expect([...model.leds]).toEqual([1, 2]);
    light(1, 0);
    expect([[...model.leds], driver.takeUsed(1).length]).toEqual([[2], 4]);
  });

  it('keeps events until the driver has buffers, but not without end', () => {
    const model = new VirtioKeyboard();
    const driver = new TestDriver(model, 0, 64);
    for (let i = 0; i < 2000; i++) model.key(KEY_A, i % 2 === 0);
    const moved = new VirtioKeyboard();
    driver.move(moved);
    let count = 0;
    for (let filled = 64; filled > 0; count += filled) {
      offer(driver, filled);
      filled = events(driver).length;
    }
    expect(count).toBe(1024);
    moved.reset();
    moved.key(KEY_B, true);
    expect(events(driver).length).toBe(2);
  });
});

describe('the tablet', () => {
  it('has two axes, three buttons and a wheel', () => {
    const { model, driver } = attach(new VirtioTablet());
    expect(select(driver, 0x11, ABS)).toEqual([3]);
    expect(select(driver, 0x11, REL)).toEqual([0, 1]);
    expect(select(driver, 0x12, 1)).toEqual([
      ...[0, 0, 0, 0, 0xff, 0x7f, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    model.move(0.5, 1);
    model.button('LEFT', true);
    model.wheel(-1);
    expect(events(driver)).toEqual([
      [ABS, 0, 16384],
      [ABS, 1, 32767],
      [SYN, 0, 0],
      [KEY, 0x110, 1],
      [SYN, 0, 0],
      [REL, 8, -1],
      [SYN, 0, 0],
    ]);
  });
});
