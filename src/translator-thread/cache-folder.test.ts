/** The folder of the translation cache, with the hostile things that may lie in it, and many processes at once. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { CacheFolder } from './cache-folder.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-cache-'));
afterAll(() => rmSync(WORK, { recursive: true }));

let count = 0;
let path = '';
beforeEach(() => {
  path = join(WORK, `folder${count++}`);
});

function open(budgetBytes = 1 << 20): CacheFolder {
  const folder = CacheFolder.open({ path, budgetBytes });
  if (folder === undefined) throw new Error('the folder cannot be used');
  return folder;
}
const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value);

test('what is written is read, and replaced', () => {
  const folder = open();
  expect(folder.read('a')).toBeUndefined();
  expect(folder.write('a', bytes(3))).toBe(true);
  expect(folder.read('a')).toEqual(bytes(3));
  folder.write('a', bytes(5, 2));
  expect(open().read('a')).toEqual(bytes(5, 2));
  folder.remove('a');
  expect(folder.read('a')).toBeUndefined();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('what is no plain file is absent', () => {
  const folder = open();
  mkdirSync(join(path, 'directory'));
  spawnSync('mkfifo', [join(path, 'pipe')]);
  writeFileSync(join(WORK, 'outside'), 'x');
  symlinkSync(join(WORK, 'outside'), join(path, 'link'));
  writeFileSync(join(path, 'large'), new Uint8Array((4 << 20) + 1));
  for (const name of ['directory', 'pipe', 'link', 'large', 'none'])
    expect(folder.read(name), name).toBeUndefined();
  expect(folder.write('directory', bytes(1))).toBe(false);
  expect(folder.counters.failed).toBe(1);
  // A link is replaced, what it leads to is not.
  folder.write('link', bytes(2));
  expect(statSync(join(WORK, 'outside')).size).toBe(1);
  expect(readdirSync(path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('where there can be no folder there is no cache', () => {
  writeFileSync(path, '');
  expect(CacheFolder.open({ path, budgetBytes: 1 })).toBeUndefined();
  expect(CacheFolder.open({ path: join(path, 'below'), budgetBytes: 1 })).toBeUndefined();
  expect(CacheFolder.open({ path: '/proc/none', budgetBytes: 1 })).toBeUndefined();
  expect(CacheFolder.open({ path: join(WORK, 'no', 'parent'), budgetBytes: 1 })).toBeUndefined();
});

test('a folder that others may write to is taken back, or not used', () => {
  mkdirSync(path);
  chmodSync(path, 0o777);
  open();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('a folder that goes away is no error', () => {
  const folder = open();
  rmSync(path, { recursive: true });
  expect(folder.write('a', bytes(1))).toBe(false);
  expect(folder.read('a')).toBeUndefined();
});

test('the budget holds: what was used least lately goes, and what a killed process left', () => {
  const folder = open(100_000);
  // The first write looks the folder through; from then on each 16th of the budget does.
  folder.write('first', bytes(10));
  writeFileSync(join(path, 'x.1.abc.tmp'), bytes(10));
  utimesSync(join(path, 'x.1.abc.tmp'), 1, 1);
  for (let i = 0; i < 12; i++) {
    folder.write(`file${i}`, bytes(9000));
    utimesSync(join(path, `file${i}`), 1000 + i, 1000 + i);
  }
  const names = readdirSync(path);
  const total = names.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  expect(total).toBeLessThanOrEqual(100_000);
  expect(names).not.toContain('x.1.abc.tmp');
  expect(names).not.toContain('file0');
  expect(names).toContain('file11');
  expect(folder.counters.evicted).toBeGreaterThan(2);
  // Use counts: a file that was read is younger than its neighbours.
  expect(folder.read('file8')).toEqual(bytes(9000));
  expect(statSync(join(path, 'file8')).mtimeMs).toBeGreaterThan(2000 * 1000);
});

/** Writes and reads eight names; every file is 4,000 equal bytes. */
const SCRIPT = `
const [modulePath, path, seed] = process.argv.slice(1);
const { CacheFolder } = await import(modulePath);
const folder = CacheFolder.open({ path, budgetBytes: 24_000 });
let torn = 0, found = 0;
for (let i = 0; i < 300; i++) {
  const name = 'file' + (i * 7 + Number(seed)) % 8;
  folder.write(name, new Uint8Array(4000).fill(i + Number(seed)));
  const read = folder.read('file' + (i * 3) % 8);
  if (read === undefined) continue;
  found++;
  if (read.length !== 4000 || read.some((byte) => byte !== read[0])) torn++;
}
console.log(JSON.stringify({ torn, found: found > 0 }));
`;

test('four processes at once read whole files only', async () => {
  const module = new URL('cache-folder.ts', import.meta.url).href;
  const outputs = await Promise.all(
    [1, 2, 3, 4].map(async (seed) => {
      const args = ['--input-type=module', '-e', SCRIPT, module, path, String(seed)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      for await (const chunk of child.stdout) output += String(chunk);
      return output.trim();
    }),
  );
  expect(outputs).toEqual(new Array(4).fill('{"torn":0,"found":true}'));
  expect(existsSync(path)).toBe(true);
  const left = readdirSync(path);
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
