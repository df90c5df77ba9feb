/** What user space sees when disks and partitions come and go: nodes of /dev, events. */
import { deviceMajor, deviceMinor, S_IFBLK } from '../../abi/stat.ts';
import { makeNode, removeFile } from '../../fs/directory-operations.ts';
import { ROOT_IDENTITY } from '../../fs/permission.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { type DeviceNodeRow, diskNode } from './device-node-row.ts';
import { Partition } from './partition.ts';

/** Nothing to do before /dev is mounted: devtmpfs is filled when it is made. */
function devRoot({ vfs }: Kernel) {
  return vfs.mounts.mounts.find(({ fs }) => fs === vfs.devtmpfs)?.root;
}

function addNode(kernel: Kernel, node: DeviceNodeRow): void {
  const root = devRoot(kernel);
  if (!root || root.inode.lookup(node.name)) return;
  const { inode } = makeNode(root, node.name, node.mode | S_IFBLK, node.device, ROOT_IDENTITY);
  inode.setAttributes({ gid: node.gid });
}

function removeNode(kernel: Kernel, name: string): void {
  const root = devRoot(kernel);
  if (root?.inode.lookup(name)) removeFile(root, name, ROOT_IDENTITY);
}

/** Below /sys. */
export function pathOfDisk(disk: Disk): string {
  const whole = disk instanceof Partition ? `${disk.whole.name}/` : '';
  return `/devices/virtual/block/${whole}${disk.name}`;
}

/** As in its file uevent of /sys. */
export function variablesOf(disk: Disk): string[] {
  const { name, deviceNumber } = disk;
  return [
    `MAJOR=${deviceMajor(deviceNumber)}`,
    `MINOR=${deviceMinor(deviceNumber)}`,
    `DEVNAME=${name}`,
    `DEVTYPE=${disk instanceof Partition ? 'partition' : 'disk'}`,
    ...(disk instanceof Partition ? [`PARTN=${disk.number}`] : []),
  ];
}

function tell(kernel: Kernel, action: 'add' | 'remove' | 'change', disk: Disk): void {
  kernel.uevents.emit({
    action,
    path: pathOfDisk(disk),
    subsystem: 'block',
    variables: variablesOf(disk),
  });
}

export function nodeAppeared(kernel: Kernel, disk: Disk): void {
  addNode(kernel, diskNode(disk));
  tell(kernel, 'add', disk);
}

export function nodeDisappeared(kernel: Kernel, disk: Disk): void {
  removeNode(kernel, disk.name);
  tell(kernel, 'remove', disk);
}

/** It has another size, or another partition table. */
export function nodeChanged(kernel: Kernel, disk: Disk): void {
  tell(kernel, 'change', disk);
}
