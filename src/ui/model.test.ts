/** The status line's figures from /proc texts in the formats of proc(5), worked out by hand. */
import { expect, test } from 'vitest';
import {
  computeStatus,
  fitStatus,
  formatBytes,
  formatUptime,
  parseCounters,
  statusText,
  windowOf,
} from './model.ts';

const BEFORE = {
  atMs: 1000,
  files: { stat: 'cpu  100 0 50 850 0 0 0 0 0 0\n', jit: 'instructions 1000000\nregions 3\n' },
};
const NOW = {
  atMs: 3000,
  files: {
    stat: 'cpu  150 0 100 950 0 0 0 0 0 0\ncpu0 …\n',
    meminfo: 'MemTotal:  262144 kB\nMemFree: 100 kB\nMemAvailable:  196608 kB\n',
    loadavg: '0.10 0.20 0.30 1/7 42\n',
    uptime: '3725.40 3000.00\n',
    jit: 'instructions 61000000\nregions 5\n',
  },
};

test('differences between two samples give CPU use and MIPS', () => {
  const status = computeStatus(BEFORE, NOW);
  expect(status.cpuPercent).toBe(50);
  expect(status.mips).toBe(30);
  expect(status.memoryUsedBytes).toBe(64 * 2 ** 20);
  expect(status.processes).toBe(7);
  expect(status.translations).toBe(5);
});

test('the first sample has no rates', () => {
  const status = computeStatus(undefined, NOW);
  expect(status.mips).toBe(0);
});

test('the line names every figure', () => {
  expect(statusText(computeStatus(BEFORE, NOW))).toBe(
    'cpu  50% │   30 MIPS │ 64M/256M │ 7 procs │ 5 regions │ up 1:02:05',
  );
});

test('every figure is seen in 80 columns, with nothing cut', () => {
  const text = 'cpu 100% │  120 MIPS │ 280K/256M │ 12 procs │ 1196 regions │ up 0:00:19';
  expect(fitStatus(text, 90)).toBe(` Hartix │ ${text}`.padEnd(90));
  expect(fitStatus(text, 72)).toBe(` ${text}`);
  expect(fitStatus(text, 69)).toBe(
    ' cpu 100%   120 MIPS  280K/256M  12 procs  1196 regions  up 0:00:19'.padEnd(69),
  );
  expect(fitStatus(text, 20)).toBe(' cpu 100% 120 MIPS  ');
});

test('sizes and times', () => {
  expect(formatBytes(1.5 * 2 ** 30)).toBe('1.5G');
  expect(formatUptime(59.9)).toBe('0:00:59');
  expect([...parseCounters('a 1\nb: 2 kB\nnonsense\n')]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

test('a list is shown around the selected line', () => {
  const items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(windowOf(items, 0, 4)).toEqual({ first: 0, items: [0, 1, 2, 3] });
  expect(windowOf(items, 5, 4)).toEqual({ first: 3, items: [3, 4, 5, 6] });
  expect(windowOf(items, 9, 4)).toEqual({ first: 6, items: [6, 7, 8, 9] });
  expect(windowOf([1], 0, 4)).toEqual({ first: 0, items: [1] });
});
