/** A extension, which is Zalrsc (LR/SC) and Zaamo (AMOs): unprivileged spec 20240411, chapter 14. The aq and rl bits are free: all is in order here. */
import type { Instruction } from './instruction.ts';
import type { AmoOperation, AmoSize } from './ops.ts';

export const AMO_MASK = 0xf800707f;
const MASK_NO_RS2 = 0xf9f0707f;

/** funct3 is the binary logarithm of the size. */
export const amo = (
  operation: AmoOperation,
  match: number,
  sizes: readonly AmoSize[] = [4, 8],
): readonly Instruction[] =>
  sizes.map((size) => ({
    name: `amo${operation}.${'bhwd'.charAt(Math.log2(size))}`,
    format: 'amo',
    match: (match | 0x2f | (Math.log2(size) << 12)) >>> 0,
    mask: AMO_MASK,
    exec: (m, i) => m.setX(i.rd, m.amo(operation, m.x(i.rs1), size, m.x(i.rs2))),
  }));

const loadReserved = (name: string, match: number, size: 4 | 8): Instruction => ({
  name,
  format: 'amo',
  match,
  mask: MASK_NO_RS2,
  assembly: 'xd,(x1)',
  exec: (m, i) => m.setX(i.rd, m.loadReserved(m.x(i.rs1), size)),
});

const storeConditional = (name: string, match: number, size: 4 | 8): Instruction => ({
  name,
  format: 'amo',
  match,
  mask: AMO_MASK,
  exec: (m, i) => m.setX(i.rd, m.storeConditional(m.x(i.rs1), size, m.x(i.rs2))),
});

export const ZALRSC: readonly Instruction[] = [
  loadReserved('lr.w', 0x1000202f, 4),
  loadReserved('lr.d', 0x1000302f, 8),
  storeConditional('sc.w', 0x1800202f, 4),
  storeConditional('sc.d', 0x1800302f, 8),
];

export const ZAAMO: readonly Instruction[] = [
  ...amo('swap', 0x08000000),
  ...amo('add', 0x00000000),
  ...amo('xor', 0x20000000),
  ...amo('and', 0x60000000),
  ...amo('or', 0x40000000),
  ...amo('min', 0x80000000),
  ...amo('max', 0xa0000000),
  ...amo('minu', 0xc0000000),
  ...amo('maxu', 0xe0000000),
];
