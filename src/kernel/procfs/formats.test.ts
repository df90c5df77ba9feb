/**
 * Formats of /proc: each expression must match the file here, and the same file of the Linux host, which shows that the
 * expression is right.
 */
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { AT_FDCWD, O_RDONLY } from '../../abi/fcntl.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { makeDirectory } from '../../fs/directory-operations.ts';
import { ROOT_IDENTITY } from '../../fs/permission.ts';
import { fromBytes } from '../../lib/bytes.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { mapRegion } from '../mm/mmap.ts';
import type { Task } from '../task.ts';
import { procfs } from './procfs.ts';

const { kernel, platform } = testKernel(8);
let task: Task;

beforeAll(() => {
  const { root } = kernel.vfs.mounts;
  const at = makeDirectory(root, 'proc', 0o755, ROOT_IDENTITY);
  const fs = procfs.mount('proc', '', false, kernel.vfs.context);
  kernel.vfs.mounts.mount(fs, 'proc', 0, '', at);
  task = testTask(kernel, 'a (b) c');
  mapRegion(spaceOfTask(task), {
    address: 0x2_0000,
    length: 8192,
    protection: PROT_READ | PROT_WRITE,
    placement: 'fixed',
  });
  kernel.current = task;
  platform.now = 12.345e9;
});

function read(path: string): string {
  const file = kernel.vfs.open(task, AT_FDCWD, path, O_RDONLY, 0);
  const bytes = new Uint8Array(65536);
  let at = 0;
  for (;;) {
    const count = file.read(new BytesBuffer(bytes.subarray(at)), at);
    if (count === 0) return fromBytes(bytes, 0, at);
    at += count;
  }
}

