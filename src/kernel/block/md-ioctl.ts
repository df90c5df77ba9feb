/** ioctl(2) of arrays: linux/raid/md_u.h. Linux: md_ioctl of drivers/md/md.c. */
import { EACCES, EBUSY, EINVAL, ENODEV, ENXIO, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import { layout } from '../../lib/layout.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Task } from '../task.ts';
import type { MdDisk, MdMember } from './md-disk.ts';
import { levelNumber, levelOf } from './md-level.ts';

const RAID_VERSION = 0x800c_0910;
const GET_ARRAY_INFO = 0x8048_0911;
const GET_DISK_INFO = 0x8014_0912;
const ADD_NEW_DISK = 0x4014_0921;
const HOT_REMOVE_DISK = 0x922;
const SET_ARRAY_INFO = 0x4048_0923;
const HOT_ADD_DISK = 0x928;
const SET_DISK_FAULTY = 0x929;
const RUN_ARRAY = 0x400c_0930;
const STOP_ARRAY = 0x932;
const STOP_ARRAY_RO = 0x933;
const RESTART_ARRAY_RW = 0x934;

const ArrayInfo = layout({
  major_version: 'i32',
  minor_version: 'i32',
  patch_version: 'i32',
  ctime: 'u32',
  level: 'i32',
  size: 'i32',
  nr_disks: 'i32',
  raid_disks: 'i32',
  md_minor: 'i32',
  not_persistent: 'i32',
  utime: 'u32',
  state: 'i32',
  active_disks: 'i32',
  working_disks: 'i32',
  failed_disks: 'i32',
  spare_disks: 'i32',
  layout: 'i32',
  chunk_size: 'i32',
});
const DiskInfo = layout({
  number: 'i32',
  major: 'i32',
  minor: 'i32',
  raid_disk: 'i32',
  state: 'i32',
});
/** MD_PATCHLEVEL_VERSION. */
const VERSION = [0, 90, 3];
const STATE_CLEAN = 1;
/** Bits of a disk's state. */
const DISK = { FAULTY: 1, ACTIVE: 2, SYNC: 4, REMOVED: 8 } as const;
const SECTOR_BYTES = 512;

function arrayInfo(md: MdDisk): Uint8Array {
  const { array, members, superblock } = md;
  if (md.slots === 0 && members.length === 0) throw fail(ENODEV, `${md.name} is no array`);
  const active = members.filter(({ slot, isFaulty }) => slot !== undefined && !isFaulty).length;
  const failed = members.filter(({ isFaulty }) => isFaulty).length;
  const sizeKilobytes = md.hasStripes || md.level === 'raid1' ? (array?.memberSectors ?? 0) / 2 : 0;
  return ArrayInfo.encode({
    major_version: md.minorVersion === undefined ? 0 : 1,
    minor_version: md.minorVersion ?? 90,
    patch_version: md.minorVersion === undefined ? 3 : 0,
    ctime: superblock?.createdAt ?? 0,
    level: md.level === undefined ? 0 : levelNumber(md.level),
    size: sizeKilobytes > 0x7fff_ffff ? -1 : Math.floor(sizeKilobytes),
    nr_disks: members.length,
    raid_disks: md.slots,
    md_minor: md.number,
    not_persistent: md.minorVersion === undefined ? 1 : 0,
    utime: superblock?.updatedAt ?? 0,
    state: md.isClean ? STATE_CLEAN : 0,
    active_disks: active,
    working_disks: members.length - failed,
    failed_disks: failed,
    spare_disks: members.length - failed - active,
    layout: md.layout,
    chunk_size: md.hasChunks ? md.chunkSectors * SECTOR_BYTES : 0,
  });
}

function diskInfo(md: MdDisk, number: number): Uint8Array {
  const member = md.members.find((each) => each.number === number);
  if (!member) {
    return DiskInfo.encode({ number, major: 0, minor: 0, raid_disk: -1, state: DISK.REMOVED });
  }
  const { deviceNumber } = member.disk;
  const isActive = member.slot !== undefined && !member.isFaulty;
  return DiskInfo.encode({
    number,
    major: deviceNumber >>> 8,
    minor: deviceNumber & 0xff,
    raid_disk: member.slot ?? -1,
    state: member.isFaulty ? DISK.FAULTY : isActive ? DISK.ACTIVE | DISK.SYNC : 0,
  });
}

function diskOf(task: Task, deviceNumber: number): Disk {
  const disks = task.kernel.hardware.blockDevices();
  const disk = disks.find((each) => each.deviceNumber === deviceNumber);
  if (!disk) throw fail(ENXIO, 'no such disk');
  return disk;
}

function memberOf(task: Task, md: MdDisk, deviceNumber: number): MdMember {
  const disk = diskOf(task, deviceNumber);
  const member = md.members.find((each) => each.disk === disk);
  if (!member) throw fail(ENXIO, `${disk.name} is not in ${md.name}`);
  return member;
}

/** A version alone, for members with superblocks, or all about an array without. */
function setArrayInfo(task: Task, md: MdDisk, address: number): void {
  if (md.array) throw fail(EBUSY, `${md.name} runs`);
  if (address === 0) return;
  const info = task.memory.read(ArrayInfo, address);
  if (info.raid_disks === 0) {
    if (info.major_version !== 1 || info.minor_version < 0 || info.minor_version > 2)
      throw fail(EINVAL, `superblocks of version ${info.major_version}.${info.minor_version}`);
    md.minorVersion = info.minor_version;
    return;
  }
  if (md.members.length > 0) throw fail(EBUSY, `${md.name} has disks`);
  const level = levelOf(info.level);
  const chunkSectors = info.chunk_size / SECTOR_BYTES;
  if (level === undefined || info.raid_disks < 0 || info.raid_disks > 255)
    throw fail(EINVAL, 'level or number of disks');
  md.level = level;
  md.slots = info.raid_disks;
  if (chunkSectors > 0) md.chunkSectors = chunkSectors;
}

function addNewDisk(task: Task, md: MdDisk, address: number): void {
  const { major, minor, raid_disk: slot } = task.memory.read(DiskInfo, address);
  const disk = diskOf(task, makeDevice(major, minor));
  if (disk === md) throw fail(EINVAL, 'an array is not its own member');
  if (md.minorVersion !== undefined) {
    md.addStored(disk, md.minorVersion);
    return;
  }
  const member = md.add(disk);
  if (!md.array && slot >= 0 && slot < md.slots) md.place(member, slot);
}

/** Undefined for a request that is not one of arrays. */
export function mdIoctl(
  task: Task,
  md: MdDisk,
  request: number,
  argument: number,
): number | undefined {
  const isQuestion = [RAID_VERSION, GET_ARRAY_INFO, GET_DISK_INFO].includes(request);
  if ((request & 0xff00) !== 0x900) return undefined;
  if (!isQuestion && !task.credentials.hasCapability(CAP_SYS_ADMIN))
    throw fail(EACCES, 'CAP_SYS_ADMIN');
  const { memory } = task;
  switch (request) {
    case RAID_VERSION:
      for (const [i, part] of VERSION.entries()) memory.writeU32(argument + 4 * i, part);
      return 0;
    case GET_ARRAY_INFO:
      memory.writeBytes(argument, arrayInfo(md));
      return 0;
    case GET_DISK_INFO:
      memory.writeBytes(argument, diskInfo(md, memory.readI32(argument)));
      return 0;
    case SET_ARRAY_INFO:
      setArrayInfo(task, md, argument);
      return 0;
    case ADD_NEW_DISK:
      addNewDisk(task, md, argument);
      return 0;
    case RUN_ARRAY:
      md.run();
      return 0;
    case STOP_ARRAY:
      md.stopForGood();
      return 0;
    case HOT_ADD_DISK:
      if (md.minorVersion !== undefined) throw fail(EINVAL, 'HOT_ADD_DISK is of version 0.90');
      md.add(diskOf(task, argument));
      return 0;
    case HOT_REMOVE_DISK:
      md.remove(memberOf(task, md, argument));
      return 0;
    case SET_DISK_FAULTY:
      md.fail(memberOf(task, md, argument));
      return 0;
    case STOP_ARRAY_RO:
      md.isWriteProtected = true;
      return 0;
    case RESTART_ARRAY_RW:
      md.isWriteProtected = false;
      return 0;
    default:
      return undefined;
  }
}
