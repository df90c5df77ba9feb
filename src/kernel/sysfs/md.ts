/** How arrays are made and looked after: /sys/module/md_mod, /sys/block/md0/md, /proc/mdstat. Linux: Documentation/admin-guide/md.rst. */
import { EEXIST, EINVAL, ENODEV, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import { nodeAppeared } from '../block/disk-nodes.ts';
import { MdDisk, type MdMember } from '../block/md-disk.ts';
import { LEVELS } from '../block/md-level.ts';
import { Partition } from '../block/partition.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';
import { directory, link, value } from './rows.ts';

const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;

function arrays({ hardware }: Kernel): MdDisk[] {
  return hardware.disks.filter((disk) => disk instanceof MdDisk);
}

function setting(
  name: string,
  show: () => string | number,
  store: (text: string, kernel: Kernel) => void,
): ProcRow {
  return { ...value(name, show), mode: 0o644, store: (kernel, text) => store(text.trim(), kernel) };
}

function numberIn(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw fail(EINVAL, 'not a number');
  return Number(text);
}

function create(kernel: Kernel, name: string): void {
  const number = /^md(\d{1,3})$/.exec(name)?.[1];
  if (number === undefined || Number(number) > 255) throw fail(EINVAL, 'md0 to md255');
  if (arrays(kernel).some((array) => array.name === name)) throw fail(EEXIST, name);
  const array = new MdDisk(Number(number), kernel);
  kernel.hardware.disks.push(array);
  nodeAppeared(kernel, array);
}

/** /sys/module/md_mod: a name written to new_array makes an array that is empty. */
export const MD_MODULE: ProcRow = directory(
  'md_mod',
  directory('parameters', {
    name: 'new_array',
    mode: 0o200,
    store: (kernel, text) => create(kernel, text.trim()),
  }),
);

/** MAJOR:MINOR. */
function takeDisk(kernel: Kernel, array: MdDisk, text: string): void {
  const [, major, minor] = /^(\d+):(\d+)$/.exec(text) ?? [];
  const number = makeDevice(Number(major), Number(minor));
  const disk = kernel.hardware.blockDevices().find(({ deviceNumber }) => deviceNumber === number);
  if (!disk || disk === array) throw fail(ENODEV, `no disk ${text}`);
  array.add(disk);
}

function stopped(array: MdDisk): void {
  if (array.array) throw fail(EINVAL, 'the array runs');
}

/** Below /sys/devices/virtual/block. */
function path(disk: Disk): string {
  return disk instanceof Partition ? `${disk.whole.name}/${disk.name}` : disk.name;
}

function versionOf({ minorVersion }: MdDisk): string {
  return minorVersion === undefined ? 'none' : `1.${minorVersion}`;
}

function stateOf(array: MdDisk): string {
  if (array.array) return array.isClean ? 'clean' : 'active';
  return array.members.length > 0 ? 'inactive' : 'clear';
}

function setState(array: MdDisk, text: string): void {
  if (text === 'active' || text === 'clean') array.run();
  else if (text === 'clear' || text === 'inactive') array.stop();
  else throw fail(EINVAL, text);
}

function memberStateOf({ isFaulty, slot }: MdMember): string {
  if (isFaulty) return 'faulty';
  return slot === undefined ? 'spare' : 'in_sync';
}

function memberRow(array: MdDisk, member: MdMember): ProcRow {
  return {
    ...directory(
      `dev-${member.disk.name}`,
      setting(
        'slot',
        () => member.slot ?? 'none',
        (text) => array.place(member, numberIn(text)),
      ),
      link('block', `../../../${path(member.disk)}`),
      value('errors', () => 0),
      value('offset', () => member.superblock?.dataOffset ?? 0),
      value('recovery_start', () => 'none'),
      value('size', () => Math.floor((array.array?.memberSectors ?? member.disk.sectors) / 2)),
      setting(
        'state',
        () => memberStateOf(member),
        (text) => {
          if (text === 'faulty') array.fail(member);
          else if (text === 'remove') array.remove(member);
          else throw fail(EINVAL, text);
        },
      ),
    ),
    subject: member,
  };
}

export function mdEntry(array: MdDisk): ProcRow {
  return {
    name: 'md',
    entries: () => [
      setting(
        'array_state',
        () => stateOf(array),
        (text) => setState(array, text),
      ),
      setting(
        'chunk_size',
        () => array.chunkSectors * SECTOR_BYTES,
        (text) => {
          stopped(array);
          const bytes = numberIn(text);
          if (bytes < PAGE_BYTES || (bytes & (bytes - 1)) !== 0) throw fail(EINVAL, 'chunk_size');
          array.chunkSectors = bytes / SECTOR_BYTES;
        },
      ),
      value('component_size', () => Math.floor((array.array?.memberSectors ?? 0) / 2)),
      value('degraded', () => array.array?.missing ?? 0),
      value('layout', () => array.layout),
      setting(
        'level',
        () => array.level ?? '',
        (text) => {
          stopped(array);
          const level = LEVELS.find((name) => name === text);
          if (!level) throw fail(EINVAL, text);
          array.level = level;
        },
      ),
      value('metadata_version', () => versionOf(array)),
      value('mismatch_cnt', () => 0),
      value('resync_start', () => (array.isClean ? 'none' : 0)),
      value('safe_mode_delay', () => '0.000'),
      value('sync_completed', () => 'none'),
      value('array_size', () => 'default'),
      value('reshape_position', () => 'none'),
      directory(
        'bitmap',
        value('location', () => 'none'),
      ),
      {
        name: 'new_dev',
        mode: 0o200,
        store: (kernel, text) => takeDisk(kernel, array, text.trim()),
      },
      setting(
        'raid_disks',
        () => array.slots,
        (text) => {
          stopped(array);
          array.slots = Math.min(numberIn(text), 255);
        },
      ),
      setting(
        'sync_action',
        () => 'idle',
        (text) => {
          // What is rebuilt is rebuilt at once: there is nothing to stop.
          if (text === 'repair' || text === 'resync') array.repair();
          else if (text !== 'idle' && text !== 'frozen') throw fail(EINVAL, text);
        },
      ),
      value('consistency_policy', () =>
        array.hasStripes || array.level === 'raid1' ? 'resync' : 'none',
      ),
      ...array.members.map((member) => memberRow(array, member)),
    ],
    subject: array,
  };
}

function summaryOf(md: MdDisk): string {
  const { array, level, slots } = md;
  const blocks = Math.floor(md.sectors / 2);
  if (!array) return `${blocks} blocks`;
  const version = md.minorVersion === undefined ? '' : ` super ${versionOf(md)}`;
  const chunk = `${array.chunkSectors / 2}k chunk`;
  const up = array.members.map((member) => (member ? 'U' : '_')).join('');
  const health = `[${slots}/${slots - array.missing}] [${up}]`;
  if (level === 'linear') return `${blocks} blocks${version}`;
  if (level === 'raid0') return `${blocks} blocks${version} ${chunk}s`;
  if (level === 'raid1') return `${blocks} blocks${version} ${health}`;
  return `${blocks} blocks${version} level ${level?.slice(4)}, ${chunk}, algorithm ${md.layout} ${health}`;
}

/** /proc/mdstat. */
export function showMdstat(kernel: Kernel): string {
  const personalities = 'Personalities : [linear] [raid0] [raid1] [raid6] [raid5] [raid4] \n';
  const shown = arrays(kernel).filter(({ array, members }) => array || members.length > 0);
  const lines = shown.map((md) => {
    const members = md.members.map(({ disk, slot, isFaulty, number, superblock }) => {
      const mark = isFaulty ? '(F)' : slot === undefined ? '(S)' : '';
      return ` ${disk.name}[${superblock ? number : (slot ?? number)}]${mark}`;
    });
    const state = md.array ? `active ${md.level}` : 'inactive';
    return `${md.name} : ${state}${members.join('')}\n      ${summaryOf(md)}\n      \n`;
  });
  return `${personalities}${lines.join('')}unused devices: <none>\n`;
}
