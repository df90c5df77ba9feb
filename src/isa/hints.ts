/**
 * Hints that have names: Zihintpause and Zihintntl (unprivileged spec 20240411, chapters 9 and 10), Zicbop (chapter 20). The
 * instructions that they are encoded as do nothing either; the rows are for the disassembler.
 */
import type { Instruction } from './instruction.ts';

export const ZIHINTPAUSE: readonly Instruction[] = [
  { name: 'pause', format: 'none', match: 0x0100000f, mask: 0xffffffff, exec: (m) => m.fence() },
];

/** add x0, x0, x2 to x5: where the next access's data will not be used again. */
export const ZIHINTNTL: readonly Instruction[] = ['p1', 'pall', 's1', 'all'].map(
  (level, index) => ({
    name: `ntl.${level}`,
    format: 'none',
    match: 0x33 | ((2 + index) << 20),
    mask: 0xffffffff,
    exec: () => undefined,
  }),
);

/** ori x0, rs1, offset: what an address will be used for. No fault is ever taken. */
export const ZICBOP: readonly Instruction[] = (
  [
    ['i', 0],
    ['r', 1],
    ['w', 3],
  ] as const
).map(([use, field]) => ({
  name: `prefetch.${use}`,
  format: 'S',
  match: 0x6013 | (field << 20),
  mask: 0x01f07fff,
  assembly: 'imm(x1)',
  exec: () => undefined,
}));
