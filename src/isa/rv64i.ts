/** RV32I and RV64I base integer instructions: unprivileged spec 20240411, chapters 2 and 4. */
import type { Instruction } from './instruction.ts';
import type { AccessSize, Ops } from './ops.ts';
import { CAUSE } from './trap.ts';

type Binary = <V, R>(m: Ops<V, R>, a: V, b: V) => V;

const MASK_FUNCT3 = 0x0000707f;
const MASK_FUNCT7 = 0xfe00707f;
/** Shifts of 64-bit values: bit 25 belongs to the shift amount. */
const MASK_FUNCT6 = 0xfc00707f;

const register = (name: string, match: number, result: Binary): Instruction => ({
  name,
  format: 'R',
  match,
  mask: MASK_FUNCT7,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
});

const immediate = (name: string, match: number, result: Binary): Instruction => ({
  name,
  format: 'I',
  match,
  mask: MASK_FUNCT3,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), i.imm)),
});

const shift = (name: string, bits: 5 | 6, match: number, result: Binary): Instruction => ({
  name,
  format: bits === 6 ? 'shift6' : 'shift5',
  match,
  mask: bits === 6 ? MASK_FUNCT6 : MASK_FUNCT7,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), i.imm)),
});

const branch = (name: string, match: number, condition: Binary): Instruction => ({
  name,
  format: 'B',
  match,
  mask: MASK_FUNCT3,
  ends: 'block',
  exec: (m, i) => m.branch(condition(m, m.x(i.rs1), m.x(i.rs2)), i.imm),
});

const load = (name: string, match: number, size: AccessSize, signed: boolean): Instruction => ({
  name,
  format: 'I',
  match,
  mask: MASK_FUNCT3,
  assembly: 'xd,imm(x1)',
  exec: (m, i) => m.setX(i.rd, m.load(m.add(m.x(i.rs1), i.imm), size, signed)),
});

const store = (name: string, match: number, size: AccessSize): Instruction => ({
  name,
  format: 'S',
  match,
  mask: MASK_FUNCT3,
  exec: (m, i) => m.store(m.add(m.x(i.rs1), i.imm), size, m.x(i.rs2)),
});

// The shift amount of the word forms is the low five bits of rs2.
const sllw: Binary = (m, a, b) => m.sext(m.shl(a, m.and(b, m.constant(31))), 32);
const srlw: Binary = (m, a, b) => m.sext(m.shrU(m.zext(a, 32), m.and(b, m.constant(31))), 32);
const sraw: Binary = (m, a, b) => m.shrS(m.sext(a, 32), m.and(b, m.constant(31)));

