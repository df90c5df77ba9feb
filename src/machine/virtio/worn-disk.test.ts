/** Disks with defects, and with caches that lose what they hold. */
import { describe, expect, it } from 'vitest';
import { MemoryDisk } from './overlay.ts';
import { VolatileDisk } from './volatile-disk.ts';
import { WornDisk } from './worn-disk.ts';

const BYTES = 1 << 20;
const filled = (value: number) => new Uint8Array(512).fill(value);

function first(disk: { read(sector: number, buffer: Uint8Array): void }, sector: number) {
  const buffer = new Uint8Array(512);
  disk.read(sector, buffer);
  return buffer[0];
}

describe('a worn disk', () => {
  const wrong = new Map([
    [5, 1],
    [7, 9],
  ]);

  it('corrects one bit, refuses more, and takes a spare sector when the lost one is written', () => {
    const disk = new WornDisk(new MemoryDisk(new Uint8Array(BYTES).fill(3), false), wrong);
    expect(first(disk, 5)).toBe(3);
    expect(disk.medium()).toMatchObject({ corrected: 1, uncorrectable: 0, pending: 1 });
    expect(() => first(disk, 7)).toThrow('sector 7 cannot be read');
    disk.write(7, filled(4));
    expect(first(disk, 7)).toBe(4);
    const counts = { uncorrectable: 1, reallocated: 1, pending: 0, sparesLeft: 63 };
    expect(disk.medium()).toMatchObject(counts);
  });

  it('fails writes when there is no spare sector left', () => {
    const many = new Map(Array.from({ length: 65 }, (_, i) => [i, 2]));
    const disk = new WornDisk(new MemoryDisk(new Uint8Array(BYTES), false), many);
    for (let i = 0; i < 64; i++) disk.write(i, filled(1));
    expect(() => disk.write(64, filled(1))).toThrow('spare');
  });
});

describe('a volatile cache', () => {
  it.each([false, true])('loses what was not flushed; lying %s', (lies) => {
    const medium = new MemoryDisk(new Uint8Array(BYTES), false);
    const disk = new VolatileDisk(medium, lies);
    disk.write(1, filled(1));
    disk.flush();
    disk.write(2, filled(2));
    expect([first(disk, 1), first(disk, 2)]).toEqual([1, 2]);
    disk.cut();
    expect([first(medium, 1), first(medium, 2)]).toEqual(lies ? [0, 0] : [1, 0]);
  });

  it('stores the oldest when it is full', () => {
    const medium = new MemoryDisk(new Uint8Array(32 << 20), false);
    const disk = new VolatileDisk(medium, true);
    for (let i = 0; i <= 32768; i++) disk.write(i, filled(7));
    expect([first(medium, 0), first(medium, 1)]).toEqual([7, 0]);
  });
});
