/** Disk models: seeks, turns and bandwidth in virtual time. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { ModelledDisk } from './disk-model.ts';
import { MemoryDisk } from './overlay.ts';

const BYTES = 64 * 2 ** 20;
const LAST = BYTES / 512 - 1;
/** 7,200 turns a minute. */
const TURN_NS = 8_333_333;

function disk(model: 'hdd' | 'ssd' | 'nvme') {
  const clock = new VirtualClock(() => 0);
  const made = new ModelledDisk(new MemoryDisk(new Uint8Array(BYTES), false), model, () => clock);
  const nowNs = () => clock.save();
  const read = (sector: number, bytes = 512) => {
    const before = nowNs();
    made.begin();
    made.read(sector, new Uint8Array(bytes));
    return nowNs() - before;
  };
  return { made, read, nowNs };
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

  it('counts the fixed part once for a request of many pieces', () => {
    const { made, nowNs } = disk('ssd');
    made.begin();
    for (let i = 0; i < 4; i++) made.read(i * 8, new Uint8Array(4096));
    expect(nowNs()).toBeCloseTo(100e3 + (16384 / 2 ** 20) * 1e6, -1);
  });
});
