/** THE driver table: which driver serves which device, and the devices that were found. */
import type { FrameSource } from '../../fs/page-frames.ts';
import type { Platform } from '../../platform/platform.ts';
import type { IoOrigin } from '../block/io-priority.ts';
import { BusDevice, type BusName } from './bus-device.ts';
import type { DeviceNode } from './device-tree.ts';
import type { Disk, Journal } from './disk.ts';
import { HotPlugController } from './hot-plug-controller.ts';
import { type InterruptTarget, type Plic, probePlic } from './plic.ts';
import { GoldfishRtc } from './rtc-goldfish.ts';
import { probeSyscon, type SysconPower } from './syscon-power.ts';
import { Uart } from './uart.ts';
import { VirtioTransport } from './virtio.ts';
import { Virtio9p } from './virtio-9p.ts';
import { VirtioBlock } from './virtio-block.ts';
import { diskName } from './virtio-block-request.ts';
import { VirtioConsole } from './virtio-console.ts';
import { VirtioRng } from './virtio-rng.ts';

/** The devices of this machine, by kind, in the order in which they were found. */
export class Hardware {
  plic: Plic | undefined;
  rtc: GoldfishRtc | undefined;
  rng: VirtioRng | undefined;
  powerOff: SysconPower | undefined;
  reboot: SysconPower | undefined;
  hotPlug: HotPlugController | undefined;
  readonly uarts: Uart[] = [];
  readonly consoles: VirtioConsole[] = [];
  /** Of all block drivers; whole disks. */
  readonly disks: Disk[] = [];
  readonly channels: Virtio9p[] = [];
  /** What the buses have, with a driver or without. */
  readonly devices: BusDevice[] = [];

  /** Disks, each with its partitions behind it. */
  blockDevices(): Disk[] {
    return this.disks.flatMap((disk) => [disk, ...disk.partitions]);
  }

  /** Looks on until what was begun to be written is done. */
  finishWrites(): void {
    for (const disk of this.disks) disk.queue?.settleWrites();
  }
}

/** What a driver may use while it is probed. */
export interface ProbeContext {
  readonly platform: Platform;
  readonly frames: FrameSource;
  readonly root: DeviceNode;
  readonly hardware: Hardware;
  readonly journal: Journal;
  readonly origin: IoOrigin;
  /** A line for dmesg. */
  log(text: string): void;
}

interface DriverRow {
  readonly name: string;
  readonly bus: BusName;
  /** `compatible` strings, or virtio device types (virtio 1.2 section 5). */
  readonly ids: readonly string[];
  /** Returns what it made of the device, if anything. Throws EIO. */
  probe(device: BusDevice, context: ProbeContext): object | undefined;
  /** Gives the device up. Without it the device stays with the driver while the machine runs. */
  remove?(device: BusDevice, context: ProbeContext): void;
}

/** In the order in which classes of devices come up: the interrupt controller first. */
export const DRIVERS: readonly DriverRow[] = [
  { name: 'riscv-plic', bus: 'platform', ids: ['riscv,plic0'], probe: probeInterruptController },
  { name: 'goldfish_rtc', bus: 'platform', ids: ['google,goldfish-rtc'], probe: probeRtc },
  { name: 'syscon-poweroff', bus: 'platform', ids: ['syscon-poweroff'], probe: probePowerOff },
  { name: 'syscon-reboot', bus: 'platform', ids: ['syscon-reboot'], probe: probeReboot },
  { name: 'of_serial', bus: 'platform', ids: ['ns16550a'], probe: probeUart },
  { name: 'virtio-mmio', bus: 'platform', ids: ['virtio,mmio'], probe: probeTransport },
  { name: 'virtio_blk', bus: 'virtio', ids: ['2'], probe: probeDisk, remove: removeDisk },
  { name: 'virtio_console', bus: 'virtio', ids: ['3'], probe: probeConsole },
  { name: 'virtio_rng', bus: 'virtio', ids: ['4'], probe: probeRng, remove: removeRng },
  { name: '9pnet_virtio', bus: 'virtio', ids: ['9'], probe: probeChannel, remove: removeChannel },
  { name: 'hartix-hot-plug', bus: 'platform', ids: ['hartix,hot-plug'], probe: probeHotPlug },
];

