/** Zacas, compare and swap, and Zabha, atomics of bytes and halfwords: unprivileged spec 20240411, chapters 16 and 17. */
import type { Instruction } from './instruction.ts';
import type { AmoSize } from './ops.ts';
import { AMO_MASK, amo } from './rv64a.ts';

const compareAndSwap = (size: AmoSize): Instruction => ({
  name: `amocas.${'bhwd'.charAt(Math.log2(size))}`,
  format: 'amo',
  match: 0x2800002f | (Math.log2(size) << 12),
  mask: AMO_MASK,
  exec: (m, i) => m.setX(i.rd, m.compareAndSwap(m.x(i.rs1), size, m.x(i.rd), m.x(i.rs2))),
});

export const ZACAS: readonly Instruction[] = [
  compareAndSwap(4),
  compareAndSwap(8),
  {
    // Odd numbers of rd and rs2 are reserved.
    name: 'amocas.q',
    format: 'amo',
    match: 0x2800402f,
    mask: AMO_MASK | (1 << 20) | (1 << 7),
    ends: 'system',
    exec: (m, i) =>
      m.setXPair(i.rd, m.compareAndSwapPair(m.x(i.rs1), m.xPair(i.rd), m.xPair(i.rs2))),
  },
];

export const ZABHA: readonly Instruction[] = [
  ...amo('swap', 0x08000000, [1, 2]),
  ...amo('add', 0x00000000, [1, 2]),
  ...amo('xor', 0x20000000, [1, 2]),
  ...amo('and', 0x60000000, [1, 2]),
  ...amo('or', 0x40000000, [1, 2]),
  ...amo('min', 0x80000000, [1, 2]),
  ...amo('max', 0xa0000000, [1, 2]),
  ...amo('minu', 0xc0000000, [1, 2]),
  ...amo('maxu', 0xe0000000, [1, 2]),
  { ...compareAndSwap(1), needs: ['zacas'] },
  { ...compareAndSwap(2), needs: ['zacas'] },
];
