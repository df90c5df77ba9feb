/** The statistics of the benchmark table, on numbers worked by hand. */
import { expect, test } from 'vitest';
import { geometricMean, median, parseRates, spreadText } from './rates.ts';
import { timeToSpeed } from './second-start.ts';

test('lines of workloads among those of a kernel', () => {
  const text =
    '[    0.1] Linux version 6.12\r\nfib27 114.5 iter/s (check 2ff42 n 35 seconds 0.3057 instructions 2e9)\r\n' +
    'memcpy1M 1.3e+04 MB/s (check 15 n 3)\nptrchase4M 8.1 Mhops/s\n[    9.1] Kernel panic - not syncing\n';
  const unknown = { passes: undefined, seconds: undefined, instructions: undefined };
  expect(parseRates(text)).toEqual([
    {
      name: 'fib27',
      rate: 114.5,
      unit: 'iter/s',
      check: '2ff42',
      passes: 35,
      seconds: 0.3057,
      instructions: 2e9,
    },
    { ...unknown, name: 'memcpy1M', rate: 13_000, unit: 'MB/s', check: '15', passes: 3 },
    { ...unknown, name: 'ptrchase4M', rate: 8.1, unit: 'Mhops/s', check: undefined },
  ]);
});

test('median, geometric mean, spread', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(median([])).toBeNaN();
  expect(geometricMean([2, 8, Number.NaN])).toBeCloseTo(4);
  expect(spreadText([2, 4, 3])).toBe('3.00 (2.00-4.00)');
  expect(spreadText([12.34])).toBe('12.3');
  expect(spreadText([Number.NaN])).toBe('-');
});

test('speed is reached when the slowest workload has come to 90 % of its last turns', () => {
  const turns = [10, 50, 95, 100, 100, 100, 90, 100].flatMap((mips, turn) => [
    { seconds: turn + 0.25, name: 'a', mips },
    { seconds: turn + 0.5, name: 'b', mips: 300 },
  ]);
  // Last five of a: median 100, so 95 in turn 2 is enough.
  expect(timeToSpeed(turns)).toBe(2.25);
});
