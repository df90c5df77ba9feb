/** Puts a boot plan into a machine that was reset. */
import { HART } from '../hart-layout.ts';
import type { Machine } from '../machine.ts';
import type { PhysicalMemory } from '../memory.ts';
import { ImageError } from './image-error.ts';
import type { BootPlan } from './plan.ts';

/** OpenSBI's struct fw_dynamic_info (docs/firmware/fw_dynamic.md): 64-bit fields, its address in a2. */
const DYNAMIC_INFO = {
  MAGIC: 0x4942_534f /* "OSBI" */,
  VERSION: 2,
  MODE_SUPERVISOR: 1,
  BOOT_HART: 0,
} as const;
const TWO_32 = 0x1_0000_0000;
const A2 = HART.X + 12 * 8;

function writeDynamicInfo(memory: PhysicalMemory, { dynamicInfo, kernelEntry }: BootPlan): void {
  const { MAGIC, VERSION, MODE_SUPERVISOR, BOOT_HART } = DYNAMIC_INFO;
  const options = 0;
  const fields = [MAGIC, VERSION, kernelEntry, MODE_SUPERVISOR, options, BOOT_HART];
  const bytes = memory.dmaWrite(dynamicInfo, 8 * fields.length);
  if (!bytes) throw new ImageError('no RAM for the table that OpenSBI is given');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [index, field] of fields.entries()) view.setBigUint64(8 * index, BigInt(field), true);
}

/** After Machine.reset: the images are in RAM, and all harts at the entry in M-mode. */
export function loadBoot(machine: Machine, plan: BootPlan): void {
  const { memory } = machine;
  for (const { address, bytes, memoryBytes } of plan.segments) {
    memory.dmaWrite(address, bytes.length)?.set(bytes);
    const zeros = memoryBytes - bytes.length;
    memory.codeReplaced(address, memoryBytes);
    if (zeros > 0) memory.fill(address + bytes.length, 0, zeros);
  }
  writeDynamicInfo(memory, plan);
  for (const hart of machine.harts) {
    hart.setPc(plan.entry);
    hart.state.setWord(A2, plan.dynamicInfo);
    hart.state.setWord(A2 + 4, Math.floor(plan.dynamicInfo / TWO_32));
  }
}
