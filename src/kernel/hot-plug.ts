/** Devices that come and go while the system runs: drivers bound and unbound, nodes of /dev, events. Linux: drivers/base. */
import { EBUSY, ENODEV, fail } from '../abi/errno.ts';
import { deviceMajor, deviceMinor, S_IFBLK, S_IFCHR } from '../abi/stat.ts';
import { makeNode, removeFile } from '../fs/directory-operations.ts';
import { ROOT_IDENTITY } from '../fs/permission.ts';
import { type DeviceNodeRow, diskNode } from './devfs/devices.ts';
import type { BusDevice } from './drivers/bus-device.ts';
import type { Disk } from './drivers/disk.ts';
import { bindDevice, DRIVERS, matches } from './drivers/drivers.ts';
import type { Kernel } from './kernel.ts';

/** Nothing to do before /dev is mounted: devtmpfs is filled when it is made. */
function devRoot({ vfs }: Kernel) {
  return vfs.mounts.mounts.find(({ fs }) => fs === vfs.devtmpfs)?.root;
}

function addNode(kernel: Kernel, node: DeviceNodeRow): void {
  const root = devRoot(kernel);
  if (!root || root.inode.lookup(node.name)) return;
  const mode = node.mode | (node.isBlock ? S_IFBLK : S_IFCHR);
  const { inode } = makeNode(root, node.name, mode, node.device, ROOT_IDENTITY);
  inode.setAttributes({ gid: node.gid });
}

function removeNode(kernel: Kernel, name: string): void {
  const root = devRoot(kernel);
  if (root?.inode.lookup(name)) removeFile(root, name, ROOT_IDENTITY);
}

function tell(kernel: Kernel, action: 'add' | 'remove', { name, deviceNumber }: Disk): void {
  kernel.uevents.emit({
    action,
    path: `/devices/virtual/block/${name}`,
    subsystem: 'block',
    variables: [
      `MAJOR=${deviceMajor(deviceNumber)}`,
      `MINOR=${deviceMinor(deviceNumber)}`,
      `DEVNAME=${name}`,
      'DEVTYPE=disk',
    ],
  });
}

/** The disk is in kernel.hardware: user space gets its node. */
export function diskAppeared(kernel: Kernel, disk: Disk): void {
  addNode(kernel, diskNode(disk));
  tell(kernel, 'add', disk);
}

/** The disk is no longer in kernel.hardware. */
export function diskDisappeared(kernel: Kernel, disk: Disk): void {
  removeNode(kernel, disk.name);
  tell(kernel, 'remove', disk);
}

/** /sys path of a device, without /sys. */
export function pathOfDevice({ hardware }: Kernel, device: BusDevice): string {
  if (device.bus === 'platform') return `/devices/platform/${device.name}`;
  const window = hardware.devices.find(
    ({ bus, node }) => bus === 'platform' && node === device.node,
  );
  return `/devices/platform/${window?.name ?? 'unknown'}/${device.name}`;
}

/** Let a driver, by name, take a device. Errors: ENODEV when it does not fit or has one, EIO from the device. */
export function bindDriver(kernel: Kernel, driverName: string, device: BusDevice): void {
  const driver = DRIVERS.find(({ name }) => name === driverName);
  if (!driver || device.driver !== undefined || !matches(driver, device))
    throw fail(ENODEV, `${driverName} does not take ${device.name}`);
  const before = new Set(kernel.hardware.disks);
  bindDevice(device, driver, kernel.probeContext());
  for (const disk of kernel.hardware.disks) if (!before.has(disk)) diskAppeared(kernel, disk);
  kernel.uevents.emit({
    action: 'bind',
    path: pathOfDevice(kernel, device),
    subsystem: device.bus,
  });
}

/** Take a device away from its driver. Errors: ENODEV when that is not its driver, EBUSY when the system cannot do without. */
export function unbindDriver(kernel: Kernel, driverName: string, device: BusDevice): void {
  const driver = DRIVERS.find(({ name }) => name === driverName);
  if (!driver || device.driver !== driverName) throw fail(ENODEV, `not bound to ${driverName}`);
  if (!driver.remove) throw fail(EBUSY, `${device.name} is needed while the system runs`);
  const before = [...kernel.hardware.disks];
  driver.remove(device, kernel.probeContext());
  device.driver = undefined;
  device.instance = undefined;
  for (const disk of before)
    if (!kernel.hardware.disks.includes(disk)) diskDisappeared(kernel, disk);
  kernel.printk(`${driverName} ${device.name}: removed`);
  kernel.uevents.emit({
    action: 'unbind',
    path: pathOfDevice(kernel, device),
    subsystem: device.bus,
  });
}
