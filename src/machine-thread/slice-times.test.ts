/** Percentiles of slices, on durations that are known. */
import { expect, test } from 'vitest';
import { Exit } from '../machine/engine.ts';
import { SliceTimes } from './slice-times.ts';

test('median, 99th percentile and maximum, to a fifth', () => {
  const times = new SliceTimes({ run: () => Exit.TRAP });
  expect(times.measured()).toEqual({ sliceUsMedian: 0, sliceUs99: 0, sliceUsMaximum: 0 });
  // A slice that a trap ends is none.
  expect(times.run(0)).toBe(Exit.TRAP);
  expect(times.measured()['sliceUsMaximum']).toBe(0);
  for (let i = 1; i <= 1000; i++) times.add(i);
  const { sliceUsMedian = 0, sliceUs99 = 0, sliceUsMaximum } = times.measured();
  expect(sliceUsMedian).toBeGreaterThanOrEqual(500);
  expect(sliceUsMedian).toBeLessThan(600);
  expect(sliceUs99).toBeGreaterThanOrEqual(990);
  expect(sliceUsMaximum).toBe(1000);
});
