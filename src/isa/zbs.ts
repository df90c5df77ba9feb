/** Zbs, single bits: unprivileged spec 20240411, chapter 29 ("B", section Zbs). */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

type Binary = <V, R>(m: Ops<V, R>, a: V, position: V) => V;

/** The form with the bit's number in rs2, and that with an immediate. */
const rows = (name: string, match: number, result: Binary): readonly Instruction[] => [
  {
    name,
    format: 'R',
    match: match | 0x33,
    mask: 0xfe00707f,
    exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
  },
  {
    name: `${name}i`,
    format: 'shift6',
    match: match | 0x13,
    mask: 0xfc00707f,
    exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), i.imm)),
  },
];

const bit = <V, R>(m: Ops<V, R>, position: V): V => m.shl(m.constant(1), position);

export const ZBS: readonly Instruction[] = [
  ...rows('bclr', 0x48001000, (m, a, b) => m.and(a, m.xor(bit(m, b), m.constant(-1)))),
  ...rows('bext', 0x48005000, (m, a, b) => m.and(m.shrU(a, b), m.constant(1))),
  ...rows('binv', 0x68001000, (m, a, b) => m.xor(a, bit(m, b))),
  ...rows('bset', 0x28001000, (m, a, b) => m.or(a, bit(m, b))),
];
