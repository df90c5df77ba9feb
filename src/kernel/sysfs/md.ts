/** How arrays are made and looked after: /sys/module/md_mod, /sys/block/md0/md, /proc/mdstat. Linux: Documentation/admin-guide/md.rst. */
import { EEXIST, EINVAL, ENODEV, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { RaidLevel } from '../../fs/raid/raid-array.ts';
import { nodeAppeared } from '../block/disk-nodes.ts';
import { MdDisk, type MdMember } from '../block/md-disk.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';
import { directory, value } from './rows.ts';

const LEVELS: readonly RaidLevel[] = ['linear', 'raid0', 'raid1', 'raid4', 'raid5', 'raid6'];
const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;
/** Of RAID 5 and 6. */
const LEFT_SYMMETRIC = 2;

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

function stateOf(array: MdDisk): string {
  if (array.array) return 'active';
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
      value('size', () => Math.floor(member.disk.sectors / 2)),
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
      value('layout', () => LEFT_SYMMETRIC),
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
      value('metadata_version', () => 'none'),
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
      value('sync_action', () => 'idle'),
      ...array.members.map((member) => memberRow(array, member)),
    ],
    subject: array,
  };
}

function summaryOf(md: MdDisk): string {
  const { array, level, slots } = md;
  const blocks = Math.floor(md.sectors / 2);
  if (!array) return `${blocks} blocks`;
  const chunk = `${array.chunkSectors / 2}k chunk`;
  const up = array.members.map((member) => (member ? 'U' : '_')).join('');
  const health = `[${slots}/${slots - array.missing}] [${up}]`;
  if (level === 'linear') return `${blocks} blocks`;
  if (level === 'raid0') return `${blocks} blocks ${chunk}s`;
  if (level === 'raid1') return `${blocks} blocks ${health}`;
  const algorithm = level === 'raid4' ? 0 : LEFT_SYMMETRIC;
  return `${blocks} blocks level ${level?.slice(4)}, ${chunk}, algorithm ${algorithm} ${health}`;
}

/** /proc/mdstat. */
export function showMdstat(kernel: Kernel): string {
  const personalities = 'Personalities : [linear] [raid0] [raid1] [raid6] [raid5] [raid4] \n';
  const lines = arrays(kernel).map((md) => {
    const members = md.members.map(({ disk, slot, isFaulty }, i) => {
      const mark = isFaulty ? '(F)' : slot === undefined ? '(S)' : '';
      return ` ${disk.name}[${slot ?? i}]${mark}`;
    });
    const state = md.array ? `active ${md.level}` : 'inactive';
    return `${md.name} : ${state}${members.join('')}\n      ${summaryOf(md)}\n      \n`;
  });
  return `${personalities}${lines.join('')}unused devices: <none>\n`;
}
