/** FILE.lock: one writer, any number of readers, and locks whose holders are dead. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskLocks } from './disk-lock.ts';

let folder: string;
let path: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hartix-lock-'));
  path = join(folder, 'disk.img');
  lock = `${path}.lock`;
  writeFileSync(path, '');
});

afterEach(() => rmSync(folder, { recursive: true }));

const written = (file = path) => ({ path: file, isReadOnly: false, isCopied: false });

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

test('a second writer is refused, by whatever name, until the first lets go', () => {
  const [first, second] = [new DiskLocks(), new DiskLocks()];
  first.add('disk0', written());
  const other = join(folder, 'other-name');
  symlinkSync(path, other);
  for (const name of [path, other]) {
    expect(() => second.add('disk0', written(name))).toThrow(`by process ${process.pid};`);
  }
  first.remove('disk0');
  expect(readdirSync(folder).sort()).toEqual(['disk.img', 'other-name']);
  second.add('disk0', written(other));
  second.releaseAll();
  expect(existsSync(lock)).toBe(false);
});

test('readers take no lock and mind none', () => {
  const locks = new DiskLocks();
  locks.add('disk0', written());
  locks.add('disk1', { path, isReadOnly: true, isCopied: false });
  locks.add('disk2', { path, isReadOnly: false, isCopied: true });
  locks.remove('disk1');
  expect(existsSync(lock)).toBe(true);
  locks.releaseAll();
});

test('it says who holds it: pid and start time as proc(5) has it', () => {
  const locks = new DiskLocks();
  locks.add('disk0', written());
  const [pid, start, host] = readFileSync(lock, 'utf8').trim().split(' ');
  locks.releaseAll();
  expect([pid, host]).toEqual([String(process.pid), hostname()]);
  if (process.platform !== 'linux') return;
  // Field 22; the name in parentheses may have blanks in it.
  const fields = readFileSync(`/proc/${process.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  expect(start).toBe(fields[22 - 3]);
});

test.each([
  ['its process is dead', () => `${deadPid()} 1 ${hostname()}\n`],
  ['the number belongs to another process now', () => `${process.pid} 1 ${hostname()}\n`],
  ['it was cut short', () => ''],
])('a stale lock is taken over: %s', (_, text) => {
  writeFileSync(lock, text());
  const locks = new DiskLocks();
  locks.add('disk0', written());
  expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  locks.releaseAll();
  expect(readdirSync(folder)).toEqual(['disk.img']);
});

test('a takeover that was killed half-way is no obstacle', () => {
  writeFileSync(lock, `${deadPid()} 1 ${hostname()}\n`);
  writeFileSync(`${lock}.takeover`, `${deadPid()} 1 ${hostname()}\n`);
  const locks = new DiskLocks();
  locks.add('disk0', written());
  locks.releaseAll();
  expect(readdirSync(folder)).toEqual(['disk.img']);
});

test("another host's lock cannot be judged", () => {
  writeFileSync(lock, '1 1 elsewhere\n');
  expect(() => new DiskLocks().add('disk0', written())).toThrow(/process 1 of elsewhere; .*remove/);
  expect(readFileSync(lock, 'utf8')).toBe('1 1 elsewhere\n');
});

test('a process that ends without closing its machine leaves no lock', () => {
  const module = JSON.stringify(new URL('./disk-lock.ts', import.meta.url).href);
  const script = `const { DiskLocks } = await import(${module});
    new DiskLocks().add('disk0', ${JSON.stringify(written())});
    if (!(await import('node:fs')).existsSync(${JSON.stringify(lock)})) throw new Error('no lock');
    process.exit(7);`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([7, '']);
  expect(existsSync(lock)).toBe(false);
});
