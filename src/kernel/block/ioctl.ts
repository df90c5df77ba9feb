/** ioctl(2) of block devices: linux/fs.h, linux/blkpg.h, linux/hdreg.h. */
import { EACCES, EINVAL, EOPNOTSUPP, EROFS, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Task } from '../task.ts';
import { Partition } from './partition.ts';
import { addPartition, deletePartition, rereadPartitions, resizePartition } from './partitions.ts';

const HDIO_GETGEO = 0x301;
const BLKROSET = 0x125d;
const BLKROGET = 0x125e;
const BLKRRPART = 0x125f;
const BLKGETSIZE = 0x1260;
const BLKFLSBUF = 0x1261;
const BLKRASET = 0x1262;
const BLKRAGET = 0x1263;
const BLKFRASET = 0x1264;
const BLKFRAGET = 0x1265;
const BLKSECTGET = 0x1267;
const BLKSSZGET = 0x1268;
const BLKPG = 0x1269;
const BLKBSZGET = 0x8008_1270;
const BLKBSZSET = 0x4008_1271;
const BLKGETSIZE64 = 0x8008_1272;
const BLKDISCARD = 0x1277;
const BLKIOMIN = 0x1278;
const BLKIOOPT = 0x1279;
const BLKALIGNOFF = 0x127a;
const BLKPBSZGET = 0x127b;
const BLKDISCARDZEROES = 0x127c;
const BLKSECDISCARD = 0x127d;
const BLKROTATIONAL = 0x127e;
const BLKZEROOUT = 0x127f;

const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4096;
/** What the page cache reads ahead, and the most of one request: 128 KiB, 1280 KiB. */
const READ_AHEAD_KILOBYTES = 128;
const MAX_SECTORS = 2560;
const CHUNK = new Uint8Array(65536);

const BLKPG_ADD_PARTITION = 1;
const BLKPG_DEL_PARTITION = 2;
const BLKPG_RESIZE_PARTITION = 3;
/** struct blkpg_ioctl_arg and blkpg_partition: start and length in bytes. */
const BlkpgArgument = layout({
  op: 'u32',
  flags: 'u32',
  datalen: 'u32',
  padding: 'u32',
  data: 'u32',
  dataHigh: 'u32',
});
const BlkpgPartition = layout({
  start: 'u32',
  startHigh: 'u32',
  length: 'u32',
  lengthHigh: 'u32',
  pno: 'u32',
  padding: 'u32',
});
/** With two names behind it that nobody reads. */
const BLKPG_PARTITION_BYTES = 152;

function checkPrivilege(task: Task, errno: number): void {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(errno, 'CAP_SYS_ADMIN');
}

function blkpg(task: Task, disk: Disk, address: number): number {
  checkPrivilege(task, EACCES);
  const bytes = new Uint8Array(BlkpgArgument.size);
  task.memory.copyOut(address, bytes);
  const { op, datalen, data, dataHigh } = BlkpgArgument.decode(bytes);
  if (op < BLKPG_ADD_PARTITION || op > BLKPG_RESIZE_PARTITION) throw fail(EINVAL, 'BLKPG op');
  if (datalen < BLKPG_PARTITION_BYTES) throw fail(EINVAL, 'BLKPG datalen');
  const wanted = new Uint8Array(BlkpgPartition.size);
  task.memory.copyOut(dataHigh * 2 ** 32 + data, wanted);
  const partition = BlkpgPartition.decode(wanted);
  if (disk instanceof Partition || partition.pno === 0 || partition.pno > 0x7fff_ffff)
    throw fail(EINVAL, 'BLKPG wants a whole disk and a number');
  const { kernel } = task;
  if (op === BLKPG_DEL_PARTITION) {
    deletePartition(kernel, disk, partition.pno);
    return 0;
  }
  const start = (partition.startHigh * 2 ** 32 + partition.start) / SECTOR_BYTES;
  const sectors = (partition.lengthHigh * 2 ** 32 + partition.length) / SECTOR_BYTES;
  if (!Number.isInteger(start) || !Number.isInteger(sectors))
    throw fail(EINVAL, 'not whole sectors');
  const change = op === BLKPG_ADD_PARTITION ? addPartition : resizePartition;
  change(kernel, disk, partition.pno, start, sectors);
  return 0;
}

/** Of the device's own pages, which it has none of: any size that Linux takes is as good. */
function checkBlockSize(bytes: number): void {
  const isPower = (bytes & (bytes - 1)) === 0;
  if (bytes < SECTOR_BYTES || bytes > BLOCK_BYTES || !isPower) throw fail(EINVAL, 'block size');
}

