/** `hartix bench`, as the package runs it: the shipped workloads against the peers of this host. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/cli.js', 'bench', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });

test('a row per workload, with its ratios, and who is missing', () => {
  const { stdout, stderr, status } = bench('--rounds', '1', '--time', '1', 'mandel');
  expect({ status, stderr }).toMatchObject({ status: 0 });
  // All contestants computed the same.
  expect(stdout).not.toContain('RESULTS DIFFER');
  const header = stdout.split('\n').find((line) => line.startsWith('| workload'));
  const row = stdout.split('\n').find((line) => line.startsWith('| mandel'));
  expect(row).toMatch(/^\| mandel \| [\d.]+ Miter\/s \| \d+ \| [\d.]+ \|/);
  expect(row?.split('|').length).toBe(header?.split('|').length);
  for (const peer of ['native', 'qemu-riscv64', 'qemu-system-riscv64'])
    expect(`${header}${stderr}`).toContain(peer);
  expect(stderr).toContain("SKIPPED: Debian's programs");
});

test('wrong options say what to write', () => {
  expect(bench('--rounds', '0')).toMatchObject({
    status: 2,
    stderr: 'hartix: --rounds 0: write a number from 1\n',
  });
  const { status, stderr } = bench('nonsense');
  expect(status).toBe(2);
  expect(stderr).toContain("hartix: bench: no workload has 'nonsense' in its name\n");
  expect(bench('--help').stdout).toMatch(/^usage: hartix bench/);
});
