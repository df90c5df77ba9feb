/** Zimop, operations that may get a meaning later and give 0 until then: unprivileged spec 20240411, chapter 14 of RVA23. */
import type { Instruction } from './instruction.ts';

/** The number's bits lie at 30 and 27:26, and of the one-register forms also at 21:20. */
const spread = (n: number): number => (((n >> 2) & 1) << 30) | ((n & 3) << 26);

export const ZIMOP: readonly Instruction[] = [
  ...Array.from(
    { length: 32 },
    (_, n): Instruction => ({
      name: `mop.r.${n}`,
      format: 'R',
      match: (0x81c04073 | spread(n >> 2) | ((n & 3) << 20)) >>> 0,
      mask: 0xfff0707f,
      assembly: 'xd,x1',
      exec: (m, i) => m.setX(i.rd, m.constant(0)),
    }),
  ),
  ...Array.from(
    { length: 8 },
    (_, n): Instruction => ({
      name: `mop.rr.${n}`,
      format: 'R',
      match: (0x82004073 | spread(n)) >>> 0,
      mask: 0xfe00707f,
      exec: (m, i) => m.setX(i.rd, m.constant(0)),
    }),
  ),
];
