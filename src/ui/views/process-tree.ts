/** Rows of the process tree, from samples of the process list. Pure. */
import type { ProcessInfo } from '../../api/processes.ts';
import { formatBytes } from '../model.ts';
import type { Line } from './line.ts';

export type Order = 'tree' | 'cpu' | 'memory' | 'pid';
export const ORDERS: readonly Order[] = ['tree', 'cpu', 'memory', 'pid'];

export interface ProcessSample {
  atMs: number;
  processes: readonly ProcessInfo[];
}

export interface ProcessRow {
  process: ProcessInfo;
  /** Branches before the command. */
  branch: string;
  /** Of one hart, since the sample before. */
  cpuPercent: number;
}

const ROOT = 0;

export function commandOf({ command, name }: ProcessInfo): string {
  return command.join(' ') || `[${name}]`;
}

function cpuPercents(before: ProcessSample | undefined, now: ProcessSample): Map<number, number> {
  const elapsed = before ? now.atMs - before.atMs : 0;
  const times = new Map(before?.processes.map((it) => [it.pid, it.userMs + it.systemMs]));
  return new Map(
    now.processes.map(({ pid, userMs, systemMs }) => {
      const used = userMs + systemMs - (times.get(pid) ?? userMs + systemMs);
      return [pid, elapsed > 0 ? (100 * used) / elapsed : 0];
    }),
  );
}

/** `filter`: part of the command line, or a pid; without the branches of those that are left out. */
export function processRows(
  before: ProcessSample | undefined,
  now: ProcessSample,
  order: Order,
  filter: string,
): ProcessRow[] {
  const percents = cpuPercents(before, now);
  const rowOf = (process: ProcessInfo, branch = ''): ProcessRow => ({
    process,
    branch,
    cpuPercent: percents.get(process.pid) ?? 0,
  });
  const matching = now.processes.filter(
    (it) => commandOf(it).includes(filter) || String(it.pid) === filter,
  );
  switch (order) {
    case 'tree':
      return filter === '' ? treeRows(now.processes, rowOf) : matching.map((it) => rowOf(it));
    case 'cpu':
      return matching.map((it) => rowOf(it)).sort((a, b) => b.cpuPercent - a.cpuPercent);
    case 'memory':
      return matching
        .map((it) => rowOf(it))
        .sort((a, b) => b.process.residentBytes - a.process.residentBytes);
    case 'pid':
      return matching.map((it) => rowOf(it));
  }
}

function treeRows(
  processes: readonly ProcessInfo[],
  rowOf: (process: ProcessInfo, branch: string) => ProcessRow,
): ProcessRow[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const children = new Map<number, ProcessInfo[]>();
  for (const process of processes) {
    const parent = pids.has(process.parentPid) ? process.parentPid : ROOT;
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const rows: ProcessRow[] = [];
  const add = (parent: number, indent: string): void => {
    const all = children.get(parent) ?? [];
    all.forEach((process, index) => {
      const isLast = index === all.length - 1;
      const isRoot = parent === ROOT;
      rows.push(rowOf(process, isRoot ? '' : `${indent}${isLast ? '└─' : '├─'}`));
      add(process.pid, isRoot ? '' : `${indent}${isLast ? '  ' : '│ '}`);
    });
  };
  add(ROOT, '');
  return rows;
}

export const PROCESS_HEADING = '  PID S  %CPU    RSS THR     TIME COMMAND';

export function processLine({ process, branch, cpuPercent }: ProcessRow): Line {
  const { pid, state, residentBytes, threads, userMs, systemMs } = process;
  const figures = [
    String(pid).padStart(5),
    state,
    cpuPercent.toFixed(1).padStart(5),
    formatBytes(residentBytes).padStart(6),
    String(threads).padStart(3),
    ((userMs + systemMs) / 1000).toFixed(2).padStart(8),
  ].join(' ');
  return [
    { text: `${figures} ${branch}`, ...(state === 'R' && { colour: 'green' as const }) },
    { text: commandOf(process), isBold: state === 'R' },
  ];
}
