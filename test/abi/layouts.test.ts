/** Every layout() of src/abi against sizeof and offsetof of the C compiler for riscv64 (Linux and musl headers). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as elf from '../../src/abi/elf.ts';
import { Flock } from '../../src/abi/fcntl.ts';
import * as ipc from '../../src/abi/ipc.ts';
import { MqAttr } from '../../src/abi/mqueue.ts';
import { Pollfd } from '../../src/abi/poll.ts';
import { Rlimit, Rusage } from '../../src/abi/resource.ts';
import {
  Sigaction,
  SiginfoChild,
  SiginfoFault,
  SiginfoKill,
  StackT,
} from '../../src/abi/signal.ts';
import { Stat, Statfs, Statx } from '../../src/abi/stat.ts';
import { Termios, Winsize } from '../../src/abi/termios.ts';
import { Itimerval, Timespec, Timeval, Tms } from '../../src/abi/time.ts';
import { Sysinfo, Utsname } from '../../src/abi/utsname.ts';
import type { Layout } from '../../src/lib/layout.ts';

interface Row {
  /** C type. */
  readonly type: string;
  readonly headers: readonly string[];
  readonly layout: Pick<Layout<never>, 'size'> & { offset: Readonly<Record<string, number>> };
  /** Our field to the C member designator, where they differ. */
  readonly members?: Readonly<Record<string, string>>;
  /** Only these fields are compared: the others are padding or parts of a union. */
  readonly only?: readonly string[];
  /** The layout is a prefix: do not compare sizes. */
  readonly isPrefix?: true;
}

const timePair = (name: string, unit: 'sec' | 'nsec', field: string) => [
  `${name}`,
  `${field}.tv_${unit}`,
];

/** struct ipc64_perm in front of the object's own fields. */
function ipcRow(type: string, header: string, prefix: string, layout: Row['layout']): Row {
  const permissions = ['key', 'uid', 'gid', 'cuid', 'cgid', 'mode', 'seq'];
  const own = Object.keys(layout.offset).filter((name) => name.startsWith(prefix));
  const members = permissions.map((name) => [name, `${prefix}perm.${name}`]);
  const only = [...permissions, ...own];
  return { type, headers: [header], layout, members: Object.fromEntries(members), only };
}

