/** What a power cut may leave of writes: nothing else than the book says of a disk with a volatile cache, and all of that. */
import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../memory-disk.ts';
import { MemoryFrames } from '../memory-frames.ts';
import { PowerCuts } from './power-cut.ts';
import { randomFrom } from './random.ts';
import type { Request } from './recording-disk.ts';

const SECTOR_BYTES = 512;
const SECTORS = 32;
const BEFORE = 0xaa;
const TIMES = 200;

/** `count` sectors from `sector` on, all of the byte. */
function write(sector: number, count: number, byte: number): Request {
  return { kind: 'write', sector, bytes: new Uint8Array(count * SECTOR_BYTES).fill(byte) };
}

const FLUSH: Request = { kind: 'flush' };

/** The byte that each sector holds; fails if one holds two. */
function sectorsOf(disk: MemoryDisk): number[] {
  return Array.from({ length: SECTORS }, (_, sector) => {
    const bytes = new Uint8Array(SECTOR_BYTES);
    disk.read(sector, bytes);
    expect(new Set(bytes).size).toBe(1);
    return bytes[0] as number;
  });
}

/** What is left of the first `count` requests by so many cuts, each with other luck. */
function leftovers(requests: readonly Request[], count: number): number[][] {
  const frames = new MemoryFrames();
  const before = new MemoryDisk('before', SECTORS * SECTOR_BYTES, frames);
  before.write(0, new Uint8Array(SECTORS * SECTOR_BYTES).fill(BEFORE));
  const random = randomFrom(20_261_122);
  return Array.from({ length: TIMES }, () => {
    return sectorsOf(new PowerCuts(before, requests, frames, random).after(count));
  });
}

describe('a power cut', () => {
  it('keeps what was flushed, and knows nothing of what came behind it', () => {
    const requests = [write(0, 4, 1), write(2, 4, 2), FLUSH, write(0, 8, 3)];
    const expected = [1, 1, 2, 2, 2, 2, ...new Array<number>(SECTORS - 6).fill(BEFORE)];
    for (const found of leftovers(requests, 3)) expect(found).toEqual(expected);
  });

  it('leaves a write that was not flushed whole, not at all, or torn between any two sectors', () => {
    const found = leftovers([write(0, 8, 1)], 1).map((sectors) => sectors.slice(0, 8));
    const kinds = found.map((sectors) => sectors.filter((byte) => byte === 1).length);
    expect(new Set(found.flat())).toEqual(new Set([1, BEFORE]));
    expect(kinds.filter((count) => count === 8).length).toBeGreaterThan(TIMES / 4);
    expect(kinds.filter((count) => count === 0).length).toBeGreaterThan(TIMES / 8);
    const torn = found.filter((sectors) => new Set(sectors).size === 2);
    expect(torn.length).toBeGreaterThan(TIMES / 8);
    // The end of it without its beginning, too.
    expect(torn.some((sectors) => sectors[0] === BEFORE && sectors[7] === 1)).toBe(true);
    expect(torn.some((sectors) => sectors[0] === 1 && sectors[7] === BEFORE)).toBe(true);
  });

  it('leaves the later of two writes without the earlier one', () => {
    const found = leftovers([FLUSH, write(0, 1, 1), write(9, 1, 2)], 3);
    const pairs = new Set(found.map((sectors) => `${sectors[0]} ${sectors[9]}`));
    expect(pairs).toEqual(new Set([`1 2`, `1 ${BEFORE}`, `${BEFORE} 2`, `${BEFORE} ${BEFORE}`]));
  });

  it('is the same with the same luck', () => {
    const requests = [write(0, 8, 1), write(4, 8, 2), FLUSH, write(1, 9, 3), write(20, 9, 4)];
    expect(leftovers(requests, 5)).toEqual(leftovers(requests, 5));
  });
});
