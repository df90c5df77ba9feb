/** THE table of files in /sys. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import { DSP_DEVICE } from '../devfs/sound.ts';
import type { Disk } from '../drivers/disk.ts';
import { VirtioBlock } from '../drivers/virtio-block.ts';
import type { Kernel } from '../kernel.ts';
import { diskCounts } from '../procfs/disks.ts';
import { hartList } from '../procfs/format.ts';
import type { ProcRow } from '../procfs/row.ts';
import type { Tty } from '../tty/tty.ts';
import { BUS_ROWS, platformRows } from './buses.ts';
import { MEMORY, nodes } from './memory.ts';
import { moduleRows } from './modules.ts';
import { PROVOKE_CRASH } from './provoke-crash.ts';

function value(name: string, show: (kernel: Kernel) => string | number): ProcRow {
  return { name, show: (kernel) => `${show(kernel)}\n` };
}

function directory(name: string, ...entries: ProcRow[]): ProcRow {
  return { name, entries };
}

function link(name: string, target: string): ProcRow {
  return { name, link: () => target };
}

function numberOf(device: number): string {
  return `${deviceMajor(device)}:${deviceMinor(device)}`;
}

/** Links to the disks that there are now. */
function diskLinks(up: string): (kernel: Kernel) => readonly ProcRow[] {
  return ({ hardware }) =>
    hardware.disks.map((disk) => {
      return { ...link(disk.name, `${up}devices/virtual/block/${disk.name}`), subject: disk };
    });
}

export function sysfsEntries(kernel: Kernel): ProcRow[] {
  const terminals = [...kernel.terminals.byDevice.values()];
  return [
    { name: 'block', entries: diskLinks('../') },
    directory('bus', ...BUS_ROWS),
    directory(
      'class',
      { name: 'block', entries: diskLinks('../../') },
      directory('net'),
      directory('sound', link('dsp', '../../devices/virtual/sound/dsp')),
      directory(
        'tty',
        ...terminals.map(({ name }) => link(name, `../../devices/virtual/tty/${name}`)),
      ),
    ),
    directory(
      'dev',
      {
        name: 'block',
        entries: ({ hardware }) =>
          hardware.disks.map((disk) => {
            const target = `../../devices/virtual/block/${disk.name}`;
            return { ...link(numberOf(disk.deviceNumber), target), subject: disk };
          }),
      },
      directory(
        'char',
        ...terminals.map(({ name, device }) =>
          link(numberOf(device), `../../devices/virtual/tty/${name}`),
        ),
      ),
    ),
    directory(
      'devices',
      { name: 'platform', entries: platformRows },
      directory('system', directory('cpu', ...processors(kernel)), nodes(kernel)),
      directory(
        'virtual',
        { name: 'block', entries: ({ hardware }) => hardware.disks.map(diskEntry) },
        directory(
          'sound',
          directory(
            'dsp',
            value('dev', () => numberOf(DSP_DEVICE)),
          ),
        ),
        directory('tty', ...terminals.map((tty) => terminalEntry(tty, kernel))),
      ),
    ),
    directory('fs'),
    directory(
      'kernel',
      directory('debug', PROVOKE_CRASH),
      MEMORY,
      {
        ...value('uevent_helper', ({ uevents }) => uevents.helper),
        mode: 0o644,
        store: ({ uevents }, text) => {
          uevents.helper = text.trim();
        },
      },
      value('uevent_seqnum', ({ uevents }) => uevents.sequence),
    ),
    { name: 'module', entries: moduleRows },
  ];
}

function processors({ arch }: Kernel): ProcRow[] {
  const all = hartList(arch.allHarts);
  const harts = Array.from({ length: arch.harts }, (_, hart) =>
    directory(
      `cpu${hart}`,
      value('online', () => 1),
      directory('topology', ...topology(hart)),
    ),
  );
  return [
    ...harts,
    value('kernel_max', () => arch.harts - 1),
    value('offline', () => ''),
    value('online', () => all),
    value('possible', () => all),
    value('present', () => all),
  ];
}

/** Each hart is a core of one package. */
function topology(hart: number): ProcRow[] {
  const mask = (2 ** hart).toString(16);
  return [
    value('core_cpus', () => mask),
    value('core_cpus_list', () => hart),
    value('core_id', () => hart),
    value('physical_package_id', () => 0),
    value('thread_siblings', () => mask),
    value('thread_siblings_list', () => hart),
  ];
}

function diskEntry(disk: Disk): ProcRow {
  const device = disk.deviceNumber;
  return {
    ...directory(
      disk.name,
      value('dev', () => numberOf(device)),
      ...(disk instanceof VirtioBlock ? [makeItFail(disk)] : []),
      directory(
        'queue',
        value('hw_sector_size', () => disk.sectorBytes),
        value('logical_block_size', () => disk.sectorBytes),
        value('physical_block_size', () => disk.sectorBytes),
        value('rotational', () => 0),
      ),
      value('removable', () => 0),
      value('ro', () => (disk.isReadOnly ? 1 : 0)),
      value('size', () => disk.sectors),
      value('stat', () => diskCounts(disk)),
      value(
        'uevent',
        () =>
          `MAJOR=${deviceMajor(device)}\nMINOR=${deviceMinor(device)}\nDEVNAME=${disk.name}\nDEVTYPE=disk`,
      ),
    ),
    subject: disk,
  };
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

function terminalEntry({ name, device }: Tty, kernel: Kernel): ProcRow {
  const isConsole = kernel.terminals.console?.name === name;
  return directory(
    name,
    ...(isConsole ? [value('active', () => name)] : []),
    value('dev', () => numberOf(device)),
  );
}
