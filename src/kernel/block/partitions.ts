/** The partitions of disks: found in their tables, and changed by ioctl(2). Linux: block/partitions/core.c. */
import { EBUSY, EINVAL, ENXIO, fail, KernelError } from '../../abi/errno.ts';
import { deviceMajor, deviceMinor, makeDevice } from '../../abi/stat.ts';
import { readPartitionTable } from '../../fs/partitions/partition-table.ts';
import { BLOCK_EXTENDED_MAJOR } from '../devfs/disk-numbers.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { isUsed } from './claim.ts';
import { nodeAppeared, nodeChanged, nodeDisappeared } from './disk-nodes.ts';
import { Partition } from './partition.ts';

/** Level of syslog(2). */
const LOG_WARNING = 4;
/** Linux: DISK_MAX_PARTS. */
const MAX_PARTITIONS = 256;

/** The disk's own minors first; then numbers that all disks share. */
function deviceNumberFor({ hardware }: Kernel, disk: Disk, number: number): number {
  if (number < disk.minors) {
    const { deviceNumber } = disk;
    return makeDevice(deviceMajor(deviceNumber), deviceMinor(deviceNumber) + number);
  }
  const taken = new Set(hardware.blockDevices().map(({ deviceNumber }) => deviceNumber));
  let minor = 0;
  while (taken.has(makeDevice(BLOCK_EXTENDED_MAJOR, minor))) minor++;
  return makeDevice(BLOCK_EXTENDED_MAJOR, minor);
}

function find(disk: Disk, number: number): Partition {
  const partition = disk.partitions.find((candidate) => candidate.number === number);
  if (!partition) throw fail(ENXIO, `${disk.name} has no partition ${number}`);
  return partition;
}

function checkRange(disk: Disk, start: number, sectors: number, besides?: Partition): void {
  const isSane = Number.isSafeInteger(start) && Number.isSafeInteger(sectors);
  if (!isSane || start < 0 || sectors <= 0 || start + sectors > disk.sectors)
    throw fail(EINVAL, 'partition outside its disk');
  const overlaps = disk.partitions.some((other) => {
    return (
      other !== besides && start < other.start + other.sectors && other.start < start + sectors
    );
  });
  if (overlaps) throw fail(EBUSY, 'partitions overlap');
}

function insert(kernel: Kernel, disk: Disk, number: number, start: number, sectors: number): void {
  const deviceNumber = deviceNumberFor(kernel, disk, number);
  const partition = new Partition(disk, number, start, sectors, deviceNumber);
  if (partition.alignmentOffset !== 0)
    kernel.printk(`${partition.name}: start ${start} is not on a physical sector`, LOG_WARNING);
  disk.partitions.push(partition);
  disk.partitions.sort((one, other) => one.number - other.number);
  nodeAppeared(kernel, partition);
}

function drop(kernel: Kernel, disk: Disk, partition: Partition): void {
  disk.partitions.splice(disk.partitions.indexOf(partition), 1);
  partition.remove();
  nodeDisappeared(kernel, partition);
}

/** BLKPG_ADD_PARTITION. Errors: EINVAL, EBUSY. */
export function addPartition(
  kernel: Kernel,
  disk: Disk,
  number: number,
  start: number,
  sectors: number,
): void {
  if (number < 1 || number > MAX_PARTITIONS) throw fail(EINVAL, `partition ${number}`);
  checkRange(disk, start, sectors);
  if (disk.partitions.some((other) => other.number === number))
    throw fail(EBUSY, `${disk.name} has a partition ${number}`);
  insert(kernel, disk, number, start, sectors);
}

/** BLKPG_DEL_PARTITION. Errors: ENXIO, EBUSY. */
export function deletePartition(kernel: Kernel, disk: Disk, number: number): void {
  const partition = find(disk, number);
  if (isUsed(partition)) throw fail(EBUSY, `${partition.name} is in use`);
  drop(kernel, disk, partition);
}

/** BLKPG_RESIZE_PARTITION: its start stays. Errors: ENXIO, EINVAL, EBUSY. */
export function resizePartition(
  kernel: Kernel,
  disk: Disk,
  number: number,
  start: number,
  sectors: number,
): void {
  const partition = find(disk, number);
  if (partition.start !== start) throw fail(EINVAL, 'a partition does not move');
  checkRange(disk, start, sectors, partition);
  partition.sectors = sectors;
  nodeChanged(kernel, partition);
}

/** Of a disk that has just come. A table that cannot be read is none. */
export function findPartitions(kernel: Kernel, disk: Disk): void {
  try {
    readTable(kernel, disk);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    kernel.printk(`${disk.name}: unable to read partition table`, LOG_WARNING);
  }
}

function readTable(kernel: Kernel, disk: Disk): void {
  const table = readPartitionTable(disk);
  if (table === undefined) return;
  for (const warning of table.warnings) {
    kernel.printk(warning, LOG_WARNING);
    kernel.printk(`GPT: Use GNU Parted to correct GPT errors on ${disk.name}.`, LOG_WARNING);
  }
  for (const { number, start, sectors } of table.entries) {
    const left = disk.sectors - start;
    const name = `${disk.name}: p${number}`;
    if (left <= 0) kernel.printk(`${name} start ${start} is beyond EOD, ignored`, LOG_WARNING);
    else if (number <= MAX_PARTITIONS) {
      if (sectors > left)
        kernel.printk(`${name} size ${sectors} extends beyond EOD, truncated`, LOG_WARNING);
      insert(kernel, disk, number, start, Math.min(sectors, left));
    }
  }
  if (table.entries.length === 0) return;
  kernel.printk(` ${disk.name}: ${disk.partitions.map(({ name }) => name).join(' ')}`);
}

/** They go with their disk. */
export function forgetPartitions(kernel: Kernel, disk: Disk): void {
  for (const partition of [...disk.partitions]) drop(kernel, disk, partition);
}

/** BLKRRPART: read the table again. Errors: EBUSY while one is in use, EINVAL for a partition. */
export function rereadPartitions(kernel: Kernel, disk: Disk): void {
  if (disk instanceof Partition) throw fail(EINVAL, 'a partition has no partitions');
  if (disk.partitions.some(isUsed)) throw fail(EBUSY, `${disk.name} has partitions in use`);
  forgetPartitions(kernel, disk);
  readTable(kernel, disk);
  nodeChanged(kernel, disk);
}
