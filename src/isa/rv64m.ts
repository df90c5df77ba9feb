/** M extension and its part Zmmul, integer multiplication and division: unprivileged spec 20240411, chapter 13. */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

type Binary = <V, R>(m: Ops<V, R>, a: V, b: V) => V;

const row = (name: string, match: number, result: Binary): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
});

// The 64-bit operations on extended words give the specified 32-bit results also for a zero divisor and for overflow.
const divw: Binary = (m, a, b) => m.sext(m.div(m.sext(a, 32), m.sext(b, 32)), 32);
const divuw: Binary = (m, a, b) => m.sext(m.divu(m.zext(a, 32), m.zext(b, 32)), 32);
const remw: Binary = (m, a, b) => m.sext(m.rem(m.sext(a, 32), m.sext(b, 32)), 32);
const remuw: Binary = (m, a, b) => m.sext(m.remu(m.zext(a, 32), m.zext(b, 32)), 32);

export const ZMMUL: readonly Instruction[] = [
  row('mul', 0x02000033, (m, a, b) => m.mul(a, b)),
  row('mulh', 0x02001033, (m, a, b) => m.mulh(a, b)),
  row('mulhsu', 0x02002033, (m, a, b) => m.mulhsu(a, b)),
  row('mulhu', 0x02003033, (m, a, b) => m.mulhu(a, b)),
  row('mulw', 0x0200003b, (m, a, b) => m.sext(m.mul(a, b), 32)),
];

/** What M adds to Zmmul. */
export const RV64M: readonly Instruction[] = [
  row('div', 0x02004033, (m, a, b) => m.div(a, b)),
  row('divu', 0x02005033, (m, a, b) => m.divu(a, b)),
  row('rem', 0x02006033, (m, a, b) => m.rem(a, b)),
  row('remu', 0x02007033, (m, a, b) => m.remu(a, b)),
  row('divw', 0x0200403b, divw),
  row('divuw', 0x0200503b, divuw),
  row('remw', 0x0200603b, remw),
  row('remuw', 0x0200703b, remuw),
];
