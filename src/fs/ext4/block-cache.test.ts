/** Blocks of a table that are read together: which, in how many requests, and what they must not replace. */
import { describe, expect, it } from 'vitest';
import { EIO, fail } from '../../abi/errno.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { MemoryFrames } from '../memory-frames.ts';
import { BlockCache } from './block-cache.ts';

const BLOCK = 4096;

/** Each block is filled with its number; requests are noted as [first block, blocks]. */
class CountedDisk extends MemoryDisk {
  readonly requests: [number, number][] = [];
  readonly broken = new Set<number>();

  override read(sector: number, target: Uint8Array): void {
    const first = (sector * 512) / BLOCK;
    const count = target.length / BLOCK;
    this.requests.push([first, count]);
    for (let i = 0; i < count; i++) if (this.broken.has(first + i)) throw fail(EIO, 'medium');
    super.read(sector, target);
  }
}

function setUp() {
  const frames = new MemoryFrames();
  const disk = new CountedDisk('disk', 128 * BLOCK, frames);
  for (let i = 0; i < 128; i++) disk.write((i * BLOCK) / 512, new Uint8Array(BLOCK).fill(i));
  const seal = () => undefined;
  return { disk, cache: new BlockCache(disk, BLOCK, { seal }, { frames }) };
}

describe('a table from block 5 to 40', () => {
  const FIRST = 5;
  const END = 40;

  it('comes in pieces of 64 KiB, the last one shorter', () => {
    const { disk, cache } = setUp();
    for (const number of [9, 5, 20, 21, 38]) {
      const { bytes, view } = cache.readAmong(number, FIRST, END);
      expect([bytes.length, view.byteLength, bytes[0], bytes[BLOCK - 1]]).toEqual([
        BLOCK,
        BLOCK,
        number,
        number,
      ]);
    }
    expect(disk.requests).toEqual([
      [5, 16],
      [21, 16],
      [37, 3],
    ]);
  });

  it('is not read over what is in memory already', () => {
    const { disk, cache } = setUp();
    const changed = cache.read(12);
    changed.bytes.fill(99);
    changed.markDirty();
    cache.readAmong(8, FIRST, END);
    cache.readAmong(13, FIRST, END);
    expect(disk.requests).toEqual([
      [12, 1],
      [5, 7],
      [13, 8],
    ]);
    expect(cache.read(12)).toBe(changed);
    expect(cache.readAmong(12, FIRST, END).bytes[0]).toBe(99);
  });

  it('is there beside a block that cannot be read', () => {
    const { disk, cache } = setUp();
    disk.broken.add(7);
    expect(cache.readAmong(6, FIRST, END).bytes[0]).toBe(6);
    expect(() => cache.readAmong(7, FIRST, END)).toThrow('EIO');
  });
});
