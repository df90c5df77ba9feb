/** Frames as the segments of requests. */
import { expect, test } from 'vitest';
import { batchesOf, segmentsOf } from './virtio-block-request.ts';

test('frames that lie one behind the other are one segment, the last as long as what is left', () => {
  const frames = [0x8000_1000, 0x8000_2000, 0x8000_3000, 0x8000_2000, 0x8000_8000];
  expect(segmentsOf(frames, 4 * 4096 + 512, true)).toEqual([
    { address: 0x8000_1000, length: 3 * 4096, isDeviceWritten: true },
    { address: 0x8000_2000, length: 4096, isDeviceWritten: true },
    { address: 0x8000_8000, length: 512, isDeviceWritten: true },
  ]);
});

test('many frames are several requests', () => {
  const parts: [readonly number[], number][] = [];
  batchesOf([1, 2, 3, 4, 5], 2, (frames, sectorAt) => parts.push([frames, sectorAt]));
  expect(parts).toEqual([
    [[1, 2], 0],
    [[3, 4], 16],
    [[5], 32],
  ]);
});
