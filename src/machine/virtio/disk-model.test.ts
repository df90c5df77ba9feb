/** Disk models: seeks, turns and bandwidth in virtual time. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { DiskTimes } from './disk-model.ts';

const BYTES = 64 * 2 ** 20;
const LAST = BYTES / 512 - 1;
/** 7,200 turns a minute. */
const TURN_NS = 8_333_333;

function disk(model: 'hdd' | 'ssd' | 'nvme' | 'tape') {
  const clock = new VirtualClock(() => 0);
  const times = new DiskTimes(model, BYTES, () => clock);
  const reserve = (sector: number, bytes = 512) => times.reserve('read', sector, bytes) ?? NaN;
  /** Alone, and waited for: how long it took. */
  const read = (sector: number, bytes = 512) => {
    const before = clock.save();
    const done = reserve(sector, bytes);
    clock.charge(done - before);
    return done - before;
  };
  return { reserve, read, nowNs: () => clock.save() };
}

describe('a disk model', () => {
  it('moves a MiB in the proportion 100 to 500 of SSD and hard disk', () => {
    const hdd = disk('hdd');
    const ssd = disk('ssd');
    hdd.read(0, 2 ** 20);
    expect(hdd.read(2048, 2 ** 20)).toBeCloseTo(5e6, -3);
    expect(ssd.read(0, 2 ** 20) - ssd.read(0, 512)).toBeCloseTo(1e6, -3);
  });

  it('takes for a random sector of a hard disk a seek and at most a turn, for a neighbour next to nothing', () => {
    const { read } = disk('hdd');
    read(0);
    expect(read(1)).toBeLessThan(10_000);
    const far = read(LAST);
    expect(far).toBeGreaterThan(16e6);
    expect(far).toBeLessThan(16e6 + TURN_NS + 10_000);
    const near = read(LAST - 8);
    expect(near).toBeLessThan(1e6 + TURN_NS + 10_000);
  });

  it('comes to the same sector again after a turn', () => {
    const { read, nowNs } = disk('hdd');
    read(1000);
    const first = nowNs();
    read(1000);
    const turns = (nowNs() - first) / TURN_NS;
    expect(turns).toBeCloseTo(Math.round(turns), 3);
    expect(turns).toBeGreaterThan(0.9);
  });

  it('looks for as many requests at a time as it has channels, and moves one after the other', () => {
    const ssd = disk('ssd');
    const done = Array.from({ length: 9 }, (_, i) => ssd.reserve(i * 1000));
    // 100 us to find a sector, 512 / 2^20 ms to move it.
    const moveNs = (512 / 2 ** 20) * 1e6;
    for (let i = 0; i < 8; i++) expect(done[i]).toBeCloseTo(100e3 + (i + 1) * moveNs, 3);
    expect(done[8]).toBeCloseTo(200e3 + 2 * moveNs, 3);
    const hdd = disk('hdd');
    const [first = 0, second = 0] = [hdd.reserve(LAST), hdd.reserve(0)];
    expect(second - first).toBeGreaterThan(16e6);
  });

  it('winds a tape', () => {
    const { read } = disk('tape');
    expect(read(0, 2 ** 20)).toBeCloseTo(7.5e6, 0);
    expect(read(2048 * 33, 512)).toBeGreaterThan(2e9 + 32e6);
  });
});
