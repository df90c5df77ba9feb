/** Arrays: every level against an array of bytes, with members taken away, rebuilt, and failing. */
import { describe, expect, it } from 'vitest';
import { EIO, fail } from '../../abi/errno.ts';
import { randomFrom } from '../crash/random.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { MemoryFrames } from '../memory-frames.ts';
import { RaidArray, type RaidLevel } from './raid-array.ts';

const SEED = 20261121;
const MEMBER_SECTORS = 96;
const CHUNK = 8;
const frames = new MemoryFrames();

function member(): MemoryDisk {
  return new MemoryDisk('m', MEMBER_SECTORS * 512, frames);
}

function make(level: RaidLevel, count: number): { array: RaidArray; disks: MemoryDisk[] } {
  const disks = Array.from({ length: count }, member);
  return { array: new RaidArray(level, CHUNK, disks), disks };
}

/** Random writes, also kept in an array of bytes, which is returned. */
function scribble(array: RaidArray, model: Uint8Array, random: () => number, times: number): void {
  for (let i = 0; i < times; i++) {
    const sector = Math.floor(random() * array.sectors);
    const count = 1 + Math.floor(random() * Math.min(40, array.sectors - sector));
    const bytes = Uint8Array.from({ length: count * 512 }, () => Math.floor(random() * 256));
    array.write(sector, bytes);
    model.set(bytes, sector * 512);
  }
}

function contentOf(array: RaidArray): Uint8Array {
  const bytes = new Uint8Array(array.sectors * 512);
  array.read(0, bytes);
  return bytes;
}

describe.each([
  ['linear', 3, 288, 0],
  ['raid0', 3, 288, 0],
  ['raid1', 3, 96, 2],
  ['raid4', 4, 288, 1],
  ['raid5', 4, 288, 1],
  ['raid6', 5, 288, 2],
] as const)('%s of %i disks', (level, count, sectors, mayFail) => {
  it(`holds ${sectors} sectors, and outlives ${mayFail} disks, one after the other`, () => {
    const random = randomFrom(SEED);
    const { array } = make(level, count);
    expect(array.sectors).toBe(sectors);
    const model = new Uint8Array(sectors * 512);
    scribble(array, model, random, 30);
    expect(contentOf(array)).toEqual(model);
    for (let round = 0; round < 6; round++) {
      const slots = [round % count, (round + 1 + Math.floor(round / count)) % count];
      for (const slot of slots.slice(0, mayFail)) {
        array.drop(slot);
        expect(contentOf(array), `seed ${SEED}, round ${round}`).toEqual(model);
        scribble(array, model, random, 5);
        expect(contentOf(array), `seed ${SEED}, round ${round}`).toEqual(model);
      }
      for (const slot of slots.slice(0, mayFail)) array.rebuild(slot, member());
      expect(array.missing).toBe(0);
      expect(contentOf(array)).toEqual(model);
    }
    for (let slot = 0; slot <= mayFail; slot++) array.drop(slot);
    expect(() => contentOf(array)).toThrow('EIO');
    expect(() => array.flush()).toThrow('EIO');
  });
});

describe('an array', () => {
  it('does without a member that fails, and says so', () => {
    const { array, disks } = make('raid5', 3);
    const model = new Uint8Array(array.sectors * 512);
    scribble(array, model, randomFrom(SEED), 10);
    const [bad] = disks;
    if (bad) {
      bad.read = () => {
        throw fail(EIO, 'bad sector');
      };
    }
    expect(contentOf(array)).toEqual(model);
    expect(array.missing).toBe(1);
  });

  it('lies on its disks as md lays it out: left-symmetric', () => {
    const { array, disks } = make('raid5', 3);
    // Chunks A to F: Documentation of mdadm has "A B P / D P C / P E F".
    for (let chunk = 0; chunk < 6; chunk++) {
      array.write(chunk * CHUNK, new Uint8Array(CHUNK * 512).fill(1 << chunk));
    }
    const first = disks.map((disk) => {
      return [0, 1, 2].map((row) => {
        const bytes = new Uint8Array(512);
        disk.read(row * CHUNK, bytes);
        return bytes[0];
      });
    });
    expect(first).toEqual([
      [1, 8, 16 | 32],
      [2, 4 | 8, 16],
      [1 | 2, 4, 32],
    ]);
  });

  it('has right parity after a resync of disks that held anything', () => {
    const disks = Array.from({ length: 4 }, member);
    const random = randomFrom(SEED);
    for (const disk of disks) {
      disk.write(
        0,
        Uint8Array.from({ length: 96 * 512 }, () => Math.floor(random() * 256)),
      );
    }
    const array = new RaidArray('raid6', CHUNK, disks);
    array.resync();
    const whole = contentOf(array);
    array.drop(0);
    array.drop(2);
    expect(contentOf(array)).toEqual(whole);
  });
});
