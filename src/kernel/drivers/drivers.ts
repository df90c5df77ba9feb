/** THE driver table: which driver serves which device-tree node, and the devices that were found. */
import type { FrameSource } from '../../fs/page-frames.ts';
import type { Platform } from '../../platform/platform.ts';
import type { DeviceNode } from './device-tree.ts';
import { type InterruptTarget, type Plic, probePlic } from './plic.ts';
import { GoldfishRtc } from './rtc-goldfish.ts';
import { probeSyscon, type SysconPower } from './syscon-power.ts';
import { Uart } from './uart.ts';
import { VirtioTransport } from './virtio.ts';
import { Virtio9p } from './virtio-9p.ts';
import { VirtioBlock } from './virtio-block.ts';
import { VirtioConsole } from './virtio-console.ts';
import { VirtioRng } from './virtio-rng.ts';

/** The devices of this machine, by kind, in the order of the device tree. */
export class Hardware {
  plic: Plic | undefined;
  rtc: GoldfishRtc | undefined;
  rng: VirtioRng | undefined;
  powerOff: SysconPower | undefined;
  reboot: SysconPower | undefined;
  readonly uarts: Uart[] = [];
  readonly consoles: VirtioConsole[] = [];
  readonly disks: VirtioBlock[] = [];
  readonly channels: Virtio9p[] = [];
}

/** What a driver may use while it is probed. */
export interface ProbeContext {
  readonly platform: Platform;
  readonly frames: FrameSource;
  readonly root: DeviceNode;
  readonly hardware: Hardware;
  /** A line for dmesg. */
  log(text: string): void;
}

interface DriverRow {
  readonly compatible: string;
  probe(node: DeviceNode, context: ProbeContext): void;
}

/** In the order in which classes of devices come up: the interrupt controller first. */
const DRIVERS: readonly DriverRow[] = [
  { compatible: 'riscv,plic0', probe: probeInterruptController },
  { compatible: 'google,goldfish-rtc', probe: probeRtc },
  { compatible: 'syscon-poweroff', probe: probePowerOff },
  { compatible: 'syscon-reboot', probe: probeReboot },
  { compatible: 'ns16550a', probe: probeUart },
  { compatible: 'virtio,mmio', probe: probeVirtio },
];

/** By virtio device type (virtio 1.2 section 5). */
const VIRTIO_DRIVERS: Readonly<
  Record<number, (transport: VirtioTransport, context: ProbeContext) => InterruptTarget>
> = {
  2: (transport, { hardware, log }) => {
    const disk = new VirtioBlock(hardware.disks.length, transport);
    hardware.disks.push(disk);
    const size = `${disk.sectors} 512-byte sectors (${Math.round(disk.sectors / 2048)} MiB)`;
    log(`virtio_blk: ${disk.name}: ${size}${disk.isReadOnly ? ', read-only' : ''}`);
    return disk;
  },
  3: (transport, { hardware, log }) => {
    const port = new VirtioConsole(`hvc${hardware.consoles.length}`, transport);
    hardware.consoles.push(port);
    log(`virtio_console: ${port.name}: ${port.columns}x${port.rows}`);
    return port;
  },
  4: (transport, { hardware, log }) => {
    const rng = new VirtioRng('hwrng', transport);
    hardware.rng = rng;
    log('virtio_rng: hardware random number generator');
    return rng;
  },
  9: (transport, { hardware, log }) => {
    const channel = new Virtio9p(`9p${hardware.channels.length}`, transport);
    hardware.channels.push(channel);
    log(`9pnet_virtio: mount tag "${channel.mountTag}"`);
    return channel;
  },
};

/** Find and start the devices of the tree below `root`. */
export function probeDevices(
  root: DeviceNode,
  platform: Platform,
  frames: FrameSource,
  log: (text: string) => void,
): Hardware {
  const hardware = new Hardware();
  const context: ProbeContext = { platform, frames, root, hardware, log };
  for (const row of DRIVERS) {
    for (const node of root.walk()) {
      if (node.isCompatible(row.compatible)) row.probe(node, context);
    }
  }
  return hardware;
}

/** Connect a device to the line that its node names. */
function connect(node: DeviceNode, target: InterruptTarget, { hardware }: ProbeContext): void {
  const line = node.u32('interrupts') ?? node.cells('interrupts-extended')[1];
  if (line !== undefined) hardware.plic?.connect(line, target);
}

function probeInterruptController(node: DeviceNode, context: ProbeContext): void {
  context.hardware.plic = probePlic(node, context.platform);
  const sources = node.u32('riscv,ndev') ?? 0;
  context.log(`plic: ${node.name}: mapped ${sources} interrupts`);
}

function probeRtc(node: DeviceNode, { hardware, platform, log }: ProbeContext): void {
  hardware.rtc = new GoldfishRtc(platform, node.regions()[0]?.address ?? 0);
  const now = new Date(hardware.rtc.now().seconds * 1000).toISOString();
  log(`goldfish_rtc: setting system clock to ${now.slice(0, 19)} UTC`);
}

function probePowerOff(node: DeviceNode, { hardware, platform, root }: ProbeContext): void {
  hardware.powerOff = probeSyscon(node, root, platform);
}

function probeReboot(node: DeviceNode, { hardware, platform, root }: ProbeContext): void {
  hardware.reboot = probeSyscon(node, root, platform);
}

function probeUart(node: DeviceNode, context: ProbeContext): void {
  const { hardware, platform, log } = context;
  const base = node.regions()[0]?.address ?? 0;
  const name = `ttyS${hardware.uarts.length}`;
  const uart = new Uart(name, platform, base, node.u32('reg-shift') ?? 0);
  hardware.uarts.push(uart);
  connect(node, uart, context);
  log(`serial: ${name} at MMIO 0x${base.toString(16)} is a 16550A`);
}

function probeVirtio(node: DeviceNode, context: ProbeContext): void {
  const base = node.regions()[0]?.address ?? 0;
  const transport = new VirtioTransport(context.platform, context.frames, base);
  const id = transport.deviceId;
  const driver = VIRTIO_DRIVERS[id];
  if (driver) connect(node, driver(transport, context), context);
  else if (id !== 0) context.log(`virtio: no driver for device type ${id} at ${node.path}`);
}
