/** Disks and partitions in /sys. Linux: Documentation/ABI/stable/sysfs-block. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { nodeChanged, pathOfDisk, variablesOf } from '../block/disk-nodes.ts';
import { IO_SCHEDULERS } from '../block/io-scheduler.ts';
import { LoopDisk } from '../block/loop-disk.ts';
import { MdDisk } from '../block/md-disk.ts';
import { Partition } from '../block/partition.ts';
import type { RequestQueue } from '../block/request-queue.ts';
import type { Disk } from '../drivers/disk.ts';
import { VirtioBlock } from '../drivers/virtio-block.ts';
import { diskCounts } from '../procfs/disks.ts';
import type { ProcRow } from '../procfs/row.ts';
import { mdEntry } from './md.ts';
import { directory, link, numberOf, value } from './rows.ts';

/** Links to the disks that there are now. */
export const BLOCK: ProcRow = {
  name: 'block',
  entries: ({ hardware }) =>
    hardware.disks.map((disk) => {
      return { ...link(disk.name, `..${pathOfDisk(disk)}`), subject: disk };
    }),
};

export const CLASS_BLOCK: ProcRow = {
  name: 'block',
  entries: ({ hardware }) =>
    hardware.blockDevices().map((disk) => {
      return { ...link(disk.name, `../..${pathOfDisk(disk)}`), subject: disk };
    }),
};

export const DEV_BLOCK: ProcRow = {
  name: 'block',
  entries: ({ hardware }) =>
    hardware.blockDevices().map((disk) => {
      const row = link(numberOf(disk.deviceNumber), `../..${pathOfDisk(disk)}`);
      return { ...row, subject: disk };
    }),
};

export const VIRTUAL_BLOCK: ProcRow = {
  name: 'block',
  entries: ({ hardware }) => hardware.disks.map(diskEntry),
};

function diskEntry(disk: Disk): ProcRow {
  return {
    name: disk.name,
    entries: () => [
      ...commonRows(disk, '../../../../'),
      value('ext_range', () => 256),
      value('hidden', () => 0),
      ...(disk instanceof VirtioBlock
        ? [deviceEntry(disk), makeItFail(disk), traceEntry(disk)]
        : []),
      ...(disk instanceof MdDisk ? [mdEntry(disk)] : []),
      ...(disk instanceof LoopDisk && disk.isBound ? [loopEntry(disk)] : []),
      queueEntry(disk),
      ...(disk instanceof VirtioBlock ? [value('serial', () => disk.serial)] : []),
      value('range', () => disk.minors),
      value('removable', () => 0),
      directory('slaves'),
      ...disk.partitions.map(partitionEntry),
    ],
    subject: disk,
  };
}

function partitionEntry(partition: Partition): ProcRow {
  return {
    ...directory(
      partition.name,
      ...commonRows(partition, '../../../../../'),
      value('partition', () => partition.number),
      value('start', () => partition.start),
    ),
    subject: partition,
  };
}

/** `up`: to /sys. */
function commonRows(disk: Disk, up: string): ProcRow[] {
  return [
    value('alignment_offset', () => (disk instanceof Partition ? disk.alignmentOffset : 0)),
    value('dev', () => numberOf(disk.deviceNumber)),
    value('discard_alignment', () => 0),
    directory('holders'),
    value('inflight', () => {
      const { reads, writes } = disk.queue?.inFlight ?? { reads: 0, writes: 0 };
      return `${String(reads).padStart(8)} ${String(writes).padStart(8)}`;
    }),
    value('ro', () => (disk.isReadOnly ? 1 : 0)),
    value('size', () => disk.sectors),
    value('stat', () => diskCounts(disk)),
    link('subsystem', `${up}class/block`),
    {
      ...value('uevent', () => variablesOf(disk).join('\n')),
      mode: 0o644,
      store: (kernel, text) => {
        if (text.trim() !== 'change' && text.trim() !== 'add') throw fail(EINVAL, 'uevent');
        nodeChanged(kernel, disk);
      },
    },
  ];
}

