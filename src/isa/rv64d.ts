/** D extension, double precision: unprivileged spec 20240411, chapter 21. */
import { floatRows } from './float-rows.ts';
import type { Instruction } from './instruction.ts';

export const RV64D: readonly Instruction[] = [
  {
    name: 'fld',
    format: 'I',
    match: 0x3007,
    mask: 0x707f,
    float: true,
    assembly: 'fd,imm(x1)',
    exec: (m, i) => m.setF(i.rd, m.load(m.add(m.x(i.rs1), i.imm), 8, false)),
  },
  {
    name: 'fsd',
    format: 'S',
    match: 0x3027,
    mask: 0x707f,
    float: true,
    assembly: 'f2,imm(x1)',
    exec: (m, i) => m.store(m.add(m.x(i.rs1), i.imm), 8, m.f(i.rs2)),
  },
  ...floatRows('d'),
  {
    name: 'fcvt.s.d',
    format: 'fp',
    match: 0x40100053,
    mask: 0xfff0007f,
    float: true,
    assembly: 'fd,f1,rm',
    exec: (m, i) => m.setFSingle(i.rd, m.floatConvert('d', 's', i.rm, m.f(i.rs1))),
  },
  {
    name: 'fcvt.d.s',
    format: 'fp',
    match: 0x42000053,
    mask: 0xfff0007f,
    float: true,
    assembly: 'fd,f1,rm?',
    exec: (m, i) => m.setF(i.rd, m.floatConvert('s', 'd', i.rm, m.fSingle(i.rs1))),
  },
  {
    name: 'fmv.x.d',
    format: 'R',
    match: 0xe2000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'xd,f1',
    exec: (m, i) => m.setX(i.rd, m.f(i.rs1)),
  },
  {
    name: 'fmv.d.x',
    format: 'R',
    match: 0xf2000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'fd,x1',
    exec: (m, i) => m.setF(i.rd, m.x(i.rs1)),
  },
];