/** Find and start the devices of the tree below `root`. */
export function probeDevices(context: ProbeContext): void {
  const { hardware, root } = context;
  for (const node of root.walk()) {
    const driver = DRIVERS.find(({ ids }) => ids.some((id) => node.isCompatible(id)));
    if (!driver) continue;
    const [name = '', unit] = node.name.split('@');
    const device = new BusDevice(
      'platform',
      unit ? `${unit}.${name}` : name,
      node,
      driver.ids[0] ?? '',
    );
    hardware.devices.push(device);
  }
  // Probing a transport finds the device behind it: the list grows while it is walked.
  for (const driver of DRIVERS) {
    for (const device of hardware.devices)
      if (matches(driver, device)) bindDevice(device, driver, context);
  }
  for (const { bus, driver, id, name, place } of hardware.devices) {
    if (bus === 'virtio' && !driver)
      context.log(`${name}: no driver for device type ${id} ${place}`);
  }
}

export function matches(driver: DriverRow, device: BusDevice): boolean {
  return driver.bus === device.bus && driver.ids.includes(device.id);
}

/** Let the driver take a device that has none. Throws what the device's refusal throws: EIO. */
export function bindDevice(device: BusDevice, driver: DriverRow, context: ProbeContext): void {
  device.instance = driver.probe(device, context);
  device.driver = driver.name;
}

/** Connect a device to its line. */
function connect(device: BusDevice, target: InterruptTarget, { hardware }: ProbeContext): void {
  if (device.irq !== undefined) hardware.plic?.connect(device.irq, target);
}

function disconnect({ irq }: BusDevice, { hardware }: ProbeContext): void {
  if (irq !== undefined) hardware.plic?.disconnect(irq);
}

function probeInterruptController(
  { node, base }: BusDevice,
  context: ProbeContext,
): object | undefined {
  context.hardware.plic = probePlic(node, context.platform);
  const sources = node.u32('riscv,ndev') ?? 0;
  context.log(`plic: at MMIO 0x${base.toString(16)}: mapped ${sources} interrupts`);
  return undefined;
}

function probeRtc(
  { base, place }: BusDevice,
  { hardware, platform, log }: ProbeContext,
): object | undefined {
  hardware.rtc = new GoldfishRtc(platform, base);
  const now = new Date(hardware.rtc.now().seconds * 1000).toISOString();
  log(`goldfish_rtc: ${place}: setting system clock to ${now.slice(0, 19)} UTC`);
  return undefined;
}

function probePowerOff(
  { node }: BusDevice,
  { hardware, platform, root }: ProbeContext,
): object | undefined {
  hardware.powerOff = probeSyscon(node, root, platform);
  return undefined;
}

function probeReboot(
  { node }: BusDevice,
  { hardware, platform, root }: ProbeContext,
): object | undefined {
  hardware.reboot = probeSyscon(node, root, platform);
  return undefined;
}

function probeUart(device: BusDevice, context: ProbeContext): object | undefined {
  const { hardware, platform, log } = context;
  const name = `ttyS${hardware.uarts.length}`;
  const uart = new Uart(name, platform, device.base, device.node.u32('reg-shift') ?? 0);
  hardware.uarts.push(uart);
  connect(device, uart, context);
  log(`serial: ${name} ${device.place} is a 16550A`);
  return undefined;
}

/** A window of the virtio bus, which may be empty. */
function probeTransport(window: BusDevice, context: ProbeContext): object | undefined {
  findVirtioDevice(window, context);
  return undefined;
}

