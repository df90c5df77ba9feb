/** Disks and the page cache: from /proc/diskstats (Documentation/admin-guide/iostats.rst), meminfo and vmstat. Pure. */
import { formatBytes, parseCounters } from '../model.ts';
import { bar, type Line } from './line.ts';

export interface DiskCounters {
  name: string;
  reads: number;
  readSectors: number;
  writes: number;
  writtenSectors: number;
  inFlight: number;
  /** Milliseconds in which something was in flight. */
  busyMs: number;
}

export interface DiskSample {
  atMs: number;
  disks: readonly DiskCounters[];
  memory: ReadonlyMap<string, number>;
  events: ReadonlyMap<string, number>;
}

const SECTOR_BYTES = 512;
const KIB = 1024;
const PAGE_BYTES = 4096;
const BAR_COLUMNS = 20;

export function parseDisks(text: string): DiskCounters[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 14) return [];
    // Field 1 of the document is the third of the line.
    const field = (number: number): number => Number(fields[number + 2]);
    return [
      {
        name: fields[2] ?? '',
        reads: field(1),
        readSectors: field(3),
        writes: field(5),
        writtenSectors: field(7),
        inFlight: field(9),
        busyMs: field(10),
      },
    ];
  });
}

export function diskSample(
  atMs: number,
  texts: { disks: string; memory: string; events: string },
): DiskSample {
  return {
    atMs,
    disks: parseDisks(texts.disks),
    memory: parseCounters(texts.memory),
    events: parseCounters(texts.events),
  };
}

function diskLine(before: DiskCounters, now: DiskCounters, elapsedMs: number): Line {
  const perSecond = (value: number): number => (elapsedMs > 0 ? (1000 * value) / elapsedMs : 0);
  const bytes = (sectors: number): string => formatBytes(perSecond(sectors * SECTOR_BYTES));
  const busy = elapsedMs > 0 ? Math.min(1, (now.busyMs - before.busyMs) / elapsedMs) : 0;
  const figures = [
    perSecond(now.reads - before.reads)
      .toFixed(0)
      .padStart(6),
    bytes(now.readSectors - before.readSectors).padStart(7),
    perSecond(now.writes - before.writes)
      .toFixed(0)
      .padStart(7),
    bytes(now.writtenSectors - before.writtenSectors).padStart(7),
    String(now.inFlight).padStart(6),
    `${(100 * busy).toFixed(0)}%`.padStart(6),
  ];
  const total = `${formatBytes(now.readSectors * SECTOR_BYTES)} read, ${formatBytes(now.writtenSectors * SECTOR_BYTES)} written`;
  return [
    { text: now.name.padEnd(7), isBold: true },
    { text: figures.join(' '), ...(busy > 0 && { colour: 'green' as const }) },
    { text: `  ${total}`, colour: 'gray' },
  ];
}

/** Rows of the page cache: counters of meminfo, and what they are. */
const CACHE = [
  ['Cached', 'pages of files'],
  ['Buffers', 'pages of disks'],
  ['Dirty', 'to be written'],
  ['Writeback', 'being written'],
  ['Shmem', 'tmpfs and shared memory'],
  ['Mapped', 'mapped into processes'],
  ['AnonPages', 'memory of programs'],
  ['MemFree', 'unused'],
] as const;

/** Counters of vmstat, and what they count. */
const EVENTS = [
  ['pgfault', 'page faults'],
  ['pgmajfault', 'that waited for a disk'],
  ['nr_dirtied', 'pages made dirty'],
  ['nr_written', 'pages written back'],
  ['pswpin', 'pages swapped in'],
  ['pswpout', 'pages swapped out'],
] as const;

export function diskLines(before: DiskSample | undefined, now: DiskSample): Line[] {
  const elapsedMs = before ? now.atMs - before.atMs : 0;
  const total = now.memory.get('MemTotal') ?? 1;
  const disks = now.disks.map((disk) => {
    const old = before?.disks.find(({ name }) => name === disk.name) ?? disk;
    return diskLine(old, disk, elapsedMs);
  });
  const cache = CACHE.map(([name, what]): Line => {
    const kib = now.memory.get(name) ?? 0;
    return [
      { text: `${name.padEnd(10)} ${formatBytes(kib * KIB).padStart(7)} ` },
      { text: bar(kib / total, BAR_COLUMNS), colour: 'cyan' },
      { text: ` ${what}` },
    ];
  });
  const events = EVENTS.map(([name, what]): Line => {
    const count = now.events.get(name) ?? 0;
    const more = count - (before?.events.get(name) ?? count);
    const rate = elapsedMs > 0 ? (1000 * more) / elapsedMs : 0;
    const text = `${name.padEnd(10)} ${String(count).padStart(10)} ${rate.toFixed(0).padStart(8)} a second  ${what}`;
    return rate > 0 ? [{ text, colour: 'green' }] : text;
  });
  const heading = (text: string): Line => [{ text, colour: 'gray' }];
  return [
    heading('DISK      R/s  read/s     W/s write/s FLIGHT   BUSY'),
    ...disks,
    heading(
      `PAGE CACHE, of ${formatBytes(total * KIB)} (${Math.round((total * KIB) / PAGE_BYTES)} pages)`,
    ),
    ...cache,
    heading('EVENTS'),
    ...events,
  ];
}