/** Lines that the whole file consists of, or a line that it has. */
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ['/proc/self/stat', /^\d+ \(.*\) [RSDZTtX](?: -?\d+){49}\n$/],
  ['/proc/sys/fs/dentry-state', /^\d+\t\d+\t45\t0\t\d+\t0\n$/],
  ['/proc/sys/fs/inode-nr', /^\d+\t\d+\n$/],
  ['/proc/sys/fs/inode-state', /^\d+\t\d+(?:\t0){5}\n$/],
  [
    '/proc/slabinfo',
    /^slabinfo - version: 2\.1\n# name {12}<active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n/,
  ],
  [
    '/proc/slabinfo',
    /^dentry {12} *\d+ +\d+ +192 +21 +1 : tunables +0 +0 +0 : slabdata +\d+ +\d+ +0\n/m,
  ],
  ['/proc/swaps', /^Filename\t{4}Type\t{2}Size\t{2}Used\t{2}Priority\n/],
  ['/proc/self/statm', /^(?:\d+ ){6}\d+\n$/],
  ['/proc/self/status', /^Name:\t.*\nUmask:\t0\d{3}\nState:\t[RS] \([a-z ]+\)\nTgid:\t\d+\n/],
  ['/proc/self/status', /^Uid:\t\d+\t\d+\t\d+\t\d+\nGid:\t\d+\t\d+\t\d+\t\d+\nFDSize:\t\d+\n/m],
  ['/proc/self/status', /^VmPeak:\t {0,7}\d+ kB\nVmSize:\t {0,7}\d+ kB\nVmLck:\t {0,7}\d+ kB\n/m],
  ['/proc/self/status', /^VmHWM:\t {0,7}\d+ kB\nVmRSS:\t {0,7}\d+ kB\nRssAnon:\t {0,7}\d+ kB\n/m],
  ['/proc/self/status', /^SigQ:\t\d+\/\d+\nSigPnd:\t[\da-f]{16}\nShdPnd:\t[\da-f]{16}\nSigBlk:/m],
  ['/proc/self/status', /^CapInh:\t[\da-f]{16}\nCapPrm:\t[\da-f]{16}\nCapEff:\t[\da-f]{16}\n/m],
  ['/proc/self/status', /^voluntary_ctxt_switches:\t\d+\nnonvoluntary_ctxt_switches:\t\d+\n/m],
  [
    '/proc/self/maps',
    /^(?:[\da-f]{8,}-[\da-f]{8,} [r-][w-][x-][ps] [\da-f]{8,} [\da-f]{2,}:[\da-f]{2,} \d+ (?: *\S.*)?\n)+$/,
  ],
  ['/proc/self/limits', /^Limit {21}Soft Limit {11}Hard Limit {11}Units {5}\n/],
  ['/proc/self/limits', /^Max stack size {12}(?:\d+|unlimited) +(?:\d+|unlimited) +bytes {5}$/m],
  ['/proc/self/limits', /^Max nice priority {9}\d+ +\d+ {20}$/m],
  ['/proc/self/io', /^rchar: \d+\nwchar: \d+\nsyscr: \d+\nsyscw: \d+\nread_bytes: \d+\n/],
  ['/proc/self/mounts', /^(?:\S+ \/\S* \S+ r[ow]\S* 0 0\n)+$/],
  [
    '/proc/self/mountinfo',
    /^(?:\d+ \d+ \d+:\d+ \S+ \/\S* r[ow]\S* (?:\S+:\d+ )*- \S+ \S+ r[ow]\S*\n)+$/,
  ],
  ['/proc/self/oom_score', /^\d+\n$/],
  [
    '/proc/meminfo',
    /^MemTotal: {7} *\d+ kB\nMemFree: +\d+ kB\nMemAvailable: +\d+ kB\nBuffers: +\d+ kB\nCached: +\d+ kB\n/,
  ],
  [
    '/proc/meminfo',
    /^Active\(anon\): +\d+ kB\nInactive\(anon\): +\d+ kB\nActive\(file\): +\d+ kB\nInactive\(file\): +\d+ kB\nUnevictable: +\d+ kB\nMlocked: +\d+ kB\n/m,
  ],
  [
    '/proc/meminfo',
    /^KReclaimable: +\d+ kB\nSlab: +\d+ kB\nSReclaimable: +\d+ kB\nSUnreclaim: +\d+ kB\nKernelStack: +\d+ kB\nPageTables: +\d+ kB\nSecPageTables: +\d+ kB\nNFS_Unstable: +\d+ kB\nBounce: +\d+ kB\nWritebackTmp: +\d+ kB\nCommitLimit: +\d+ kB\nCommitted_AS: +\d+ kB\n/m,
  ],
  [
    '/proc/self/smaps',
    /^Size: {12,}\d+ kB\nKernelPageSize: +4 kB\nMMUPageSize: +4 kB\nRss: +\d+ kB\nPss: +\d+ kB\nPss_Dirty: +\d+ kB\nShared_Clean: +\d+ kB\nShared_Dirty: +\d+ kB\nPrivate_Clean: +\d+ kB\nPrivate_Dirty: +\d+ kB\nReferenced: +\d+ kB\nAnonymous: +\d+ kB\n(?:KSM: +\d+ kB\n)?LazyFree: +\d+ kB\nAnonHugePages: +\d+ kB\nShmemPmdMapped: +\d+ kB\nFilePmdMapped: +\d+ kB\nShared_Hugetlb: +\d+ kB\nPrivate_Hugetlb: +\d+ kB\nSwap: +\d+ kB\nSwapPss: +\d+ kB\nLocked: +\d+ kB\nTHPeligible: {11}[01]\nVmFlags: (?:[a-z]{2} )+\n/m,
  ],
  [
    '/proc/self/smaps_rollup',
    /^[\da-f]{8,}-[\da-f]{8,} ---p 00000000 00:00 0 +\[rollup\]\nRss: +\d+ kB\nPss: +\d+ kB\nPss_Dirty: +\d+ kB\nPss_Anon: +\d+ kB\nPss_File: +\d+ kB\nPss_Shmem: +\d+ kB\nShared_Clean: +/,
  ],
  ['/proc/zoneinfo', /^Node 0, zone +\w+\n/],
  [
    '/proc/zoneinfo',
    /^ {2}pages free +\d+\n {8}boost +\d+\n {8}min +\d+\n {8}low +\d+\n {8}high +\d+\n(?: {8}promo +\d+\n)? {8}spanned +\d+\n {8}present +\d+\n {8}managed +\d+\n/m,
  ],
  [
    '/proc/sysvipc/shm',
    /^ {7}key {6}shmid perms {18}size {2}cpid {2}lpid nattch {3}uid {3}gid {2}cuid {2}cgid {6}atime {6}dtime {6}ctime {19}rss {18}swap\n/,
  ],
  [
    '/proc/sysvipc/sem',
    /^ {7}key {6}semid perms {6}nsems {3}uid {3}gid {2}cuid {2}cgid {6}otime {6}ctime\n/,
  ],
  [
    '/proc/sysvipc/msg',
    /^ {7}key {6}msqid perms {6}cbytes {7}qnum lspid lrpid {3}uid {3}gid {2}cuid {2}cgid {6}stime {6}rtime {6}ctime\n/,
  ],
  ['/proc/sys/kernel/sem', /^\d+\t\d+\t\d+\t\d+\n$/],
  ['/proc/sys/vm/overcommit_memory', /^[012]\n$/],
  ['/proc/stat', /^cpu {2}(?:\d+ ){9}\d+\ncpu0 (?:\d+ ){9}\d+\n/],
  [
    '/proc/stat',
    /^intr \d+(?: \d+)*\nctxt \d+\nbtime \d+\nprocesses \d+\nprocs_running \d+\nprocs_blocked \d+\n/m,
  ],
  ['/proc/uptime', /^\d+\.\d\d \d+\.\d\d\n$/],
  ['/proc/loadavg', /^\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+\/\d+ \d+\n$/],
  ['/proc/version', /^Linux version \d+\.\d+\S* \(.*\n$/],
  ['/proc/filesystems', /^(?:(?:nodev)?\t\S+\n)+$/],
  ['/proc/partitions', /^major minor {2}#blocks {2}name\n\n/],
  ['/proc/swaps', /^Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/],
  [
    '/proc/sys/kernel/random/boot_id',
    /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\n$/,
  ],
  ['/proc/sys/kernel/pid_max', /^\d+\n$/],
  ['/proc/sys/fs/file-nr', /^\d+\t\d+\t\d+\n$/],
  ['/proc/interrupts', /^ +CPU0/],
  ['/proc/vmstat', /^nr_free_pages \d+\n/],
];

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: the oracle of these tests is /proc of a Linux host');

test.each(FORMATS)('%s matches %s', (path, format) => {
  expect(read(path)).toMatch(format);
});

test.skipIf(!isLinux).each(FORMATS)('%s of the host matches %s', (path, format) => {
  if (existsSync(path)) expect(readFileSync(path, 'latin1')).toMatch(format);
});

test('fields of stat are the process', () => {
  const text = read('/proc/self/stat');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  expect(text.startsWith(`${task.process.pid} (a (b) c) R 0 `)).toBe(true);
  // Fields 5 and 6 of proc_pid_stat(5), counted from 1: pgrp and session; 23: vsize in bytes.
  expect(fields[5 - 3]).toBe(String(task.process.group.pgid));
  expect(fields[6 - 3]).toBe(String(task.process.session.sid));
  expect(fields[23 - 3]).toBe('8192');
});

test('uptime is the clock', () => {
  expect(read('/proc/uptime')).toMatch(/^12\.34 /);
});

test('text is made anew at the start of a file, and stays the same behind it', () => {
  const file = kernel.vfs.open(task, AT_FDCWD, '/proc/uptime', O_RDONLY, 0);
  const bytes = new Uint8Array(3);
  file.read(new BytesBuffer(bytes), 0);
  platform.now = 99e9;
  file.read(new BytesBuffer(bytes), 3);
  expect(fromBytes(bytes)).toBe('34 ');
  file.read(new BytesBuffer(bytes), 0);
  expect(fromBytes(bytes)).toBe('99.');
  platform.now = 12.345e9;
});

test('a process that is gone is not found, and a new one with its number is another directory', () => {
  const other = testTask(kernel, 'short');
  expect(read(`/proc/${other.process.pid}/comm`)).toBe('short\n');
  kernel.pids.processes.delete(other.process.pid);
  kernel.pids.tasks.delete(other.tid);
  expect(() => read(`/proc/${other.process.pid}/comm`)).toThrow('ENOENT');
});
