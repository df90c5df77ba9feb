/** A guest with twice as much data as memory, and a disk to swap to: MEM-11, MEM-12. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build-programs.ts';

/** Fills argv[1] MiB, forks a child that changes every 16th page, and sums all that both of them have. */
const PROGRAM = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static uint64_t sum(const uint64_t *data, size_t pages) {
  uint64_t total = 0;
  for (size_t i = 0; i < pages; i++) total = total * 31 + data[i * 512 + 7] + data[i * 512 + 511];
  return total;
}
int main(int argc, char **argv) {
  size_t pages = atoi(argv[1]) * 256ul;
  uint64_t *data = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; i < pages; i++) data[i * 512 + 7] = i * 3, data[i * 512 + 511] = ~i;
  fflush(stdout);
  if (!fork()) {
    for (size_t i = 0; i < pages; i += 16) data[i * 512 + 7] = 1;
    printf("child %llx\\n", (unsigned long long)sum(data, pages));
    return 0;
  }
  wait(NULL);
  printf("parent %llx\\n", (unsigned long long)sum(data, pages));
  fflush(stdout);
  system("grep VmSwap /proc/$PPID/status");
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("major faults %d\\n", usage.ru_majflt > 1000);
  return 0;
}
`;
const BUILD = resolve(import.meta.dirname, '../../build/swap');
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-swap-'));
const DISK = join(FOLDER, 'disk');
let program: string;

beforeAll(async () => {
  const file = join(FOLDER, 'swapping.c');
  writeFileSync(file, PROGRAM);
  const [built] = await buildPrograms([{ file, flags: ['-O1'] }], BUILD);
  program = (built ?? '').split('/').at(-1) ?? '';
  writeFileSync(DISK, '');
  truncateSync(DISK, 96 * 2 ** 20);
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** What the program prints, worked out here. */
function expected(megabytes: number, isChild: boolean): string {
  const mask = 2n ** 64n - 1n;
  let total = 0n;
  for (let i = 0n; i < BigInt(megabytes * 256); i++) {
    const word = isChild && i % 16n === 0n ? 1n : i * 3n;
    total = (total * 31n + word + (i ^ mask)) & mask;
  }
  return total.toString(16);
}

function guest(script: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      CLI,
      'run',
      '--memory',
      '32M',
      '--disk',
      DISK,
      '--mount',
      `${BUILD}:/p`,
      '--',
      'sh',
      '-c',
      script,
    ],
    { encoding: 'utf8', timeout: 240_000 },
  );
  return stdout + stderr;
}

test('data of twice the memory keep their sum, in a child and its parent', () => {
  const output = guest(`
    mkswap -L paging -U 01234567-89ab-cdef-0123-456789abcdef /dev/vdb && swapon -p 3 /dev/vdb
    cat /proc/swaps; grep ^Swap /proc/meminfo; free -k | tail -1; swapon
    swapon /dev/vdb; mount -t ext4 /dev/vdb /mnt; dd if=/etc/passwd of=/dev/vdb seek=9
    /p/${program} 64
    grep -E '^pswp(in|out) [1-9]' /proc/vmstat | cut -d' ' -f1
    swapoff /dev/vdb; echo $?; grep ^Swap /proc/meminfo; cat /proc/swaps | wc -l; dmesg | grep swap`);
  expect(output).toContain('LABEL=paging, UUID=01234567-89ab-cdef-0123-456789abcdef\n');
  const size = (96 * 2 ** 20 - 4096) / 1024;
  expect(output).toContain(
    `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${'/dev/vdb'.padEnd(40)}partition\t${size}\t\t0\t\t3\n`,
  );
  expect(output).toMatch(
    new RegExp(`SwapCached: +0 kB\nSwapTotal: +${size} kB\nSwapFree: +${size} kB`),
  );
  expect(output).toMatch(new RegExp(`^Swap: +${size} +0 +${size}$`, 'm'));
  expect(output).toMatch(/swapon: \/dev\/vdb: swapon failed: .*busy/);
  expect(output).toMatch(/mount: .*busy/);
  expect(output).toMatch(/dd: .*Text file busy/);
  expect(output).toContain(`child ${expected(64, true)}\nparent ${expected(64, false)}\n`);
  const swapped = Number(/VmSwap:\s+(\d+) kB/.exec(output)?.[1]);
  expect(swapped).toBeGreaterThan(32 * 1024);
  expect(output).toContain('major faults 1\n');
  expect(output).toContain('pswpin\npswpout\n0\n');
  expect(output).toMatch(/SwapTotal: +0 kB\nSwapFree: +0 kB\n1\n/);
  expect(output).toContain(
    `Adding ${size}k swap on /dev/vdb.  Priority:3 extents:1 across:${size}k`,
  );
  const header = readFileSync(DISK).subarray(0, 4096);
  expect(header.subarray(4086).toString()).toBe('SWAPSPACE2');
}, 300_000);

test('a file serves as well, and is neither written nor removed meanwhile', () => {
  const output = guest(`
    dd if=/dev/zero of=/root/swap bs=1M count=16 2>/dev/null; chmod 600 /root/swap
    swapon /root/swap
    mkswap /root/swap >/dev/null && swapon /root/swap; echo on $?
    cut -d' ' -f1 /proc/swaps | tail -1
    echo x > /root/swap; rm -f /root/swap; truncate -s 0 /root/swap
    /p/${program} 32; grep -c '^pswpout [1-9]' /proc/vmstat
    seq 200000 > /tmp/numbers; /p/${program} 28 > /dev/null; seq 200000 | cmp - /tmp/numbers && echo same
    swapoff -a; echo off $?; rm /root/swap; echo $?`);
  expect(output).toMatch(/swapon: \/root\/swap: swapon failed: Invalid argument/);
  expect(output).toContain('on 0\n/root/swap\n');
  expect(output).toMatch(/Text file busy/);
  expect(output).toMatch(/rm: .*Operation not permitted/);
  expect(output).toContain(`child ${expected(32, true)}\nparent ${expected(32, false)}\n`);
  expect(output).toContain('same\noff 0\n0\n');
}, 300_000);

test('a disk that was opened before is not written while it is swapped to: generic/570 of xfstests', () => {
  const output = guest(`
    mkswap /dev/vdb >/dev/null; exec 7<>/dev/vdb; echo one >&7; echo before $?
    swapon /dev/vdb; echo two >&7; echo meanwhile $?
    swapoff /dev/vdb; echo three >&7; echo after $?; head -c 10 /dev/vdb`);
  expect(output.replace(/.*write error.*\n/, '')).toBe(
    'before 0\nmeanwhile 1\nafter 0\none\nthree\n',
  );
}, 60_000);

test('a file without a page in a row is not swapped to: generic/641 of xfstests', () => {
  const output = guest(`
    mkfs.ext4 -q -b 1024 /dev/vdb && mount /dev/vdb /mnt && cd /mnt
    dd if=/dev/zero of=row bs=1k count=64 2>/dev/null; dd if=/dev/zero of=scattered bs=1k count=85 2>/dev/null; sync; chmod 600 *
    for i in $(seq 21); do fallocate -c -o $((i * 3072)) -l 1024 scattered; done; stat -c %s scattered
    for file in row scattered; do mkswap $file >/dev/null; swapon $file && echo $file; done; tail -n +2 /proc/swaps | cut -d' ' -f1; swapoff row`);
  expect(output.replace(/swapon: .*Invalid argument\n/, '')).toBe('65536\nrow\n/mnt/row\n');
}, 60_000);

test('a file system is busy while a file of it is swapped to, or is a loop device', () => {
  const output = guest(`
    mkfs.ext4 -q /dev/vdb && mount /dev/vdb /mnt && dd if=/dev/zero of=/mnt/swap bs=1M count=8 2>/dev/null; chmod 600 /mnt/swap
    mkswap /mnt/swap >/dev/null && swapon /mnt/swap; umount /mnt; echo swap $?
    swapoff /mnt/swap; losetup /dev/loop3 /mnt/swap; umount /mnt; echo loop $?
    losetup -d /dev/loop3; umount /mnt; echo free $?`);
  expect(output).toMatch(/^swap 32\nloop 32\nfree 0\n(umount: \/mnt: .*busy.*\n){2}$/);
}, 60_000);
