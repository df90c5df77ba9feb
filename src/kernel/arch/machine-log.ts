/** The first lines of the log: what the kernel was started on. */

import type { Platform } from '../../platform/platform.ts';
import { type DeviceNode, parseDeviceTree } from '../drivers/device-tree.ts';
import type { Kernel } from '../kernel.ts';

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Where the reset vector has the first address after it, and that of the device tree: low words. */
const ROM_START = 24;
const ROM_DEVICE_TREE = 32;

/** ROM, firmware, command line, memory, harts, clock; devices follow as they are found. */
export function announceMachine(kernel: Kernel): void {
  const { platform, ram, harts } = kernel.arch;
  const tree = parseDeviceTree(platform.deviceTree);
  const { name, specificationVersion, implementationId, implementationVersion } = platform.firmware;
  const major = (specificationVersion >>> 24) & 0x7f;
  const print = (text: string): void => kernel.printk(text);
  print(`Machine model: ${tree.string('model') ?? 'unknown'}`);
  for (const rom of [...tree.walk()].filter((node) => node.isCompatible('hartix,boot-rom')))
    print(romText(platform, rom));
  print(`SBI specification v${major}.${specificationVersion & 0xff_ffff} detected`);
  print(
    `SBI implementation ID=${hex(implementationId)} Version=${hex(implementationVersion)} (${name})`,
  );
  print(`Command line: ${kernel.commandLine.text}`);
  const end = ram.base + ram.size - 1;
  print(
    `Memory: ${Math.round(ram.size / 1024)}K at [mem ${hex(ram.base)}-${hex(end)}], ${kernel.frames.free} frames free`,
  );
  for (const hart of hartsOf(tree)) {
    const mmu = hart.string('mmu-type')?.replace('riscv,', '') ?? 'bare';
    print(`hart ${hart.u32('reg') ?? 0}: ${hart.string('riscv,isa') ?? 'rv64i'}, ${mmu}`);
  }
  print(`smp: Brought up ${harts} hart${harts === 1 ? '' : 's'}`);
  print(`clocksource: riscv_clocksource at ${platform.timebaseHz} Hz`);
}

/** What the ROM says about the way here. */
function romText(platform: Platform, rom: DeviceNode): string {
  const [{ address, size } = { address: 0, size: 0 }] = rom.regions();
  const word = (offset: number): string => hex(platform.readMmio(address + offset, 4) >>> 0);
  const place = `[mem ${hex(address)}-${hex(address + size - 1)}]`;
  return `Boot ROM: ${place}, reset vector to ${word(ROM_START)}, device tree at ${word(ROM_DEVICE_TREE)}`;
}

function hartsOf(tree: DeviceNode): DeviceNode[] {
  const cpus = tree.child('cpus')?.children ?? [];
  return cpus.filter((node) => node.string('device_type') === 'cpu');
}
