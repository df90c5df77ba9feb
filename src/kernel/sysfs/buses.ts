/** /sys/bus and /sys/devices/platform: what the buses have, and which driver has it. Linux: Documentation/ABI/testing/sysfs-bus-platform. */
import { ENODEV, fail } from '../../abi/errno.ts';
import type { BusDevice, BusName } from '../drivers/bus-device.ts';
import { DRIVERS } from '../drivers/drivers.ts';
import { bindDriver, pathOfDevice, unbindDriver } from '../hot-plug.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';

const BUSES: readonly BusName[] = ['platform', 'virtio'];
const WRITE_ONLY = 0o200;

function text(name: string, content: string): ProcRow {
  return { name, show: () => `${content}\n` };
}

function onBus({ hardware }: Kernel, bus: BusName): BusDevice[] {
  return hardware.devices.filter((device) => device.bus === bus);
}

/** The device of a name that was written. Throws ENODEV. */
function deviceOf(kernel: Kernel, bus: BusName, written: string): BusDevice {
  const device = onBus(kernel, bus).find(({ name }) => name === written.trim());
  if (!device) throw fail(ENODEV, `no device ${written.trim()}`);
  return device;
}

function driverRow(bus: BusName, driver: string): ProcRow {
  const bound = (kernel: Kernel): ProcRow[] => {
    return onBus(kernel, bus)
      .filter((device) => device.driver === driver)
      .map((device) => {
        return { name: device.name, link: () => `../../../..${pathOfDevice(kernel, device)}` };
      });
  };
  return {
    name: driver,
    entries: (kernel) => [
      {
        name: 'bind',
        mode: WRITE_ONLY,
        store: (_, name) => bindDriver(kernel, driver, deviceOf(kernel, bus, name)),
      },
      {
        name: 'unbind',
        mode: WRITE_ONLY,
        store: (_, name) => unbindDriver(kernel, driver, deviceOf(kernel, bus, name)),
      },
      ...bound(kernel),
    ],
  };
}

export const BUS_ROWS: readonly ProcRow[] = BUSES.map((bus) => ({
  name: bus,
  entries: [
    {
      name: 'devices',
      entries: (kernel) => {
        return onBus(kernel, bus).map((device) => {
          return { name: device.name, link: () => `../../..${pathOfDevice(kernel, device)}` };
        });
      },
    },
    {
      name: 'drivers',
      entries: DRIVERS.filter((row) => row.bus === bus).map(({ name }) => driverRow(bus, name)),
    },
  ],
}));

/** Platform devices, with those of other buses that they carry below them. */
export function platformRows(kernel: Kernel): readonly ProcRow[] {
  return onBus(kernel, 'platform').map((device) => {
    const carried = onBus(kernel, 'virtio').filter(({ node }) => node === device.node);
    return {
      name: device.name,
      subject: device,
      entries: () => [
        ...deviceRows(device, 1),
        ...carried.map((child) => {
          return { name: child.name, subject: child, entries: () => deviceRows(child, 2) };
        }),
      ],
    };
  });
}

/** `depth`: directories below /sys/devices/platform. */
function deviceRows({ bus, id, driver, base, irq }: BusDevice, depth: number): ProcRow[] {
  const up = '../'.repeat(depth + 2);
  const identity =
    bus === 'virtio'
      ? [
          text('device', `0x${Number(id).toString(16).padStart(4, '0')}`),
          text('vendor', '0x554d4551'),
        ]
      : [];
  const names = [
    ...(driver === undefined ? [] : [`DRIVER=${driver}`]),
    ...(bus === 'platform' ? [`OF_COMPATIBLE_0=${id}`] : []),
    `MODALIAS=${bus}:${id}`,
  ];
  return [
    ...(driver === undefined
      ? []
      : [{ name: 'driver', link: () => `${up}bus/${bus}/drivers/${driver}` }]),
    ...identity,
    text('modalias', `${bus}:${id}`),
    text('resource', `0x${base.toString(16)}${irq === undefined ? '' : ` irq ${irq}`}`),
    { name: 'subsystem', link: () => `${up}bus/${bus}` },
    text('uevent', names.join('\n')),
  ];
}
