/** Zifencei: unprivileged spec 20240411, chapter 5. */
import type { Instruction } from './instruction.ts';

export const ZIFENCEI: readonly Instruction[] = [
  {
    // imm, rs1 and rd are reserved for finer-grain fences, to be ignored.
    name: 'fence.i',
    format: 'none',
    match: 0x100f,
    mask: 0x707f,
    ends: 'system',
    exec: (m) => m.fenceI(),
  },
];
