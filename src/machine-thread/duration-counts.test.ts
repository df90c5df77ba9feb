/** Percentiles of durations that are known. */
import { expect, test } from 'vitest';
import { DurationCounts } from './duration-counts.ts';

test('median, 99th percentile and maximum, to a fifth', () => {
  const counts = new DurationCounts();
  expect(counts.percentile(0.5)).toBe(0);
  expect(counts.percentile(1)).toBe(0);
  for (let i = 1; i <= 1000; i++) counts.add(i);
  expect(counts.percentile(0.5)).toBeGreaterThanOrEqual(500);
  expect(counts.percentile(0.5)).toBeLessThan(600);
  expect(counts.percentile(0.99)).toBeGreaterThanOrEqual(990);
  expect(counts.percentile(1)).toBe(1000);
});
