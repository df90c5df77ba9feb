/** Rows from /proc texts in the formats of proc(5), worked out by hand. */
import { expect, test } from 'vitest';
import { diskLines, diskSample, parseDisks } from './disks.ts';
import { interruptLines, parseCounts } from './interrupts.ts';
import type { Line } from './line.ts';
import { mappingLine, mappingRows } from './memory-map.ts';
import { descriptorRows, descriptorTable } from './open-files.ts';

const text = (line: Line | undefined) =>
  line === undefined ? '' : typeof line === 'string' ? line : line.map((it) => it.text).join('');

test('mappings with what is in memory and what is dirty', () => {
  const mapping = {
    start: 0x10000,
    end: 0x30000,
    permissions: 'rw-p',
    offset: 0x1000,
    device: 'fe:00',
    inode: 12,
    path: '/bin/sh',
  };
  const smaps = [
    '00010000-00030000 rw-p 00001000 fe:00 12         /bin/sh',
    'Size:                128 kB',
    'Rss:                  24 kB',
    'Shared_Dirty:          4 kB',
    'Private_Dirty:         8 kB',
    'VmFlags: rd wr mr mw me ac',
    '',
  ].join('\n');
  const rows = mappingRows(
    [mapping, { ...mapping, start: 0x40000, end: 0x41000, path: '' }],
    smaps,
  );
  expect(rows.map(({ residentBytes, dirtyBytes }) => [residentBytes, dirtyBytes])).toEqual([
    [24 * 1024, 12 * 1024],
    [0, 0],
  ]);
  expect(rows.map((row) => text(mappingLine(row)))).toEqual([
    '0000010000 0000030000 rw-p   128K    24K    12K /bin/sh +0x1000',
    '0000040000 0000041000 rw-p     4K      -      - (anonymous)',
  ]);
});

test('descriptors with their access, offset and other ends', () => {
  const all = [
    { pid: 5, fd: 1, target: 'pipe:[77]', info: 'pos:\t0\nflags:\t0100001\n' },
    { pid: 5, fd: 0, target: '/etc/passwd', info: 'pos:\t1024\nflags:\t0100000\nmnt_id:\t1\n' },
    { pid: 6, fd: 0, target: 'pipe:[77]', info: undefined },
    { pid: 6, fd: 1, target: 'pipe:[78]', info: undefined },
  ];
  const { head, lines } = descriptorTable(descriptorRows(5, all, new Map([[6, 'wc']])));
  expect([head, ...lines.map(text)]).toEqual([
    ' FD MODE   OFFSET WHAT',
    '  0 r        1024 /etc/passwd',
    '  1 w           - pipe:[77]  <-> wc[6]:0',
  ]);
  const far = { pid: 5, fd: 1000, target: '/d', info: 'pos:\t34359738368\nflags:\t02\n' };
  const wide = descriptorTable(descriptorRows(5, [...all, far], new Map()));
  expect([wide.head, ...wide.lines.map(text)].map((line) => line.search(/WHAT|pipe|\//))).toEqual(
    Array(4).fill(22),
  );
});

test('interrupts with their rates', () => {
  const before =
    '           CPU0       CPU1\n  5:   10    20   RISC-V INTC   5 Edge   riscv-timer\n';
  const after =
    '           CPU0       CPU1\n  5:   40    40   RISC-V INTC   5 Edge   riscv-timer\n';
  expect(parseCounts(before)).toEqual([
    { name: '5', count: 30, what: 'RISC-V INTC 5 Edge riscv-timer' },
  ]);
  const lines = interruptLines(
    { atMs: 0, interrupts: parseCounts(before), traps: [] },
    { atMs: 2000, interrupts: parseCounts(after), traps: parseCounts('ecall from u:   9\n') },
    [{ name: 'disk0', kind: 'block', slot: 3 }],
  ).map(text);
  expect(lines).toEqual([
    '   IRQ        COUNT      A SECOND',
    '     5           80       25  RISC-V INTC 5 Edge riscv-timer',
    '                        TRAP        COUNT      A SECOND',
    '                ecall from u            9        0  ',
    'VIRTIO SLOT  DEVICE',
    '          3  disk0 (block)',
  ]);
});

test('disks with their rates, and the page cache', () => {
  // iostats.rst: reads, merged, sectors, ms, writes, merged, sectors, ms, in flight, ms busy, weighted.
  const line = (...fields: number[]) => ` 254       0 vda ${fields.join(' ')} 0 0 0 0 0 0\n`;
  const before = line(10, 0, 2048, 5, 0, 0, 0, 0, 0, 100, 100);
  const after = line(30, 0, 6144, 9, 4, 0, 64, 2, 3, 600, 700);
  expect(parseDisks(after)).toEqual([
    {
      name: 'vda',
      reads: 30,
      readSectors: 6144,
      writes: 4,
      writtenSectors: 64,
      inFlight: 3,
      busyMs: 600,
    },
  ]);
  const sample = (atMs: number, disks: string, faults: number) =>
    diskSample(atMs, {
      disks,
      memory: 'MemTotal:  1000 kB\nCached:  500 kB\nDirty:  8 kB\n',
      events: `pgfault ${faults}\n`,
    });
  const lines = diskLines(sample(1000, before, 5), sample(2000, after, 25)).map(text);
  expect(lines[1]).toBe(
    'vda        20      2M       4     32K      3    50%  3M read, 32K written',
  );
  expect(lines).toContain('Cached        500K ██████████░░░░░░░░░░ pages of files');
  expect(lines).toContain('pgfault            25       20 a second  page faults');
});
