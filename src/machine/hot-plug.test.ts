/** The hot-plug controller as its driver and as the host see it, by the table at the top of hot-plug.ts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HotPlug, type SlotOutcome } from './hot-plug.ts';
import { PhysicalMemory } from './memory.ts';
import { EMPTY_SLOT } from './virtio/empty-slot.ts';
import { VirtioMmio } from './virtio/mmio.ts';
import { seededEntropy, VirtioRng } from './virtio/rng.ts';

const REGISTER = { INSERTED: 0x00, LEAVING: 0x04, EJECT: 0x08, REFUSE: 0x0c, ENABLE: 0x10 };
const DEVICE_ID = 0x08;

let isHigh = false;
let settled: [number, SlotOutcome][] = [];
let slots: VirtioMmio[];
let board: HotPlug;
const rng = () => new VirtioRng(seededEntropy(1));
const read = (offset: number) => board.read(offset, 4);
const write = (offset: number, value: number) => board.write(offset, 4, value);
const typeIn = (slot: number) => slots[slot]?.read(DEVICE_ID, 4);

beforeEach(() => {
  const memory = new PhysicalMemory(16 * 2 ** 20);
  const quiet = { set: () => undefined, pulse: () => undefined };
  slots = [rng(), EMPTY_SLOT, EMPTY_SLOT].map((model) => new VirtioMmio(memory, quiet, model));
  const line = { set: (level: boolean) => (isHigh = level), pulse: () => undefined };
  board = new HotPlug(line, slots);
  settled = [];
  board.onSettled = (slot, outcome) => settled.push([slot, outcome]);
});

describe('without a driver', () => {
  it('slots change at once', () => {
    board.insert(1, rng());
    expect([typeIn(1), isHigh, board.freeSlot()]).toEqual([4, false, 2]);
    board.remove(1, false);
    expect([typeIn(1), isHigh, board.freeSlot()]).toEqual([0, false, 1]);
    expect(settled).toEqual([
      [1, 'inserted'],
      [1, 'ejected'],
    ]);
  });
});

describe('with a driver', () => {
  beforeEach(() => write(REGISTER.ENABLE, 1));

  it('a device is announced until the driver has seen to it', () => {
    board.insert(2, rng());
    expect([isHigh, read(REGISTER.INSERTED), typeIn(2)]).toEqual([true, 4, 4]);
    write(REGISTER.INSERTED, 2);
    expect([isHigh, settled]).toEqual([true, []]);
    write(REGISTER.INSERTED, 4);
    expect([isHigh, read(REGISTER.INSERTED), settled]).toEqual([false, 0, [[2, 'inserted']]]);
  });

  it('a device leaves when the driver ejects it, and stays when it refuses', () => {
    board.remove(0, false);
    expect([isHigh, read(REGISTER.LEAVING), typeIn(0)]).toEqual([true, 1, 4]);
    write(REGISTER.REFUSE, 1);
    expect([isHigh, typeIn(0), settled]).toEqual([false, 4, [[0, 'refused']]]);
    board.remove(0, false);
    write(REGISTER.EJECT, 7);
    expect([isHigh, typeIn(0), settled.at(-1)]).toEqual([false, 0, [0, 'ejected']]);
  });

  it('a slot that was pulled empty is not filled before the driver knows', () => {
    board.remove(0, true);
    expect([typeIn(0), read(REGISTER.LEAVING), board.freeSlot()]).toEqual([0, 1, 1]);
    write(REGISTER.EJECT, 1);
    expect(board.freeSlot()).toBe(0);
  });

  it('ejects nothing that was not asked for', () => {
    write(REGISTER.EJECT, 7);
    expect([typeIn(0), settled]).toEqual([4, []]);
  });

  it('a reset takes out what was to leave, and the driver must listen anew', () => {
    board.remove(0, false);
    board.reset();
    expect([typeIn(0), isHigh, read(REGISTER.ENABLE)]).toEqual([0, false, 0]);
    expect(settled).toEqual([[0, 'ejected']]);
  });

  it('its state is saved', () => {
    board.insert(1, rng());
    const saved = board.save();
    board.reset();
    board.restore(saved);
    expect([isHigh, read(REGISTER.INSERTED), read(REGISTER.ENABLE)]).toEqual([true, 2, 1]);
  });

  it('takes words only', () => {
    expect([board.read(0, 1), board.write(0, 2, 1)]).toEqual([-1, -1]);
  });
});
