/** What V8 compiled of the machine's code, from process to process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const caches = mkdtempSync(join(tmpdir(), 'hartix-kept-'));
afterAll(() => rmSync(caches, { recursive: true }));

function run(): string {
  const env = { ...process.env, XDG_CACHE_HOME: caches };
  const { stdout } = spawnSync(process.execPath, [CLI, 'run', '--', 'echo', 'hi'], { env });
  return String(stdout);
}

function keptFiles(): string[] {
  const folder = join(caches, 'hartix');
  return readdirSync(folder)
    .filter((name) => name.startsWith('code-'))
    .map((name) => join(folder, name));
}

test('the first process keeps it, the second takes it as it is, and a damaged one is made anew', () => {
  expect(run()).toBe('hi\n');
  const [path = ''] = keptFiles();
  const first = statSync(path);
  expect(run()).toBe('hi\n');
  expect(keptFiles()).toEqual([path]);
  expect(statSync(path)).toMatchObject({ ino: first.ino, mtimeMs: first.mtimeMs });

  const damaged = readFileSync(path);
  damaged.fill(0xa5, damaged.length >> 1, (damaged.length >> 1) + 64);
  writeFileSync(path, damaged);
  expect(run()).toBe('hi\n');
  const mended = readFileSync(path);
  const copy = mended.subarray(mended.length / 2);
  expect(copy.equals(mended.subarray(0, copy.length))).toBe(true);
});
