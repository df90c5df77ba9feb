/**
 * Zicbom and Zicboz, cache blocks of 64 bytes: unprivileged spec 20240411, chapter 20. Memory is coherent with devices and
 * there is no cache, so that management only has to ask for permission.
 */
import type { Instruction } from './instruction.ts';
import type { BlockManagement } from './ops.ts';

const MASK = 0xfff07fff;

const manage = (operation: BlockManagement, match: number): Instruction => ({
  name: `cbo.${operation}`,
  format: 'I',
  match,
  mask: MASK,
  assembly: '(x1)',
  ends: 'system',
  exec: (m, i) => m.manageBlock(operation, m.x(i.rs1)),
});

export const ZICBOM: readonly Instruction[] = [
  manage('inval', 0x0000200f),
  manage('clean', 0x0010200f),
  manage('flush', 0x0020200f),
];

export const ZICBOZ: readonly Instruction[] = [
  {
    name: 'cbo.zero',
    format: 'I',
    match: 0x0040200f,
    mask: MASK,
    assembly: '(x1)',
    exec: (m, i) => m.zeroBlock(m.x(i.rs1)),
  },
];
