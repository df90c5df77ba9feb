/** /proc/<pid>/limits: proc_pid_limits(5). */
import type { Process } from '../process.ts';

/** Names and units in the order of RLIMIT_*. */
const LIMITS: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
];

export function showLimits(process: Process): string {
  const value = (limit: number | undefined): string =>
    (limit === undefined || limit === Number.POSITIVE_INFINITY
      ? 'unlimited'
      : String(limit)
    ).padEnd(20);
  const head = `${'Limit'.padEnd(25)} ${'Soft Limit'.padEnd(20)} ${'Hard Limit'.padEnd(20)} ${'Units'.padEnd(10)}\n`;
  const lines = LIMITS.map(([name, unit], resource) => {
    const limit = process.limits[resource];
    const columns = `${name.padEnd(25)} ${value(limit?.soft)} ${value(limit?.hard)} `;
    return unit === '' ? `${columns}\n` : `${columns}${unit.padEnd(10)}\n`;
  });
  return head + lines.join('');
}