/** u64 start and length in bytes. */
function zeroOut(task: Task, disk: Disk, address: number): number {
  const start = task.memory.readU64(address);
  const length = task.memory.readU64(address + 8);
  if (start % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0)
    throw fail(EINVAL, 'not whole sectors');
  if (length === 0 || start + length > disk.sectors * SECTOR_BYTES)
    throw fail(EINVAL, 'outside the disk');
  if (disk.isReadOnly) throw fail(EROFS, 'disk is read-only');
  for (let done = 0; done < length; done += CHUNK.length) {
    const part = CHUNK.subarray(0, Math.min(CHUNK.length, length - done));
    disk.write((start + done) / SECTOR_BYTES, part);
  }
  return 0;
}

/** struct hd_geometry: what Linux makes up for disks that have none; programs only want the start. */
function geometry(task: Task, disk: Disk, address: number): number {
  if (address === 0) throw fail(EINVAL, 'hd_geometry');
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const [heads, sectors] = [16, 63];
  view.setUint8(0, heads);
  view.setUint8(1, sectors);
  view.setUint16(2, Math.min(0xffff, Math.floor(disk.sectors / (heads * sectors))), true);
  view.setBigUint64(8, BigInt(disk instanceof Partition ? disk.start : 0), true);
  task.memory.writeBytes(address, bytes);
  return 0;
}

/** What is answered with one number. */
function property(disk: Disk, request: number): { value: number; bytes: 2 | 4 | 8 } | undefined {
  switch (request) {
    case BLKGETSIZE64:
      return { value: disk.sectors * SECTOR_BYTES, bytes: 8 };
    case BLKGETSIZE:
      return { value: disk.sectors, bytes: 8 };
    case BLKRAGET:
    case BLKFRAGET:
      return { value: (disk.readAheadKilobytes ?? READ_AHEAD_KILOBYTES) * 2, bytes: 8 };
    case BLKSSZGET:
      return { value: SECTOR_BYTES, bytes: 4 };
    case BLKPBSZGET:
    case BLKIOMIN:
      return { value: disk.physicalBytes ?? SECTOR_BYTES, bytes: 4 };
    case BLKALIGNOFF:
      return { value: disk instanceof Partition ? disk.alignmentOffset : 0, bytes: 4 };
    case BLKIOOPT:
    case BLKDISCARDZEROES:
      return { value: 0, bytes: 4 };
    case BLKBSZGET:
      return { value: BLOCK_BYTES, bytes: 4 };
    case BLKROGET:
      return { value: disk.isReadOnly ? 1 : 0, bytes: 4 };
    case BLKSECTGET:
      return { value: MAX_SECTORS, bytes: 2 };
    case BLKROTATIONAL:
      return { value: disk.isRotational ? 1 : 0, bytes: 2 };
    default:
      return undefined;
  }
}

/** Undefined for a request that block devices do not know. */
export function blockIoctl(
  task: Task,
  disk: Disk,
  request: number,
  argument: number,
): Result | undefined {
  const { memory } = task;
  const answer = property(disk, request);
  if (answer) {
    if (answer.bytes === 8) memory.writeU64(argument, answer.value);
    else if (answer.bytes === 4) memory.writeU32(argument, answer.value);
    else memory.writeBytes(argument, Uint8Array.of(answer.value & 0xff, answer.value >>> 8));
    return 0;
  }
  switch (request) {
    case HDIO_GETGEO:
      return geometry(task, disk, argument);
    case BLKFLSBUF:
      checkPrivilege(task, EACCES);
      disk.flush();
      return 0;
    case BLKROSET:
      checkPrivilege(task, EACCES);
      disk.isWriteProtected = memory.readU32(argument) !== 0;
      return 0;
    case BLKRRPART:
      checkPrivilege(task, EACCES);
      rereadPartitions(task.kernel, disk);
      return 0;
    case BLKPG:
      return blkpg(task, disk, argument);
    case BLKBSZSET:
      checkPrivilege(task, EACCES);
      checkBlockSize(memory.readU32(argument));
      return 0;
    case BLKRASET:
    case BLKFRASET:
      checkPrivilege(task, EACCES);
      disk.readAheadKilobytes = Math.floor(argument / 8) * 4;
      return 0;
    case BLKZEROOUT:
      return zeroOut(task, disk, argument);
    case BLKDISCARD:
    case BLKSECDISCARD:
      throw fail(EOPNOTSUPP, 'disk does not discard');
    default:
      return undefined;
  }
}