export const RV64I: readonly Instruction[] = [
  {
    name: 'lui',
    format: 'U',
    match: 0x37,
    mask: 0x7f,
    exec: (m, i) => m.setX(i.rd, i.imm),
  },
  {
    name: 'auipc',
    format: 'U',
    match: 0x17,
    mask: 0x7f,
    exec: (m, i) => m.setX(i.rd, m.add(m.pc(), i.imm)),
  },
  {
    name: 'jal',
    format: 'J',
    match: 0x6f,
    mask: 0x7f,
    ends: 'block',
    exec: (m, i) => {
      m.setX(i.rd, m.nextPc());
      m.jump(i.imm);
    },
  },
  {
    name: 'jalr',
    format: 'I',
    match: 0x67,
    mask: MASK_FUNCT3,
    assembly: 'xd,imm(x1)',
    ends: 'block',
    exec: (m, i) => {
      // The target is taken before the link is written: rd may be rs1.
      const target = m.let(m.and(m.add(m.x(i.rs1), i.imm), m.constant(-2)));
      m.setX(i.rd, m.nextPc());
      m.jumpIndirect(target);
    },
  },
  branch('beq', 0x0063, (m, a, b) => m.eq(a, b)),
  branch('bne', 0x1063, (m, a, b) => m.ne(a, b)),
  branch('blt', 0x4063, (m, a, b) => m.ltS(a, b)),
  branch('bge', 0x5063, (m, a, b) => m.geS(a, b)),
  branch('bltu', 0x6063, (m, a, b) => m.ltU(a, b)),
  branch('bgeu', 0x7063, (m, a, b) => m.geU(a, b)),

  load('lb', 0x0003, 1, true),
  load('lh', 0x1003, 2, true),
  load('lw', 0x2003, 4, true),
  load('ld', 0x3003, 8, true),
  load('lbu', 0x4003, 1, false),
  load('lhu', 0x5003, 2, false),
  load('lwu', 0x6003, 4, false),
  store('sb', 0x0023, 1),
  store('sh', 0x1023, 2),
  store('sw', 0x2023, 4),
  store('sd', 0x3023, 8),

  immediate('addi', 0x0013, (m, a, b) => m.add(a, b)),
  immediate('slti', 0x2013, (m, a, b) => m.ltS(a, b)),
  immediate('sltiu', 0x3013, (m, a, b) => m.ltU(a, b)),
  immediate('xori', 0x4013, (m, a, b) => m.xor(a, b)),
  immediate('ori', 0x6013, (m, a, b) => m.or(a, b)),
  immediate('andi', 0x7013, (m, a, b) => m.and(a, b)),
  shift('slli', 6, 0x00001013, (m, a, b) => m.shl(a, b)),
  shift('srli', 6, 0x00005013, (m, a, b) => m.shrU(a, b)),
  shift('srai', 6, 0x40005013, (m, a, b) => m.shrS(a, b)),

  register('add', 0x00000033, (m, a, b) => m.add(a, b)),
  register('sub', 0x40000033, (m, a, b) => m.sub(a, b)),
  register('sll', 0x00001033, (m, a, b) => m.shl(a, b)),
  register('slt', 0x00002033, (m, a, b) => m.ltS(a, b)),
  register('sltu', 0x00003033, (m, a, b) => m.ltU(a, b)),
  register('xor', 0x00004033, (m, a, b) => m.xor(a, b)),
  register('srl', 0x00005033, (m, a, b) => m.shrU(a, b)),
  register('sra', 0x40005033, (m, a, b) => m.shrS(a, b)),
  register('or', 0x00006033, (m, a, b) => m.or(a, b)),
  register('and', 0x00007033, (m, a, b) => m.and(a, b)),

  immediate('addiw', 0x001b, (m, a, b) => m.sext(m.add(a, b), 32)),
  shift('slliw', 5, 0x0000101b, (m, a, b) => m.sext(m.shl(a, b), 32)),
  shift('srliw', 5, 0x0000501b, (m, a, b) => m.sext(m.shrU(m.zext(a, 32), b), 32)),
  shift('sraiw', 5, 0x4000501b, (m, a, b) => m.shrS(m.sext(a, 32), b)),
  register('addw', 0x0000003b, (m, a, b) => m.sext(m.add(a, b), 32)),
  register('subw', 0x4000003b, (m, a, b) => m.sext(m.sub(a, b), 32)),
  register('sllw', 0x0000103b, sllw),
  register('srlw', 0x0000503b, srlw),
  register('sraw', 0x4000503b, sraw),

  {
    // Reserved fields are to be taken as a full fence, or as more than they ask for.
    name: 'fence',
    format: 'fence',
    match: 0x0f,
    mask: MASK_FUNCT3,
    exec: (m, { imm }) => m.fence(imm),
  },
  {
    name: 'ecall',
    format: 'none',
    match: 0x00000073,
    mask: 0xffffffff,
    ends: 'block',
    exec: (m) => m.environmentCall(),
  },
  {
    name: 'ebreak',
    format: 'none',
    match: 0x00100073,
    mask: 0xffffffff,
    ends: 'block',
    exec: (m) => m.trap(CAUSE.BREAKPOINT, m.pc()),
  },
];
