/** Reclaim in the background: the watermarks of Linux 6.6, and who makes room at which of them. */
import { expect, it } from 'vitest';
import { StoredFile } from '../../../test/support/kernel/stored-file.ts';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';
import { evictPages } from '../../fs/page-eviction.ts';
import type { Kernel } from '../kernel.ts';
import { Watermarks } from './watermarks.ts';

it.each([
  // MiB, then min, low and high of /proc/zoneinfo, worked out by hand from mm/page_alloc.c.
  [4, 64, 80, 96],
  [256, 512, 640, 768],
  [1024, 1024, 1286, 1548],
])('a zone of %i MiB has the watermarks of Linux', (megabytes, min, low, high) => {
  const marks = new Watermarks(megabytes * 256);
  expect([marks.min, marks.low, marks.high]).toEqual([min, low, high]);
});

it('min_free_kbytes and watermark_scale_factor move them', () => {
  const marks = new Watermarks(65_536);
  marks.scaleFactor = 1000;
  expect([marks.min, marks.low, marks.high]).toEqual([512, 512 + 6553, 512 + 2 * 6553]);
  marks.minFreeKilobytes = 40_000;
  expect([marks.min, marks.low]).toEqual([10_000, 10_000 + 6553]);
});

/** Clean pages of a file, all that can be reclaimed; the rest of memory is taken until `left` frames are free. */
function fill(kernel: Kernel, filePages: number, left: number): StoredFile {
  const file = new StoredFile(kernel, filePages);
  file.pages?.populate(0, filePages);
  kernel.vfs.reclaim = (count) => (file.pages ? evictPages(file.pages, count) : 0);
  while (kernel.frames.free > left) kernel.frames.allocateUncleared();
  return file;
}

it('it is woken at the low watermark, and works to the high one', () => {
  const { kernel } = testKernel(8);
  const { frames, watermarks, kswapd, reclaim } = kernel;
  const file = fill(kernel, 600, watermarks.low);
  expect(kswapd.runs).toBe(0);
  frames.allocateUncleared();
  expect(kswapd.runs).toBe(1);
  expect(kswapd.start().state).toBe('R');
  frames.allocateUncleared();
  expect(kswapd.runs).toBe(1);
  kswapd.run();
  expect(frames.free).toBe(watermarks.high);
  const { size } = file.pages?.pages ?? { size: 0 };
  expect(reclaim.background.stolen).toBe(600 - size);
  expect(reclaim.background.scanned).toBeGreaterThanOrEqual(reclaim.background.stolen);
  expect(reclaim.direct).toEqual({ scanned: 0, stolen: 0 });
  // Again, before it has slept for 0.1 s.
  while (kswapd.runs === 1) frames.allocateUncleared();
  expect(kswapd.lowHitQuickly).toBe(1);
});

it('who finds the reserve alone reclaims, and fails when there is nothing', () => {
  const { kernel } = testKernel(8);
  const { frames, watermarks, reclaim, kswapd } = kernel;
  const file = fill(kernel, 100, watermarks.min + 1);
  expect(frames.reclaimScans).toBe(0);
  frames.allocateUncleared();
  frames.allocateUncleared();
  expect(frames.reclaimScans).toBe(1);
  expect(reclaim.direct.stolen).toBe(32);
  const taken = () => {
    for (let count = 0; ; count++) {
      try {
        frames.allocateUncleared();
      } catch {
        return count;
      }
    }
  };
  // One more of the first 32, and the 68 pages that the file has left.
  expect(taken()).toBe(31 + 68);
  expect(file.pages?.pages.size).toBe(0);
  expect(frames.free).toBe(watermarks.min);
  kswapd.run();
  expect(kswapd.isHopeless).toBe(true);
});

it('counts pages by who took them and by kind, with the same sums', () => {
  const { kernel } = testKernel(8);
  const { frames, watermarks, reclaim, kswapd } = kernel;
  fill(kernel, 600, watermarks.low);
  for (let i = 0; i < 300; i++) {
    frames.allocateUncleared();
    if (i === 40) kswapd.run();
  }
  const { background, direct, file, anonymous } = reclaim;
  expect(direct.stolen).toBeGreaterThan(0);
  expect(background.stolen).toBeGreaterThan(0);
  expect(background.stolen + direct.stolen).toBe(file.stolen + anonymous.stolen);
  expect(background.scanned + direct.scanned).toBe(file.scanned + anonymous.scanned);
});
