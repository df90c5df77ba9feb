/** The first lines of the log: what the kernel was started on. */
import { type DeviceNode, parseDeviceTree } from '../drivers/device-tree.ts';
import type { Kernel } from '../kernel.ts';

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Firmware, command line, memory, harts, clock; devices follow as they are found. */
export function announceMachine(kernel: Kernel): void {
  const { platform, ram, harts } = kernel.arch;
  const tree = parseDeviceTree(platform.deviceTree);
  const { name, specificationVersion, implementationId, implementationVersion } = platform.firmware;
  const major = (specificationVersion >>> 24) & 0x7f;
  const print = (text: string): void => kernel.printk(text);
  print(`Machine model: ${tree.string('model') ?? 'unknown'}`);
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

function hartsOf(tree: DeviceNode): DeviceNode[] {
  const cpus = tree.child('cpus')?.children ?? [];
  return cpus.filter((node) => node.string('device_type') === 'cpu');
}
