/** Zicond, conditional zero: unprivileged spec 20240411, chapter 11. */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

const row = (
  name: string,
  match: number,
  isZeroed: <V, R>(m: Ops<V, R>, condition: V) => V,
): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, m.select(isZeroed(m, m.x(i.rs2)), m.constant(0), m.x(i.rs1))),
});

export const ZICOND: readonly Instruction[] = [
  row('czero.eqz', 0x0e005033, (m, condition) => m.eq(condition, m.constant(0))),
  row('czero.nez', 0x0e007033, (m, condition) => m.ne(condition, m.constant(0))),
];
