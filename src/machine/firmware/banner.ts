/** What firmware says before the supervisor starts: the machine as it found it. */
import type { Isa } from '../../isa/extensions.ts';
import { SATP_MODE } from '../../isa/sv39.ts';
import type { BootPlan } from '../boot/plan.ts';
import type { DeviceRow } from '../devices.ts';
import type { Machine } from '../machine.ts';
import { SBI_SPECIFICATION_VERSION } from './sbi.ts';

const MIB = 1024 * 1024;
const MMU_NAMES: Readonly<Record<number, string>> = {
  [SATP_MODE.SV39]: 'sv39',
  [SATP_MODE.SV48]: 'sv48',
  [SATP_MODE.SV57]: 'sv57',
};

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Lines that end in CR and LF: no terminal driver adds the former. */
export function banner(
  machine: Machine,
  isa: Isa,
  devices: readonly DeviceRow[],
  plan: BootPlan,
): string {
  const { harts, memory, deviceTreeAddress } = machine;
  const [boot] = harts;
  const version = `${SBI_SPECIFICATION_VERSION >>> 24}.${SBI_SPECIFICATION_VERSION & 0xff_ffff}`;
  const names = devices.map(({ name, base, irq }) => {
    const interrupt = irq === 0 ? '' : ` (irq ${irq})`;
    return `${name}@${base.toString(16)}${interrupt}`;
  });
  const rows = [
    `Hartix firmware, SBI ${version}`,
    `harts    ${harts.length}: ${isa.text}, ${MMU_NAMES[boot?.maxSatpMode ?? 0] ?? 'bare'}`,
    `memory   ${memory.size / MIB} MiB at ${hex(memory.base)}`,
    `devices  ${names.join(', ')}`,
    `next     S-mode at ${hex(plan.entry)}, device tree at ${hex(deviceTreeAddress)}`,
  ];
  return `\r\n${rows.join('\r\n')}\r\n\r\n`;
}
