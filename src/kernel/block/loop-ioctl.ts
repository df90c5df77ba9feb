/** ioctl(2) of /dev/loopN: which file it is, and what of it. linux/loop.h, loop(4). */
import { EBADF, EBUSY, EINVAL, ENXIO, EOVERFLOW, fail } from '../../abi/errno.ts';
import { O_ACCMODE, O_RDONLY } from '../../abi/fcntl.ts';
import { S_IFBLK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { pathOf } from '../../fs/path.ts';
import { layout } from '../../lib/layout.ts';
import type { Result } from '../block.ts';
import { BlockFile } from '../devfs/block-file.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { isUsed } from './claim.ts';
import { nodeChanged } from './disk-nodes.ts';
import type { LoopDisk } from './loop-disk.ts';
import type { LoopSettings } from './loop-settings.ts';
import { findPartitions, forgetPartitions } from './partitions.ts';

const LOOP_SET_FD = 0x4c00;
const LOOP_CLR_FD = 0x4c01;
const LOOP_SET_STATUS = 0x4c02;
const LOOP_GET_STATUS = 0x4c03;
const LOOP_SET_STATUS64 = 0x4c04;
const LOOP_GET_STATUS64 = 0x4c05;
const LOOP_CHANGE_FD = 0x4c06;
const LOOP_SET_CAPACITY = 0x4c07;
const LOOP_SET_DIRECT_IO = 0x4c08;
const LOOP_SET_BLOCK_SIZE = 0x4c09;
const LOOP_CONFIGURE = 0x4c0a;

const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;
const LO_FLAGS_PARTSCAN = 8;
const LO_FLAGS_DIRECT_IO = 16;
const CONFIGURE_FLAGS =
  LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO;

/** struct loop_info64; names of ciphers are not used any more. */
const LoopInfo = layout({
  lo_device: 'u64',
  lo_inode: 'u64',
  lo_rdevice: 'u64',
  lo_offset: 'u64',
  lo_sizelimit: 'u64',
  lo_number: 'u32',
  lo_encrypt_type: 'u32',
  lo_encrypt_key_size: 'u32',
  lo_flags: 'u32',
  lo_file_name: 'bytes64',
  lo_crypt_name: 'bytes64',
  lo_encrypt_key: 'bytes32',
  lo_init: 'bytes16',
});
/** struct loop_info, of before there were large files. */
const OldLoopInfo = layout({
  lo_number: 'u32',
  lo_device: 'u32',
  lo_inode: 'u64',
  lo_rdevice: 'u32',
  lo_offset: 'i32',
  lo_encrypt_type: 'u32',
  lo_encrypt_key_size: 'u32',
  lo_flags: 'u32',
  lo_name: 'bytes64',
  lo_encrypt_key: 'bytes32',
  lo_padding: 'u32',
  lo_init: 'bytes16',
  reserved: 'bytes8',
});
/** struct loop_config: descriptor, block size, loop_info64. */
const CONFIG_INFO_OFFSET = 8;

function settingsOf(bytes: Uint8Array): LoopSettings {
  const { lo_file_name: fileName, ...info } = LoopInfo.decode(bytes);
  return makeSettings({ ...info, fileName });
}

function oldSettingsOf(bytes: Uint8Array): LoopSettings {
  const { lo_name: fileName, ...info } = OldLoopInfo.decode(bytes);
  return makeSettings({ ...info, lo_sizelimit: 0, fileName });
}

/** Throws EINVAL. */
function makeSettings(info: {
  lo_offset: number | bigint;
  lo_sizelimit: number | bigint;
  lo_encrypt_type: number;
  lo_flags: number;
  fileName: Uint8Array;
}): LoopSettings {
  if (info.lo_encrypt_type !== 0) throw fail(EINVAL, 'no loop encryption');
  const [offset, sizeLimit] = [Number(info.lo_offset), Number(info.lo_sizelimit)];
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(sizeLimit) || offset < 0) {
    throw fail(EINVAL, 'loop offset');
  }
  return {
    offset,
    sizeLimit,
    isReadOnly: (info.lo_flags & LO_FLAGS_READ_ONLY) !== 0,
    isAutoClear: (info.lo_flags & LO_FLAGS_AUTOCLEAR) !== 0,
    hasPartitionScan: (info.lo_flags & LO_FLAGS_PARTSCAN) !== 0,
    fileName: info.fileName,
  };
}

