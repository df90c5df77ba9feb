/** A program that takes more and more memory: what gives way to it, and in which order (MEM-12). */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

/** Takes 128 KiB at a time, and prints Cached, SwapFree and Slab after each: what it can take once names and inodes go is a megabyte. */
const HOG = `
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#define STEP (128 << 10)
static char text[4096];
static long field(const char *name) {
  char *at = strstr(text, name);
  return at ? atol(at + strlen(name)) : -1;
}
int main(void) {
  int fd = open("/proc/meminfo", O_RDONLY);
  for (;;) {
    char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, STEP);
    if (pread(fd, text, sizeof text - 1, 0) < 0) return 1;
    printf("%ld %ld %ld\\n", field("\\nCached:"), field("\\nSwapFree:"), field("\\nSlab:"));
    fflush(stdout);
  }
}
`;
const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-order-'));
let system: System;
let hog: string;

beforeAll(async () => {
  const file = join(FOLDER, 'hog.c');
  writeFileSync(file, HOG);
  const build = resolve(import.meta.dirname, '../../build/reclaim-order');
  const [program] = await buildPrograms([{ file, flags: ['-O1'] }], build);
  hog = `/programs/${(program ?? '').split('/').at(-1)}`;
  const disk = join(FOLDER, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, 16 * 2 ** 20);
  system = await boot({ memory: '48M', mounts: { '/programs': build }, disks: [disk] });
});

afterAll(async () => {
  await system.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

/** The step at which a figure has lost half of what it can lose. */
function halfway(figures: readonly number[]): number {
  const most = Math.max(...figures);
  const least = Math.min(...figures);
  expect(least).toBeLessThan(most * 0.75);
  const peak = figures.indexOf(most);
  return figures.findIndex((value, step) => step > peak && value < (most + least) / 2);
}

const numbers = (text: string): number[] => text.trim().split(/\s+/).map(Number);

test('pages of files, then anonymous memory to swap, then names and inodes, then a process', async () => {
  const prepared = await system.exec(
    `mkswap /dev/vdb >/dev/null && swapon /dev/vdb && mkdir /root/many && cd /root/many &&
     i=0; while [ $i -lt 2000 ]; do : > f$i; [ -e n$i ]; i=$((i+1)); done
     dd if=/dev/zero of=/root/big bs=1M count=8 2>/dev/null; sync; grep Slab /proc/meminfo`,
  );
  expect(prepared.stderr).toBe('');
  const before = await system.exec('cat /proc/sys/fs/dentry-state');
  const [all = 0, unused = 0, , , negative = 0] = numbers(before.stdout);
  expect(unused).toBeGreaterThan(4000);
  expect(negative).toBeGreaterThanOrEqual(2000);
  const { stdout, signal } = await system.exec(`exec ${hog}`);
  expect(signal).toBe('SIGKILL');
  const steps = stdout.trim().split('\n').map(numbers);
  const column = (index: number): number[] => steps.map((step) => step[index] as number);
  const [cached, swap, slab] = [halfway(column(0)), halfway(column(1)), halfway(column(2))];
  expect([cached < swap, swap < slab, slab < steps.length]).toEqual([true, true, true]);
  const after = await system.exec(
    `dmesg | grep -c 'Out of memory: Killed process'; cat /proc/sys/fs/dentry-state
     grep -E '^(pgscan|pgsteal|slabs|pginode|kswapd_inode|pageoutrun)' /proc/vmstat; ps`,
  );
  expect(after.stdout).toMatch(/^1$/m);
  expect(Number(/^(\d+)\t/m.exec(after.stdout)?.[1])).toBeLessThan(all / 2);
  const counter = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(after.stdout)?.[1]);
  expect(counter('slabs_scanned')).toBeGreaterThan(4000);
  expect(counter('pgsteal_kswapd')).toBeGreaterThan(1000);
  expect(counter('pgscan_kswapd') + counter('pgscan_direct')).toBe(
    counter('pgscan_anon') + counter('pgscan_file'),
  );
  expect(after.stdout).toMatch(/ kswapd0$/m);
});
