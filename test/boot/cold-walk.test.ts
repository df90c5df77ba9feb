/** A path is walked over the disk once: which blocks that takes debugfs says, that it took them blktrace. Arpaci-Dusseau, "OSTEP", chapter 40. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { debugfs, hasTools } from '../fs/e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-walk-'));
const DISK = join(WORK, 'disk.img');
afterAll(() => rmSync(WORK, { recursive: true }));

const BLOCK = 1024;

const SECTORS = BLOCK / 512;

/** What was read, in order: blocks from `first` to before `end`. */
function readsOf(output: string): { first: number; end: number }[] {
  const done = output.matchAll(/ C +R\S* (\d+) \+ (\d+)/g);
  return Array.from(done, ([, sector, count]) => ({
    first: Number(sector) / SECTORS,
    end: (Number(sector) + Number(count)) / SECTORS,
  }));
}

/** The block of the inode table that has it, and its first block of data. */
function placesOf(path: string): number[] {
  const text = debugfs(DISK, `imap ${path}`, `blocks ${path}`);
  const matches = [/located at block (\d+)/, /^(\d+) *$/m].map((pattern) => pattern.exec(text));
  return matches.map((match) => Number(match?.[1]));
}

test.skipIf(!hasTools)('a cold cat takes seven steps, a warm one none', () => {
  writeFileSync(DISK, '');
  truncateSync(DISK, 8 * 2 ** 20);
  const options = ['-t', 'ext2', '-b', String(BLOCK), '-I', '128', '-O', '^dir_index'];
  spawnSync('mke2fs', ['-q', '-F', ...options, DISK]);
  const file = join(WORK, 'test.txt');
  writeFileSync(file, 'found\n');
  // Eight inodes are in a block of the table, of which several come at once: between them are many.
  const fill = (from: number) => Array.from({ length: 640 }, (_, i) => `mknod n${from + i} p`);
  const filled = ['mkdir fill', 'cd fill', ...fill(0), 'mkdir ../foo', ...fill(640), 'cd ..'];
  const requests = [...filled, `write ${file} foo/test.txt`].join('\n');
  writeFileSync(join(WORK, 'requests'), requests);
  spawnSync('debugfs', ['-w', '-f', join(WORK, 'requests'), DISK]);
  const steps = ['/', '/foo', '/foo/test.txt'].flatMap(placesOf);
  expect(new Set(steps).size).toBe(6);
  const script = `blktrace -d /dev/vdb sh -c 'mount -t ext2 /dev/vdb /mnt; cat /mnt/foo/test.txt'
    echo; echo ---; blktrace -d /dev/vdb cat /mnt/foo/test.txt; set -- $(cat /proc/sys/fs/dentry-state); echo $1`;
  const argv = [CLI, 'run', '--disk', `${DISK}:cow`, '--', 'sh', '-c', script];
  const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  const [cold = '', warm = ''] = stdout.split('---\n');
  expect(cold).toContain('found\n');
  const [superblock, ...others] = readsOf(cold);
  expect(superblock?.first).toBe(1);
  // The descriptors of the groups say where the inode tables are: the block behind the superblock.
  const walk = others.filter(({ first }) => first !== 2);
  const holds = ({ first, end }: { first: number; end: number }) =>
    steps.find((block) => first <= block && block < end);
  expect(walk.map(holds)).toEqual(steps);
  expect(warm).toMatch(/^found\n/);
  expect(readsOf(warm)).toEqual([]);
  expect(Number(warm.trim().split('\n').at(-1))).toBeGreaterThan(0);
});