/** One compilation unit per row: musl's and Linux's headers do not mix. */
const ROWS: readonly Row[] = [
  {
    type: 'struct stat',
    headers: ['sys/stat.h'],
    layout: Stat,
    members: Object.fromEntries(
      ['a', 'm', 'c'].flatMap((letter) => [
        timePair(`st_${letter}time`, 'sec', `st_${letter}tim`),
        timePair(`st_${letter}time_nsec`, 'nsec', `st_${letter}tim`),
      ]),
    ),
    only: Object.keys(Stat.offset).filter((name) => name.startsWith('st_')),
  },
  {
    type: 'struct statx',
    headers: ['linux/stat.h'],
    layout: Statx,
    members: Object.fromEntries([
      ...['a', 'b', 'c', 'm'].flatMap((letter) => [
        timePair(`stx_${letter}time`, 'sec', `stx_${letter}time`),
        timePair(`stx_${letter}time_nsec`, 'nsec', `stx_${letter}time`),
      ]),
    ]),
    only: Object.keys(Statx.offset).filter((name) => name.startsWith('stx_')),
  },
  { type: 'struct statfs', headers: ['asm/statfs.h'], layout: Statfs },
  { type: 'struct flock', headers: ['fcntl.h'], layout: Flock },
  { type: 'struct pollfd', headers: ['poll.h'], layout: Pollfd },
  { type: 'struct rlimit', headers: ['sys/resource.h'], layout: Rlimit },
  {
    type: 'struct rusage',
    headers: ['linux/resource.h'],
    layout: Rusage,
    members: {
      ru_utime_sec: 'ru_utime.tv_sec',
      ru_utime_usec: 'ru_utime.tv_usec',
      ru_stime_sec: 'ru_stime.tv_sec',
      ru_stime_usec: 'ru_stime.tv_usec',
    },
  },
  {
    type: 'struct sigaction',
    headers: ['asm/signal.h'],
    layout: Sigaction,
    members: { sa_mask_low: 'sa_mask', sa_handler: 'sa_handler' },
    only: ['sa_handler', 'sa_flags', 'sa_mask_low'],
  },
  {
    type: 'siginfo_t',
    headers: ['signal.h'],
    layout: SiginfoKill,
    only: ['si_signo', 'si_errno', 'si_code', 'si_pid', 'si_uid', 'si_value'],
  },
  {
    type: 'siginfo_t',
    headers: ['signal.h'],
    layout: SiginfoFault,
    only: ['si_signo', 'si_code', 'si_addr'],
  },
  {
    type: 'siginfo_t',
    headers: ['signal.h'],
    layout: SiginfoChild,
    only: ['si_pid', 'si_uid', 'si_status', 'si_utime', 'si_stime'],
  },
  { type: 'stack_t', headers: ['signal.h'], layout: StackT },
  { type: 'struct termios', headers: ['asm/termbits.h'], layout: Termios },
  { type: 'struct winsize', headers: ['asm/termios.h'], layout: Winsize },
  { type: 'struct timespec', headers: ['time.h'], layout: Timespec },
  { type: 'struct timeval', headers: ['sys/time.h'], layout: Timeval },
  {
    type: 'struct itimerval',
    headers: ['sys/time.h'],
    layout: Itimerval,
    members: {
      it_interval_sec: 'it_interval.tv_sec',
      it_interval_usec: 'it_interval.tv_usec',
      it_value_sec: 'it_value.tv_sec',
      it_value_usec: 'it_value.tv_usec',
    },
  },
  { type: 'struct tms', headers: ['sys/times.h'], layout: Tms },
  { type: 'struct new_utsname', headers: ['linux/utsname.h'], layout: Utsname },
  {
    type: 'struct sysinfo',
    headers: ['linux/sysinfo.h'],
    layout: Sysinfo,
    members: { load1: 'loads[0]', load5: 'loads[1]', load15: 'loads[2]' },
  },
  ipcRow('struct shmid64_ds', 'asm/shmbuf.h', 'shm_', ipc.Shmid64Ds),
  ipcRow('struct semid64_ds', 'asm/sembuf.h', 'sem_', ipc.Semid64Ds),
  ipcRow('struct msqid64_ds', 'asm/msgbuf.h', 'msg_', ipc.Msqid64Ds),
  {
    type: 'struct shminfo64',
    headers: ['asm/shmbuf.h'],
    layout: ipc.Shminfo64,
    only: ['shmmax', 'shmmin', 'shmmni', 'shmseg', 'shmall'],
  },
  { type: 'struct shm_info', headers: ['linux/shm.h'], layout: ipc.ShmInfo },
  { type: 'struct seminfo', headers: ['linux/sem.h'], layout: ipc.Seminfo },
  { type: 'struct sembuf', headers: ['linux/sem.h'], layout: ipc.Sembuf },
  { type: 'struct msginfo', headers: ['linux/msg.h'], layout: ipc.Msginfo },
  {
    type: 'struct mq_attr',
    headers: ['linux/mqueue.h'],
    layout: MqAttr,
    only: ['mq_flags', 'mq_maxmsg', 'mq_msgsize', 'mq_curmsgs'],
  },
  { type: 'Elf64_Ehdr', headers: ['elf.h'], layout: elf.Ehdr },
  { type: 'Elf64_Phdr', headers: ['elf.h'], layout: elf.Phdr },
];

function compared(row: Row): string[] {
  return [...(row.only ?? Object.keys(row.layout.offset))];
}

/** The offsets (then the size) that the compiler gives, read from the constants in its assembly. */
function compilerOffsets(row: Row, folder: string, index: number): number[] {
  const fields = compared(row).map(
    (name) => `offsetof(${row.type}, ${row.members?.[name] ?? name})`,
  );
  const source = join(folder, `row${index}.c`);
  writeFileSync(
    source,
    `#define _GNU_SOURCE\n${row.headers.map((header) => `#include <${header}>`).join('\n')}
#include <stddef.h>
const unsigned long table[] = { ${[...fields, `sizeof(${row.type})`].map((text) => `${text} + 0x10000`).join(', ')} };\n`,
  );
  const output = join(folder, `row${index}.s`);
  const result = spawnSync(
    'zig',
    ['cc', '-target', 'riscv64-linux-musl', '-S', source, '-o', output],
    {
      encoding: 'utf8',
    },
  );
  if (result.status !== 0) throw new Error(`${row.type}: ${result.stderr}`);
  return [...readFileSync(output, 'utf8').matchAll(/^\s*\.quad\s+(\d+)/gm)].map(
    (match) => Number(match[1]) - 0x10000,
  );
}

test.each(ROWS.map((row, index) => ({ row, index, name: `${row.type} (${row.headers[0]})` })))(
  '$name has the offsets of the C compiler',
  ({ row, index }) => {
    const folder = mkdtempSync(join(tmpdir(), 'hartix-abi-'));
    try {
      const expected = compilerOffsets(row, folder, index);
      const names = compared(row);
      expect(names.map((name) => [name, row.layout.offset[name]])).toEqual(
        names.map((name, position) => [name, expected[position]]),
      );
      expect(row.layout.size).toBe(expected[names.length]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
