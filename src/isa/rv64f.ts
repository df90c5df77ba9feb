/** F extension, single precision: unprivileged spec 20240411, chapter 20. */
import { floatRows } from './float-rows.ts';
import type { Instruction } from './instruction.ts';

export const RV64F: readonly Instruction[] = [
  {
    name: 'flw',
    format: 'I',
    match: 0x2007,
    mask: 0x707f,
    float: true,
    assembly: 'fd,imm(x1)',
    exec: (m, i) => m.setFSingle(i.rd, m.load(m.add(m.x(i.rs1), i.imm), 4, false)),
  },
  {
    // Moves the low bits, whether they are boxed or not.
    name: 'fsw',
    format: 'S',
    match: 0x2027,
    mask: 0x707f,
    float: true,
    assembly: 'f2,imm(x1)',
    exec: (m, i) => m.store(m.add(m.x(i.rs1), i.imm), 4, m.f(i.rs2)),
  },
  ...floatRows('s'),
  {
    name: 'fmv.x.w',
    format: 'R',
    match: 0xe0000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'xd,f1',
    exec: (m, i) => m.setX(i.rd, m.sext(m.f(i.rs1), 32)),
  },
  {
    name: 'fmv.w.x',
    format: 'R',
    match: 0xf0000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'fd,x1',
    exec: (m, i) => m.setFSingle(i.rd, m.zext(m.x(i.rs1), 32)),
  },
];
