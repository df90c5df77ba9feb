/** The CLINT through the bus: mtime, mtimecmp, msip, and 8-byte accesses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { stateless } from '../../test/support/stateless.ts';
import { AclintSswi, SSWI_BYTES } from './aclint-sswi.ts';
import { Bus } from './bus.ts';
import { CLINT_BYTES, Clint } from './clint.ts';
import { VirtualClock } from './clock.ts';

const BASE = 0x200_0000;
const SSWI = 0x2f0_0000;
let clock: VirtualClock;
let clint: Clint;
let bus: Bus;
let sswi: AclintSswi;
let mip: number[];
let changes: number;
const words = new Uint32Array(2);

beforeEach(() => {
  mip = [0, 0];
  changes = 0;
  clock = new VirtualClock(() => 0);
  const harts = mip.map((_, id) => ({
    setMip: (bits: number, isPending: boolean): void => {
      mip[id] = isPending ? (mip[id] ?? 0) | bits : (mip[id] ?? 0) & ~bits;
    },
  }));
  sswi = new AclintSswi(harts);
  clint = new Clint(clock, harts, () => changes++);
  bus = new Bus();
  bus.map(BASE, CLINT_BYTES, clint);
});

describe('the CLINT', () => {
  it('raises MTIP of a hart exactly while mtime >= mtimecmp', () => {
    bus.writeWide(BASE + 0x4008, 100, 0);
    expect(changes).toBeGreaterThan(0);
    clock.advanceTo(99);
    clint.update();
    expect(mip).toEqual([0, 0]);
    clock.advanceTo(100);
    clint.update();
    expect(mip).toEqual([0, 0x80]);
    bus.writeWide(BASE + 0x4008, 0xffff_ffff, 0xffff_ffff);
    expect(mip).toEqual([0, 0]);
    expect(clint.deadline(0)).toBeGreaterThan(2 ** 63);
  });

  it('reads mtime whole, or in halves', () => {
    clock.advanceTo(5 * 2 ** 32 + 7);
    expect(bus.readWide(BASE + 0xbff8, words, 0)).toBe(0);
    expect([...words]).toEqual([7, 5]);
    expect(bus.read(BASE + 0xbff8, 4)).toBe(7);
    expect(bus.read(BASE + 0xbffc, 4)).toBe(5);
  });

  it('lets software set mtime', () => {
    bus.writeWide(BASE + 0xbff8, 1000, 0);
    bus.writeWide(BASE + 0x4000, 1500, 0);
    expect(clint.deadline(0)).toBe(500);
    clock.advanceTo(10);
    expect(bus.read(BASE + 0xbff8, 4)).toBe(1010);
  });

  it('keeps to its registers, which are words', () => {
    clock.advanceTo(5);
    expect([0x8, 0x4010, 0xbff0, 0xc000].map((at) => bus.read(BASE + at, 4))).toEqual([0, 0, 0, 0]);
    for (const at of [0x8, 0x4010, 0xc000]) expect(bus.write(BASE + at, 4, 0)).toBe(0);
    expect(bus.read(BASE + 0xbff8, 4)).toBe(5);
    expect([bus.read(BASE, 1), bus.write(BASE + 0xbff8, 2, 0)]).toEqual([-1, -1]);
  });

  it('sends software interrupts', () => {
    bus.write(BASE + 4, 4, 1);
    expect(mip).toEqual([0, 8]);
    expect(bus.read(BASE + 4, 4)).toBe(1);
    bus.write(BASE + 4, 4, 0xffff_fffe);
    expect(mip).toEqual([0, 0]);
  });
});

describe('the supervisor software interrupts', () => {
  it('are set by writing bit 0 of setssip, and only read as 0', () => {
    bus.map(SSWI, SSWI_BYTES, sswi);
    bus.write(SSWI + 4, 4, 1);
    expect(mip).toEqual([0, 2]);
    expect(bus.read(SSWI + 4, 4)).toBe(0);
    // The hart clears its own bit; writing 0 does nothing.
    bus.write(SSWI + 4, 4, 0);
    expect(mip).toEqual([0, 2]);
    bus.write(SSWI, 4, 0xffff_fffe);
    bus.write(SSWI + 8, 4, 1);
    expect(mip).toEqual([0, 2]);
    expect(bus.write(SSWI, 1, 1)).toBe(-1);
    expect(bus.read(SSWI, 2)).toBe(-1);
  });
});

describe('the bus', () => {
  it('faults where nothing answers: holes, misaligned accesses, wide ones to narrow devices', () => {
    const narrow = { ...stateless, read: () => 1, write: () => 0 };
    bus.map(0x1000, 0x100, narrow);
    expect(bus.read(0x1000, 1)).toBe(1);
    expect(bus.read(0x1100, 1)).toBe(-1);
    expect(bus.write(0xfff, 1, 0)).toBe(-1);
    expect(bus.read(0x1001, 2)).toBe(-1);
    expect(bus.readWide(0x1000, words, 0)).toBe(-1);
    expect(bus.read(2 ** 32 + 0x1000, 1)).toBe(-1);
    expect(() => bus.map(0x10ff, 0x10, narrow)).toThrow('overlaps');
  });
});