const PLAIN: LoopSettings = {
  offset: 0,
  sizeLimit: 0,
  isReadOnly: false,
  isAutoClear: false,
  hasPartitionScan: false,
  fileName: new Uint8Array(64),
};

/** The file may not stand on the disk that it becomes. */
function backingFile(task: Task, disk: LoopDisk, fd: number): File {
  const file = task.files.get(fd);
  const kind = file.inode.mode & S_IFMT;
  if (kind !== S_IFREG && !(kind === S_IFBLK && file instanceof BlockFile))
    throw fail(EINVAL, 'neither a file nor a block device');
  for (let under: File | undefined = file; under instanceof BlockFile; ) {
    if (under.device === disk) throw fail(EBADF, 'a loop of loops');
    under = under.device.file;
  }
  return file;
}

function bind(task: Task, disk: LoopDisk, fd: number, settings: LoopSettings): number {
  if (disk.isBound) throw fail(EBUSY, `${disk.name} has a file`);
  const file = backingFile(task, disk, fd);
  const path = file.dentry ? pathOf(file.dentry, task.process.root) : file.describe();
  file.references++;
  disk.bind(file, path, settings);
  nodeChanged(task.kernel, disk);
  if (settings.hasPartitionScan) findPartitions(task.kernel, disk);
  return 0;
}

/** It has no file, and no partitions, any more. */
export function unbindLoop(kernel: Kernel, disk: LoopDisk): void {
  forgetPartitions(kernel, disk);
  disk.unbind();
  nodeChanged(kernel, disk);
}

/** With other openers it lets go when the last of them does, as losetup -d on a mounted one. */
function clear(task: Task, disk: LoopDisk): number {
  if (!disk.isBound || !disk.settings) throw fail(ENXIO, `${disk.name} has no file`);
  if (disk.openCount > 1 || disk.mounted || disk.partitions.some(isUsed)) {
    disk.settings = { ...disk.settings, isAutoClear: true };
    return 0;
  }
  unbindLoop(task.kernel, disk);
  return 0;
}

function setStatus(task: Task, disk: LoopDisk, address: number, isOld: boolean): number {
  const old = disk.settings;
  const { memory } = task;
  const wanted = isOld
    ? oldSettingsOf(memory.readBytes(address, OldLoopInfo.size))
    : settingsOf(memory.readBytes(address, LoopInfo.size));
  if (!old) throw fail(ENXIO, `${disk.name} has no file`);
  // Partitions are looked for once asked; that it is read-only was settled when it was bound.
  const hasPartitionScan = old.hasPartitionScan || wanted.hasPartitionScan;
  disk.change({ ...wanted, isReadOnly: old.isReadOnly, hasPartitionScan });
  nodeChanged(task.kernel, disk);
  if (hasPartitionScan && !old.hasPartitionScan) findPartitions(task.kernel, disk);
  return 0;
}