/** What is behind a window becomes a device of the virtio bus. */
export function findVirtioDevice(window: BusDevice, context: ProbeContext): BusDevice | undefined {
  const id = transportOf(window, context).deviceId;
  if (id === 0) return undefined;
  const { devices } = context.hardware;
  const name = freeName('virtio', devices);
  const device = new BusDevice('virtio', name, window.node, String(id));
  devices.push(device);
  return device;
}

/** `prefix` with the lowest number that nobody has. */
function freeName(prefix: string, all: readonly { readonly name: string }[]): string {
  let index = 0;
  while (all.some(({ name }) => name === `${prefix}${index}`)) index++;
  return `${prefix}${index}`;
}

function transportOf({ base }: BusDevice, { platform, frames }: ProbeContext): VirtioTransport {
  return new VirtioTransport(platform, frames, base);
}

function probeDisk(device: BusDevice, context: ProbeContext): object | undefined {
  const { hardware, log } = context;
  const taken = new Set(hardware.disks.map(({ name }) => name));
  let index = 0;
  while (taken.has(diskName(index))) index++;
  const disk = new VirtioBlock(
    index,
    transportOf(device, context),
    context.journal,
    context.origin,
  );
  hardware.disks.push(disk);
  connect(device, disk, context);
  const size = `${disk.sectors} 512-byte sectors (${Math.round(disk.sectors / 2048)} MiB)`;
  const access = disk.isReadOnly ? ', read-only' : '';
  log(`virtio_blk ${device.name}: ${disk.name}: ${size}${access} ${device.place}`);
  return disk;
}

function removeDisk(device: BusDevice, context: ProbeContext): void {
  const { instance } = device;
  const { disks } = context.hardware;
  disconnect(device, context);
  if (!(instance instanceof VirtioBlock)) return;
  instance.remove();
  disks.splice(disks.indexOf(instance), 1);
}

function probeConsole(device: BusDevice, context: ProbeContext): object | undefined {
  const { hardware, log } = context;
  const port = new VirtioConsole(`hvc${hardware.consoles.length}`, transportOf(device, context));
  hardware.consoles.push(port);
  connect(device, port, context);
  log(`virtio_console ${device.name}: ${port.name}: ${port.columns}x${port.rows} ${device.place}`);
  return undefined;
}

function probeRng(device: BusDevice, context: ProbeContext): object | undefined {
  const { hardware, log } = context;
  const rng = new VirtioRng('hwrng', transportOf(device, context));
  hardware.rng = rng;
  connect(device, rng, context);
  log(`virtio_rng ${device.name}: hardware random number generator ${device.place}`);
  return rng;
}

function removeRng(device: BusDevice, context: ProbeContext): void {
  const { instance } = device;
  disconnect(device, context);
  if (!(instance instanceof VirtioRng)) return;
  instance.remove();
  if (context.hardware.rng === instance) context.hardware.rng = undefined;
}

function probeChannel(device: BusDevice, context: ProbeContext): object | undefined {
  const { hardware, log } = context;
  const name = freeName('9p', hardware.channels);
  const channel = new Virtio9p(name, transportOf(device, context));
  hardware.channels.push(channel);
  connect(device, channel, context);
  log(`9pnet_virtio ${device.name}: mount tag "${channel.mountTag}" ${device.place}`);
  return channel;
}

function removeChannel(device: BusDevice, context: ProbeContext): void {
  const { instance } = device;
  const { channels } = context.hardware;
  disconnect(device, context);
  if (!(instance instanceof Virtio9p)) return;
  instance.remove();
  channels.splice(channels.indexOf(instance), 1);
}

function probeHotPlug(device: BusDevice, context: ProbeContext): object | undefined {
  const controller = new HotPlugController(context.platform, device);
  context.hardware.hotPlug = controller;
  connect(device, controller, context);
  context.log(`hot-plug: ${controller.slotCount} slots ${device.place}`);
  return undefined;
}
