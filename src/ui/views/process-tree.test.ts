import { expect, test } from 'vitest';
import type { ProcessInfo } from '../../api/processes.ts';
import type { System } from '../../api/system.ts';
import { processLine, processRows } from './process-tree.ts';
import { choose, neighbour, subjectOf } from './subject.ts';

function info(
  pid: number,
  parentPid: number,
  name: string,
  rest: Partial<ProcessInfo> = {},
): ProcessInfo {
  return {
    pid,
    parentPid,
    name,
    state: 'S',
    uid: 0,
    threads: 1,
    nice: 0,
    userMs: 0,
    systemMs: 0,
    virtualBytes: 0,
    residentBytes: 0,
    command: [name],
    ...rest,
  };
}

const PROCESSES = [
  info(1, 0, 'init'),
  info(2, 0, 'kthreadd', { command: [] }),
  info(3, 1, 'sh', { residentBytes: 4096 }),
  info(5, 3, 'yes', { state: 'R', userMs: 400, systemMs: 100, residentBytes: 8192 }),
  info(6, 3, 'cat'),
  // Its parent is in no sample.
  info(9, 7, 'lost'),
];
const NOW = { atMs: 3000, processes: PROCESSES };
const BEFORE = {
  atMs: 2000,
  processes: PROCESSES.map((it) => (it.pid === 5 ? { ...it, userMs: 100, systemMs: 0 } : it)),
};

test('children hang under their parents, in the order of pids', () => {
  const rows = processRows(undefined, NOW, 'tree', '');
  expect(rows.map(({ process, branch }) => branch + process.name)).toEqual([
    'init',
    '└─sh',
    '  ├─yes',
    '  └─cat',
    'kthreadd',
    'lost',
  ]);
});

test('two samples give CPU use, and the order by it and by memory', () => {
  const byCpu = processRows(BEFORE, NOW, 'cpu', '');
  // 400 ms of a second.
  expect(byCpu[0]).toMatchObject({ process: { name: 'yes' }, cpuPercent: 40 });
  expect(processRows(undefined, NOW, 'cpu', '')[0]?.cpuPercent).toBe(0);
  const byMemory = processRows(BEFORE, NOW, 'memory', '');
  expect(byMemory.slice(0, 2).map(({ process }) => process.name)).toEqual(['yes', 'sh']);
});

test('a filter keeps those whose command has it, or whose pid it is', () => {
  const names = (filter: string) =>
    processRows(BEFORE, NOW, 'tree', filter).map(({ process }) => process.name);
  expect(names('s')).toEqual(['sh', 'yes', 'lost']);
  expect(names('6')).toEqual(['cat']);
  expect(names('nothing')).toEqual([]);
});

test('a line tells state, use, memory, threads, time and command', () => {
  const [row] = processRows(BEFORE, NOW, 'cpu', 'yes');
  const spans = row ? processLine(row) : [];
  const text = typeof spans === 'string' ? spans : spans.map((span) => span.text).join('');
  expect(text).toBe('    5 R  40.0     8K   1     0.50 yes');
});

test('from program to program, around the ends', () => {
  expect(neighbour(PROCESSES, 1, 1)).toBe(3);
  expect(neighbour(PROCESSES, 9, 1)).toBe(1);
  expect(neighbour(PROCESSES, 1, -1)).toBe(9);
  expect(neighbour([], 1, 1)).toBeUndefined();
});

test('the newest program is followed once it is there for longer than a look', () => {
  const system = {} as System;
  const shell = info(3, 1, 'sh');
  const loop = info(5, 3, 'sh');
  const at = (...more: ProcessInfo[]) => subjectOf(system, [shell, loop, ...more])?.pid;
  expect(at()).toBe(5);
  // Short-lived ones, another at each look.
  expect(at(info(6, 5, 'sleep'))).toBe(5);
  expect(at(info(7, 5, 'sleep'))).toBe(5);
  expect(at(info(7, 5, 'sleep'))).toBe(7);
  // It has ended: who started it.
  expect(at(info(9, 3, 'ls'))).toBe(5);
  expect(subjectOf(system, [shell])?.pid).toBe(3);
  choose(system, 9);
  expect(at(info(9, 3, 'ls'), info(10, 3, 'cat'))).toBe(9);
});
