/** The suite's run file, and the committed lists beside the tests of the ABI. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Line } from './guest.ts';

const LISTS = resolve(import.meta.dirname, '../../test/abi');
export const LINUX_LIST = join(LISTS, 'ltp-linux.txt');
export const FAILURES_LIST = join(LISTS, 'ltp-failures.txt');

/** Lines `TAG REST`; those that begin with # and empty ones are left out. */
function parse(file: string): Array<readonly [tag: string, rest: string]> {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, tag = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line.trim()) ?? [];
      return [tag, rest];
    });
}

export function readRunFile(directory: string, pattern: RegExp): Line[] {
  return parse(join(directory, 'runtest/syscalls'))
    .map(([tag, command]) => ({ tag, command }))
    .filter(({ tag }) => pattern.test(tag));
}

/** Reason by tag. */
export function readReasons(file: string): Map<string, string> {
  return new Map(parse(file));
}
