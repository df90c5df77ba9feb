/** Zba, address generation: unprivileged spec 20240411, chapter 29 ("B", section Zba). */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

/** rs2 + (rs1 << shift), where the .uw forms take the low word of rs1. */
const shiftAdd = (name: string, match: number, shift: number, isWord: boolean): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => {
    const index = isWord ? m.zext(m.x(i.rs1), 32) : m.x(i.rs1);
    m.setX(i.rd, m.add(m.x(i.rs2), scaled(m, index, shift)));
  },
});

function scaled<V, R>(m: Ops<V, R>, index: V, shift: number): V {
  return shift === 0 ? index : m.shl(index, m.constant(shift));
}

export const ZBA: readonly Instruction[] = [
  shiftAdd('add.uw', 0x0800003b, 0, true),
  shiftAdd('sh1add', 0x20002033, 1, false),
  shiftAdd('sh2add', 0x20004033, 2, false),
  shiftAdd('sh3add', 0x20006033, 3, false),
  shiftAdd('sh1add.uw', 0x2000203b, 1, true),
  shiftAdd('sh2add.uw', 0x2000403b, 2, true),
  shiftAdd('sh3add.uw', 0x2000603b, 3, true),
  {
    name: 'slli.uw',
    format: 'shift6',
    match: 0x0800101b,
    mask: 0xfc00707f,
    exec: (m, i) => m.setX(i.rd, m.shl(m.zext(m.x(i.rs1), 32), i.imm)),
  },
];
