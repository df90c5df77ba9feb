/** hartix snapshot and hartix restore of Hartix, from the command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const CLI = resolve(import.meta.dirname, '../../../dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hartix-saved-'));
const file = join(folder, 'system');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hartix(words: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], {
    input,
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { status, stdout, stderr };
}

it('a command is saved while it runs, and goes on', () => {
  const script = 'echo ready; sleep 1; read x; echo "got $x"; exit 5';
  const options = ['--memory', '32M', '--no-cache', '--when', 'ready'];
  const saved = hartix(['snapshot', file, ...options, '--', 'sh', '-c', script]);
  expect(saved).toMatchObject({ status: 0, stdout: 'ready\n' });
  expect(saved.stderr).toMatch(/^hartix: saved .*system, \d+ bytes\n$/);
  const other = hartix(['restore', file, '--no-cache', '--', 'echo', 'beside it']);
  expect(other).toEqual({ status: 0, stdout: 'beside it\n', stderr: '' });
});

it('a time that does not come is status 1', () => {
  const options = ['--memory', '32M', '--when', 'never'];
  expect(hartix(['snapshot', file, ...options, '--', 'true'])).toEqual({
    status: 1,
    stdout: '',
    stderr: 'hartix: snapshot: the command ended before it was time\n',
  });
});
