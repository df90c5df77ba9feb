import { describe, expect, it } from 'vitest';
import { FakePlatform } from '../../../test/support/fake-platform.ts';
import { KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { Ram } from '../arch/memory.ts';
import { Random } from '../random.ts';
import { FrameAllocator } from './frame-allocator.ts';

function setup(megabytes = 4) {
  const platform = new FakePlatform(megabytes);
  return { platform, frames: new FrameAllocator(new Ram(platform.memory), platform) };
}

describe('frame allocator', () => {
  it('gives each frame once, cleared, and all of them', () => {
    const { platform, frames } = setup();
    platform.memory.u8.fill(0xff);
    const seen = new Set<number>();
    for (let i = 0; i < 1024; i++) {
      const frame = frames.allocate();
      expect(frame % PAGE_SIZE).toBe(0);
      expect(frames.bytes(frame).every((byte) => byte === 0)).toBe(true);
      seen.add(frame);
    }
    expect(seen.size).toBe(1024);
    expect(frames.free).toBe(0);
    expect(() => frames.allocate()).toThrow(KernelError);
  });

  it('merges what comes back into the largest blocks', () => {
    const { frames } = setup();
    const all = Array.from({ length: 1024 }, () => frames.allocate());
    for (const frame of all.reverse()) frames.release(frame);
    const block = frames.allocateBlock(10);
    expect(frames.free).toBe(0);
    expect(block).toBe(0x8000_0000);
  });

  it('aligns blocks to their size', () => {
    const { frames } = setup();
    frames.allocate();
    for (const order of [1, 3, 5, 2, 0, 4]) {
      const block = frames.allocateBlock(order);
      expect((block - 0x8000_0000) % (PAGE_SIZE << order)).toBe(0);
    }
  });

  it('keeps a frame until its last reference goes, and tells of code', () => {
    const { platform, frames } = setup();
    const frame = frames.allocate();
    frames.retain(frame);
    frames.markCode(frame);
    frames.release(frame);
    expect(frames.referencesOf(frame)).toBe(1);
    expect(platform.invalidated).toEqual([]);
    frames.release(frame);
    expect(platform.invalidated).toEqual([frame]);
    expect(() => frames.release(frame)).toThrow('released more often');
  });

  it('knows which are in use', () => {
    const { frames, platform } = setup();
    const [kept, freed, block] = [frames.allocate(), frames.allocate(), frames.allocateBlock(1)];
    frames.release(freed);
    const numbers = [kept, block, block + PAGE_SIZE].map(
      (frame) => (frame - platform.memory.base) / PAGE_SIZE,
    );
    expect(frames.inUse()).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('asks the reclaimers before it gives up', () => {
    const { frames } = setup();
    const held = Array.from({ length: 1024 }, () => frames.allocate());
    let calls = 0;
    frames.reclaimers.push({
      reclaim: () => {
        calls++;
        const frame = held.pop();
        if (frame === undefined) return 0;
        frames.release(frame);
        return 1;
      },
    });
    frames.allocate();
    expect(calls).toBe(1);
  });

  it('never hands out overlapping blocks in random use', () => {
    const { frames } = setup();
    const random = new Random(new Uint8Array([7]));
    const owned = new Map<number, number>();
    const used = new Set<number>();
    for (let step = 0; step < 5000; step++) {
      if (random.below(2) === 0) {
        const order = random.below(4);
        try {
          const block = frames.allocateBlock(order);
          for (let i = 0; i < 1 << order; i++) {
            const frame = block + i * PAGE_SIZE;
            expect(used.has(frame)).toBe(false);
            used.add(frame);
          }
          owned.set(block, order);
        } catch (error) {
          if (!(error instanceof KernelError)) throw error;
        }
      } else {
        const block = [...owned.keys()][random.below(owned.size)];
        if (block === undefined) continue;
        const order = owned.get(block) ?? 0;
        owned.delete(block);
        for (let i = 0; i < 1 << order; i++) {
          frames.release(block + i * PAGE_SIZE);
          used.delete(block + i * PAGE_SIZE);
        }
      }
      expect(frames.free).toBe(1024 - used.size);
    }
  });
});
