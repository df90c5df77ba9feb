/** Devices that come and go while the system runs: drivers bound and unbound, nodes of /dev, events. Linux: drivers/base. */
import { EBUSY, ENODEV, fail, KernelError } from '../abi/errno.ts';
import { nodeAppeared, nodeDisappeared } from './block/disk-nodes.ts';
import { findPartitions, forgetPartitions } from './block/partitions.ts';
import type { BusDevice } from './drivers/bus-device.ts';
import type { Disk } from './drivers/disk.ts';
import { bindDevice, DRIVERS, findVirtioDevice, matches } from './drivers/drivers.ts';
import type { SlotListener } from './drivers/hot-plug-controller.ts';
import type { Kernel } from './kernel.ts';

/** Level of syslog(2). */
const LOG_ERROR = 3;
/** Of QEMU, as virtio-mmio's register has it, in MODALIAS. */
const VENDOR = '554D4551';

/** The disk is in kernel.hardware: user space gets its node, and those of its partitions. */
export function diskAppeared(kernel: Kernel, disk: Disk): void {
  nodeAppeared(kernel, disk);
  findPartitions(kernel, disk);
}

/** The disk is no longer in kernel.hardware. */
export function diskDisappeared(kernel: Kernel, disk: Disk): void {
  forgetPartitions(kernel, disk);
  nodeDisappeared(kernel, disk);
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

/** Slots of the board that are filled and emptied while the system runs: their devices come to the virtio bus, and go. */
export class BoardSlots implements SlotListener {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  slotFilled(base: number): void {
    const { kernel } = this;
    const window = kernel.hardware.devices.find(
      (device) => device.bus === 'platform' && device.base === base,
    );
    const device = window && findVirtioDevice(window, kernel.probeContext());
    if (!device) return;
    kernel.printk(`${device.name}: device type ${device.id} came ${device.place}`);
    this.emit('add', device);
    const driver = DRIVERS.find((row) => matches(row, device));
    try {
      if (driver) bindDriver(kernel, driver.name, device);
      else kernel.printk(`${device.name}: no driver for device type ${device.id}`);
    } catch (error) {
      // The device is broken, or was pulled out again: the system goes on without it.
      if (!(error instanceof KernelError)) throw error;
      kernel.printk(`${device.name}: ${error.message}`, LOG_ERROR);
    }
  }

  slotLeaving(base: number): boolean {
    const { kernel } = this;
    const { devices } = kernel.hardware;
    const device = devices.find(({ bus, base: own }) => bus === 'virtio' && own === base);
    if (!device) return true;
    const { driver } = device;
    if (driver !== undefined) {
      if (!DRIVERS.find(({ name }) => name === driver)?.remove) {
        kernel.printk(`${device.name}: ${driver} does not let it go`, LOG_ERROR);
        return false;
      }
      unbindDriver(kernel, driver, device);
    }
    devices.splice(devices.indexOf(device), 1);
    this.emit('remove', device);
    return true;
  }

  private emit(action: 'add' | 'remove', device: BusDevice): void {
    this.kernel.uevents.emit({
      action,
      path: pathOfDevice(this.kernel, device),
      subsystem: device.bus,
      variables: [`MODALIAS=virtio:d${hex(device.id)}v${VENDOR}`],
    });
  }
}

function hex(id: string): string {
  return Number(id).toString(16).toUpperCase().padStart(8, '0');
}
