/** THE table of files in /sys. The devices of a machine are fixed when it boots, and so are these. */
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { BlockDevice } from '../../fs/block-device.ts';
import type { Kernel } from '../kernel.ts';
import { hartList } from '../procfs/format.ts';
import type { ProcRow } from '../procfs/row.ts';
import type { Tty } from '../tty/tty.ts';

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

export function sysfsEntries(kernel: Kernel): ProcRow[] {
  const { disks } = kernel.hardware;
  const terminals = [...kernel.terminals.byDevice.values()];
  return [
    directory('block', ...disks.map(({ name }) => link(name, `../devices/virtual/block/${name}`))),
    directory(
      'class',
      directory(
        'block',
        ...disks.map(({ name }) => link(name, `../../devices/virtual/block/${name}`)),
      ),
      directory('net'),
      directory(
        'tty',
        ...terminals.map(({ name }) => link(name, `../../devices/virtual/tty/${name}`)),
      ),
    ),
    directory(
      'dev',
      directory(
        'block',
        ...disks.map(({ name, deviceNumber }) =>
          link(numberOf(deviceNumber), `../../devices/virtual/block/${name}`),
        ),
      ),
      directory(
        'char',
        ...terminals.map(({ name, device }) =>
          link(numberOf(device), `../../devices/virtual/tty/${name}`),
        ),
      ),
    ),
    directory(
      'devices',
      directory('system', directory('cpu', ...processors(kernel))),
      directory(
        'virtual',
        directory('block', ...disks.map((disk) => diskEntry(disk, disk.deviceNumber))),
        directory('tty', ...terminals.map((tty) => terminalEntry(tty, kernel))),
      ),
    ),
    directory('fs'),
    directory('kernel'),
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

function diskEntry(disk: BlockDevice, device: number): ProcRow {
  return directory(
    disk.name,
    value('dev', () => numberOf(device)),
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
    value(
      'uevent',
      () =>
        `MAJOR=${deviceMajor(device)}\nMINOR=${deviceMinor(device)}\nDEVNAME=${disk.name}\nDEVTYPE=disk`,
    ),
  );
}

function terminalEntry({ name, device }: Tty, kernel: Kernel): ProcRow {
  const isConsole = kernel.terminals.console?.name === name;
  return directory(
    name,
    ...(isConsole ? [value('active', () => name)] : []),
    value('dev', () => numberOf(device)),
  );
}
