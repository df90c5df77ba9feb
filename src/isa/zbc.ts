/** Zbc, carry-less multiplication: unprivileged spec 20240411, chapter 29 ("B", section Zbc). */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

const row = (
  name: string,
  match: number,
  result: <V, R>(m: Ops<V, R>, a: V, b: V) => V,
): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
});

export const ZBC: readonly Instruction[] = [
  row('clmul', 0x0a001033, (m, a, b) => m.carrylessMultiply(a, b)),
  row('clmulh', 0x0a003033, (m, a, b) => m.carrylessMultiplyHigh(a, b)),
  // Bits 126 to 63 of the product.
  row('clmulr', 0x0a002033, (m, a, b) =>
    m.or(
      m.shl(m.carrylessMultiplyHigh(a, b), m.constant(1)),
      m.shrU(m.carrylessMultiply(a, b), m.constant(63)),
    ),
  ),
];