function getStatus(task: Task, disk: LoopDisk, address: number, isOld: boolean): number {
  if (address === 0) throw fail(EINVAL, 'loop_info');
  const { settings, file } = disk;
  if (!settings || !file) throw fail(ENXIO, `${disk.name} has no file`);
  const flags =
    (disk.isBoundReadOnly ? LO_FLAGS_READ_ONLY : 0) |
    (settings.isAutoClear ? LO_FLAGS_AUTOCLEAR : 0) |
    (settings.hasPartitionScan ? LO_FLAGS_PARTSCAN : 0);
  if (isOld) {
    if (settings.offset > 0x7fff_ffff) throw fail(EOVERFLOW, 'lo_offset');
    const known = {
      lo_number: disk.number,
      lo_device: file.inode.fs.device,
      lo_inode: BigInt(file.inode.ino),
      lo_rdevice: file.inode.rdev,
      lo_offset: settings.offset,
      lo_flags: flags,
      lo_name: settings.fileName,
    };
    task.memory.writeBytes(address, OldLoopInfo.encode(known));
    return 0;
  }
  const bytes = LoopInfo.encode({
    lo_device: BigInt(file.inode.fs.device),
    lo_inode: BigInt(file.inode.ino),
    lo_rdevice: BigInt(file.inode.rdev),
    lo_offset: BigInt(settings.offset),
    lo_sizelimit: BigInt(settings.sizeLimit),
    lo_number: disk.number,
    lo_flags: flags,
    lo_file_name: settings.fileName,
  });
  task.memory.writeBytes(address, bytes);
  return 0;
}

function configure(task: Task, disk: LoopDisk, address: number, isWritable: boolean): number {
  const fd = task.memory.readU32(address);
  const blockBytes = task.memory.readU32(address + 4);
  const bytes = task.memory.readBytes(address + CONFIG_INFO_OFFSET, LoopInfo.size);
  const { lo_flags } = LoopInfo.decode(bytes);
  if ((lo_flags & ~CONFIGURE_FLAGS) !== 0) throw fail(EINVAL, 'loop flags');
  if (blockBytes !== 0 && blockBytes !== 512) throw fail(EINVAL, 'blocks of 512 bytes only');
  const settings = settingsOf(bytes);
  return bind(task, disk, fd, { ...settings, isReadOnly: settings.isReadOnly || !isWritable });
}

/** Another file of the same size in the place of a read-only one. */
function changeFile(task: Task, disk: LoopDisk, fd: number): number {
  const { settings, sectors } = disk;
  if (!settings) throw fail(ENXIO, `${disk.name} has no file`);
  if (!disk.isBoundReadOnly) throw fail(EINVAL, 'only of a read-only loop');
  const file = backingFile(task, disk, fd);
  if (Math.floor((file.inode.size - settings.offset) / 512) < sectors) {
    throw fail(EINVAL, 'another size');
  }
  unbindLoop(task.kernel, disk);
  return bind(task, disk, fd, settings);
}

/** Undefined for a request that is not of loop devices. */
export function loopIoctl(
  task: Task,
  disk: LoopDisk,
  file: File,
  request: number,
  argument: number,
): Result | undefined {
  const isWritable = (file.flags & O_ACCMODE) !== O_RDONLY;
  switch (request) {
    case LOOP_SET_FD:
      return bind(task, disk, argument, { ...PLAIN, isReadOnly: !isWritable });
    case LOOP_CONFIGURE:
      return configure(task, disk, argument, isWritable);
    case LOOP_CLR_FD:
      return clear(task, disk);
    case LOOP_SET_STATUS:
    case LOOP_SET_STATUS64:
      return setStatus(task, disk, argument, request === LOOP_SET_STATUS);
    case LOOP_GET_STATUS:
    case LOOP_GET_STATUS64:
      return getStatus(task, disk, argument, request === LOOP_GET_STATUS);
    case LOOP_CHANGE_FD:
      return changeFile(task, disk, argument);
    case LOOP_SET_CAPACITY:
      if (!disk.settings) throw fail(ENXIO, `${disk.name} has no file`);
      disk.change(disk.settings);
      nodeChanged(task.kernel, disk);
      return 0;
    case LOOP_SET_BLOCK_SIZE:
      if (argument !== 512) throw fail(EINVAL, 'blocks of 512 bytes only');
      return 0;
    case LOOP_SET_DIRECT_IO:
      if (argument !== 0) throw fail(EINVAL, 'no direct transfers to the file');
      return 0;
    default:
      return undefined;
  }
}
