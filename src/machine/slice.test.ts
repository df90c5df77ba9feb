/** Slice lengths: learnt in real time, exact in virtual time. */
import { describe, expect, it } from 'vitest';
import { type Clock, VirtualClock } from './clock.ts';
import { SliceLength } from './slice.ts';

const HZ = 10_000_000;
const MS = HZ / 1000;
const realTime: Clock = {
  isVirtual: false,
  alarm: Infinity,
  now: () => 0,
  charge: () => undefined,
  advanceTo: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  save: () => 0,
  restore: () => undefined,
};

/** Budget after slices in which `perMs` instructions take a millisecond and `kernelMs` pass in the kernel. */
function settle(slices: SliceLength, perMs: number, kernelMs: number): number {
  let now = 0;
  for (let i = 0; i < 40; i++) {
    const budget = slices.next(now, Infinity);
    now += (budget / perMs + kernelMs) * MS;
    slices.ended(now, 0);
  }
  return slices.next(now, Infinity);
}

describe('in real time', () => {
  it('a slice becomes a millisecond long', () => {
    const slices = new SliceLength(realTime, HZ);
    expect(settle(slices, 300_000, 0)).toBeCloseTo(300_000, -3);
    expect(settle(slices, 50_000, 0)).toBeCloseTo(50_000, -3);
    expect(settle(slices, 1e9, 0)).toBe(8_000_000);
  });

  it('time in the kernel counts', () => {
    expect(settle(new SliceLength(realTime, HZ), 1_000_000, 0.5)).toBeLessThan(600_000);
  });

  it('a near timer shortens it in proportion', () => {
    const slices = new SliceLength(realTime, HZ);
    const budget = settle(slices, 400_000, 0);
    expect(slices.next(0, MS / 4)).toBe(Math.floor(budget / 4));
    expect(slices.next(0, 0)).toBe(2_000);
  });

  it('instructions that were not run teach nothing', () => {
    const slices = new SliceLength(realTime, HZ);
    const budget = settle(slices, 400_000, 0);
    slices.next(0, Infinity);
    slices.ended(MS, budget - 1000);
    expect(slices.next(0, Infinity)).toBeLessThan(budget);
  });
});

describe('in parts', () => {
  /** Ticks of a slice in which `perMs` instructions take a millisecond. */
  function slice(slices: SliceLength, start: number, perMs: number): number {
    let now = start;
    slices.begin(start);
    do now += (slices.next(now, Infinity) / perMs) * MS;
    while (slices.goesOn(now, 0));
    slices.ended(now, 0);
    return now - start;
  }

  it('a slice is a millisecond long, too', () => {
    const slices = new SliceLength(realTime, HZ, 3);
    let now = 0;
    for (let i = 0; i < 40; i++) now += slice(slices, now, 300_000);
    const ticks = slice(slices, now, 300_000);
    expect(ticks).toBeGreaterThan(0.7 * MS);
    expect(ticks).toBeLessThan(1.2 * MS);
  });

  it('code that is four times as slow as what came before takes little longer', () => {
    const slices = new SliceLength(realTime, HZ, 3);
    let now = 0;
    for (let i = 0; i < 40; i++) now += slice(slices, now, 1_000_000);
    expect(slice(slices, now, 250_000)).toBeLessThan(1.5 * MS);
    const whole = new SliceLength(realTime, HZ);
    settle(whole, 1_000_000, 0);
    expect(slice(whole, 1e9, 250_000)).toBeGreaterThan(3 * MS);
  });

  it('not in virtual time', () => {
    const slices = new SliceLength(new VirtualClock(() => 0), HZ, 3);
    slices.begin(0);
    expect(slices.next(0, Infinity)).toBe(500_000);
    expect(slices.goesOn(0, 0)).toBe(false);
  });
});

/** Traps and ticks of a slice that only serves traps of these many ticks each. */
function serve(slices: SliceLength, start: number, ticksPerTrap: number): [number, number] {
  let now = start;
  let traps = 0;
  for (let more = slices.begin(start); more > 0; more = slices.look(now)) {
    traps += more;
    now += more * ticksPerTrap;
  }
  return [traps, now - start];
}

describe('traps', () => {
  it('end a slice after a millisecond, short ones and long ones', () => {
    const slices = new SliceLength(realTime, HZ);
    for (const microseconds of [0.5, 2, 50, 300, 50, 0.5]) {
      serve(slices, 0, microseconds * 10);
      const [traps, ticks] = serve(slices, 0, microseconds * 10);
      expect(ticks).toBeGreaterThanOrEqual(MS);
      expect(ticks).toBeLessThan(MS + microseconds * 10 + MS / 8);
      expect(traps * microseconds * 10).toBeCloseTo(ticks, 5);
    }
  });

  it('that grow long a hundredfold do so for a few of them only', () => {
    const slices = new SliceLength(realTime, HZ);
    serve(slices, 0, 5);
    expect(serve(slices, 0, 500)[1]).toBeLessThan(2.7 * MS);
    expect(serve(slices, 0, 500)[1]).toBeLessThan(1.1 * MS);
  });

  it('leave the rest of the slice to the budgets after them', () => {
    const slices = new SliceLength(realTime, HZ);
    const budget = settle(slices, 400_000, 0);
    slices.begin(0);
    expect(slices.next(0, Infinity)).toBe(budget);
    expect(slices.next(MS / 2, Infinity)).toBe(Math.floor(budget / 2));
    expect(slices.next(MS / 2, MS)).toBe(Math.floor(budget / 2));
    expect(slices.next(2 * MS, Infinity)).toBe(2_000);
  });

  it('are counted in virtual time, where the host has none', () => {
    const slices = new SliceLength(new VirtualClock(() => 0), HZ);
    expect(slices.begin(0)).toBe(2048);
    expect(slices.look(0)).toBe(0);
  });
});

describe('in virtual time', () => {
  it('a slice ends at the instruction of the timer', () => {
    const clock = new VirtualClock(() => 1_000);
    const slices = new SliceLength(clock, HZ);
    // 100 ns a tick, 1 ns an instruction.
    expect(slices.next(clock.now(), 50)).toBe(4_000);
    clock.charge(1_500);
    expect(slices.next(clock.now(), 50)).toBe(2_500);
    expect(slices.next(clock.now(), 10)).toBe(1);
    expect(slices.next(clock.now(), Infinity)).toBe(500_000);
  });
});