function queueEntry(disk: Disk): ProcRow {
  return directory(
    'queue',
    value('discard_granularity', () => 0),
    value('discard_max_bytes', () => 0),
    value('hw_sector_size', () => disk.sectorBytes),
    value('dma_alignment', () => 511),
    value('logical_block_size', () => disk.sectorBytes),
    value('minimum_io_size', () => disk.physicalBytes ?? disk.sectorBytes),
    value('optimal_io_size', () => 0),
    value('physical_block_size', () => disk.physicalBytes ?? disk.sectorBytes),
    readAhead(disk),
    value('rotational', () => (disk.isRotational ? 1 : 0)),
    ...(disk.queue === undefined ? [] : schedulerRows(disk.queue)),
  );
}

function schedulerRows(queue: RequestQueue): ProcRow[] {
  const names = Object.keys(IO_SCHEDULERS);
  return [
    {
      ...value('nomerges', () => (queue.mergesRequests ? 0 : 2)),
      mode: 0o644,
      store: (_, text) => {
        if (!/^[0-2]\s*$/.test(text)) throw fail(EINVAL, 'nomerges');
        queue.mergesRequests = Number(text) === 0;
      },
    },
    {
      ...value('nr_requests', () => queue.limit),
      mode: 0o644,
      store: (_, text) => {
        if (!/^\d{1,6}\s*$/.test(text)) throw fail(EINVAL, 'nr_requests');
        queue.setLimit(Number(text));
      },
    },
    {
      ...value('scheduler', () => {
        return names.map((name) => (name === queue.scheduler ? `[${name}]` : name)).join(' ');
      }),
      mode: 0o644,
      store: (_, text) => queue.setScheduler(text.trim()),
    },
    value('write_cache', () => 'write back'),
  ];
}

/** How many requests it is given at a time, and what it counts of its medium (SMART), if it does. */
function deviceEntry(disk: VirtioBlock): ProcRow {
  return {
    name: 'device',
    entries: () => [
      {
        ...value('queue_depth', () => disk.queue.depth),
        mode: 0o644,
        store: (_, text) => {
          if (!/^\d{1,6}\s*$/.test(text)) throw fail(EINVAL, 'queue_depth');
          disk.queue.depth = Number(text);
        },
      },
      {
        name: 'medium',
        mode: 0o444,
        show: () => {
          const counts = Object.entries(disk.medium() ?? {});
          return counts.map(([name, count]) => `${name} ${count}\n`).join('');
        },
      },
    ],
    subject: disk,
  };
}

/** `enable` as Linux has it; what was traced is in `events` here. */
function traceEntry({ queue, deviceNumber }: VirtioBlock): ProcRow {
  const { trace } = queue;
  const device = numberOf(deviceNumber).replace(':', ',');
  return directory(
    'trace',
    {
      ...value('enable', () => (trace.startNs === undefined ? 0 : 1)),
      mode: 0o644,
      store: (_, text) => {
        if (!/^[01]\s*$/.test(text)) throw fail(EINVAL, 'enable');
        if (Number(text) === 1) trace.start();
        else trace.stop();
      },
    },
    { name: 'events', mode: 0o400, show: () => trace.text(device) },
  );
}

/** KiB, in whole pages. */
function readAhead(disk: Disk): ProcRow {
  return {
    ...value('read_ahead_kb', () => disk.readAheadKilobytes ?? 128),
    mode: 0o644,
    store: (_, text) => {
      if (!/^\d{1,9}\s*$/.test(text)) throw fail(EINVAL, 'not a number');
      disk.readAheadKilobytes = Math.floor(Number(text) / 4) * 4;
    },
  };
}

function loopEntry(disk: LoopDisk): ProcRow {
  return directory(
    'loop',
    value('autoclear', () => (disk.isAutoClear ? 1 : 0)),
    value('backing_file', () => disk.backingPath),
    value('dio', () => 0),
    value('offset', () => disk.offset),
    value('partscan', () => (disk.hasPartitionScan ? 1 : 0)),
    value('sizelimit', () => disk.sizeLimit),
  );
}

/** A number N: the next N attempts at a request fail. Linux has the flag, and the number in debugfs. */
function makeItFail(disk: VirtioBlock): ProcRow {
  return {
    ...value('make-it-fail', () => disk.failNext),
    mode: 0o644,
    store: (_, text) => {
      if (!/^\d{1,6}\s*$/.test(text)) throw fail(EINVAL, 'not a number');
      disk.failNext = Number(text);
    },
  };
}
