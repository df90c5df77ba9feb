/** `hartix crash`: nothing is lost with a journal; without one, or with a disk that lies, it finds what the courses say. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasTools } from './e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

function crash(...args: readonly string[]) {
  return spawnSync(process.execPath, [CLI, 'crash', ...args], { encoding: 'utf8' });
}

describe.skipIf(!hasTools)('hartix crash', () => {
  test('finds nothing on a journaled disk', () => {
    const { status, stdout } = crash('--cuts', '16', '--steps', '200', '--seed', '7');
    expect(stdout).toMatch(/^ext4, data=ordered, .*; 16 power cuts\n16 cuts, 16 clean; \d+ prom/);
    expect(status).toBe(0);
  });

  test('does not miss what a file had before it changed through another name', () => {
    // Replaced by a rename that is not on the disk when the other name is truncated.
    const { stdout } = crash(
      '--after-writes',
      '790',
      '--cuts',
      '1',
      '--steps',
      '600',
      '--seed',
      '150003',
    );
    expect(stdout).toMatch(/\n1 cuts, 1 clean; /);
  });

  test('cuts behind every K-th write, torn ones included, as far as the run goes', () => {
    const every = (writes: number, cuts: string) =>
      crash('--after-writes', String(writes), '--cuts', cuts, '--steps', '300', '--seed', '11');
    const { status, stdout } = every(9, '12');
    expect(stdout).toMatch(/; 12 power cuts\n12 cuts, 12 clean; /);
    expect(status).toBe(0);
    const [, writes] = /, (\d+) writes, /.exec(stdout) ?? [];
    // Fewer than were asked for: the run has no more writes.
    const most = Math.floor(Number(writes) / 100);
    expect(most).toBeGreaterThan(0);
    expect(every(100, '1000').stdout).toContain(`\n${most} cuts, ${most} clean; `);
  });

  test('finds what a journal is for, and the same with the same seed', () => {
    const args = ['--cuts', '24', '--steps', '200', '--seed', '7', '--no-journal'];
    const { status, stdout } = crash(...args);
    expect(status).toBe(1);
    for (const kind of ['space leak', 'block in use, marked free', 'name without an inode']) {
      expect(stdout).toMatch(new RegExp(`^ +\\d+ {2}${kind}$`, 'm'));
    }
    const anonymous = (text: string) => text.replaceAll(/hartix-crash-\w+/g, '');
    expect(anonymous(crash(...args).stdout)).toBe(anonymous(stdout));
  });

  test('finds a disk that lies about its flushes', () => {
    const { status, stdout } = crash('--after-writes', '40', '--steps', '300', '--lie');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ +\d+ {2}missed update$/m);
  });
});

test.each([
  [['--fs', 'btrfs'], /--fs btrfs: write ext4, ext3, ext2/],
  [['--cuts', '0'], /--cuts 0/],
  [['word'], /no word 'word'/],
])('%j is refused', (args, message) => {
  const { status, stderr } = crash(...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});
