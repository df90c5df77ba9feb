/** The persistent translation cache, from the command line: a second start finds what the first translated; nothing depends on it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { boot } from '../../src/index.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-translations-'));
afterAll(() => rmSync(WORK, { recursive: true }));
let count = 0;
let folder = '';
beforeEach(() => {
  folder = join(WORK, `${count++}`);
});

/** A loop of the shell, until its translations are saved; what /proc/jit says then. */
async function warmUp(cache: string | false): Promise<Map<string, number>> {
  const system = await boot({ cache });
  try {
    for (;;) {
      const { stdout } = await system.exec(
        'i=0; while [ $i -lt 8000 ]; do i=$((i+1)); done; echo sum $i; cat /proc/jit',
      );
      expect(stdout).toMatch(/^sum 8000$/m);
      const jit = new Map(
        [...stdout.matchAll(/^(\w+):\s+(\d+)$/gm)].map(([, name = '', n]) => [name, Number(n)]),
      );
      const isDone = cache === false ? 'translatedRegions' : 'cachePagesSaved';
      if ((jit.get(isDone) ?? 0) > 0 || (jit.get('cachedRegions') ?? 0) > 0) return jit;
    }
  } finally {
    await system.close();
  }
}
const saved = (): string[] => readdirSync(folder).filter((name) => /^[0-9a-f]{40}$/.test(name));

test('the second machine takes translations from the folder, unless they are damaged', async () => {
  const first = await warmUp(folder);
  expect(first.get('cachedRegions')).toBe(0);
  expect(saved().length).toBeGreaterThan(0);
  const second = await warmUp(folder);
  expect(second.get('cachedRegions')).toBeGreaterThan(0);
  expect(second.get('failures')).toBe(0);

  for (const name of saved()) {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x20;
    writeFileSync(path, bytes);
  }
  const third = await warmUp(folder);
  expect(third.get('cachedRegions')).toBe(0);
  expect(third.get('cacheFilesRejected')).toBeGreaterThan(0);
  expect(third.get('failures')).toBe(0);
});

test('without a folder nothing is kept', async () => {
  const jit = await warmUp(false);
  expect(jit.get('cachePagesSaved')).toBe(0);
});

const SCRIPT = `i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done; cat /proc/uptime; od -An -tx1 -N8 /dev/urandom; echo $i`;

/** A deterministic run: what it printed. */
function run(...options: string[]): { stdout: string; stderr: string; status: number | null } {
  const args = ['run', '--deterministic=7', ...options, '--', 'sh', '-c', SCRIPT];
  return spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
}

test('a deterministic run is the same with a cold cache, a warm one, none, and one that cannot be', () => {
  mkdirSync(folder);
  const cold = run();
  expect(cold).toMatchObject({ status: 0, stderr: '' });
  expect(cold.stdout).toMatch(/4000\n$/);
  for (const options of [[], ['--no-cache'], ['--interp']])
    expect(run(...options)).toMatchObject({ status: 0, stdout: cold.stdout });
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file in its place');
  expect(run()).toMatchObject({ status: 0, stdout: cold.stdout, stderr: '' });
});
