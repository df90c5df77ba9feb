/**
 * Compressed forms, each of which is one 32-bit instruction: C for RV64DC, which is Zca and Zcd, then Zcb and Zcmop.
 * Unprivileged spec 20240411, chapters 27 and 28; rows of C in the order of tables 32 to 34. Hints expand to what their bits say, with x0 as destination: they do nothing.
 */
import { encodeB, encodeI, encodeJ, encodeR, encodeS, encodeU } from './encode.ts';
import type { Extension } from './extensions.ts';
import type { CompressedInstruction } from './instruction.ts';

/** Match patterns of the 32-bit instructions that compressed forms stand for. */
const WORD = {
  addi: 0x13,
  addiw: 0x1b,
  lui: 0x37,
  slli: 0x1013,
  srli: 0x5013,
  srai: 0x40005013,
  andi: 0x7013,
  add: 0x33,
  sub: 0x40000033,
  xor: 0x4033,
  or: 0x6033,
  and: 0x7033,
  addw: 0x3b,
  subw: 0x4000003b,
  jal: 0x6f,
  jalr: 0x67,
  beq: 0x63,
  bne: 0x1063,
  lw: 0x2003,
  ld: 0x3003,
  sw: 0x2023,
  sd: 0x3023,
  lbu: 0x4003,
  lh: 0x1003,
  lhu: 0x5003,
  sb: 0x0023,
  sh: 0x1023,
  mul: 0x02000033,
  xori: 0x4013,
  sextB: 0x60401013,
  sextH: 0x60501013,
  zextH: 0x0800403b,
  addUw: 0x0800003b,
  fld: 0x3007,
  fsd: 0x3027,
  ebreak: 0x00100073,
} as const;

const RA = 1;
const SP = 2;

/** Register fields: full at 11:7 and 6:2; three bits, x8 to x15, at 9:7 and 4:2. */
const full = (h: number): number => (h >>> 7) & 31;
const full2 = (h: number): number => (h >>> 2) & 31;
const short1 = (h: number): number => 8 + ((h >>> 7) & 7);
const short2 = (h: number): number => 8 + ((h >>> 2) & 7);

/** `width` bits of `h` from bit `from`, placed at bit `to`. */
const field = (h: number, from: number, width: number, to: number): number =>
  ((h >>> from) & ((1 << width) - 1)) << to;
const signExtend = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/** imm[5] at 12, imm[4:0] at 6:2: also the shift amount. */
const shiftAmount = (h: number): number => field(h, 12, 1, 5) | field(h, 2, 5, 0);
const immediate6 = (h: number): number => signExtend(shiftAmount(h), 6);
/** Scaled offsets of c.lw and c.sw, and of c.ld, c.sd, c.fld, c.fsd. */
const offsetWord = (h: number): number =>
  field(h, 10, 3, 3) | field(h, 6, 1, 2) | field(h, 5, 1, 6);
const offsetDouble = (h: number): number => field(h, 10, 3, 3) | field(h, 5, 2, 6);
/** Stack-pointer relative offsets: loads, then stores. */
const offsetLoadWordSp = (h: number): number =>
  field(h, 12, 1, 5) | field(h, 4, 3, 2) | field(h, 2, 2, 6);
const offsetLoadDoubleSp = (h: number): number =>
  field(h, 12, 1, 5) | field(h, 5, 2, 3) | field(h, 2, 3, 6);
const offsetStoreWordSp = (h: number): number => field(h, 9, 4, 2) | field(h, 7, 2, 6);
const offsetStoreDoubleSp = (h: number): number => field(h, 10, 3, 3) | field(h, 7, 3, 6);
const offsetJump = (h: number): number =>
  signExtend(
    field(h, 12, 1, 11) |
      field(h, 11, 1, 4) |
      field(h, 9, 2, 8) |
      field(h, 8, 1, 10) |
      field(h, 7, 1, 6) |
      field(h, 6, 1, 7) |
      field(h, 3, 3, 1) |
      field(h, 2, 1, 5),
    12,
  );
const offsetBranch = (h: number): number =>
  signExtend(
    field(h, 12, 1, 8) |
      field(h, 10, 2, 3) |
      field(h, 5, 2, 6) |
      field(h, 3, 2, 1) |
      field(h, 2, 1, 5),
    9,
  );
/** Unsigned, scaled by 4; 0 is reserved. */
const addi4spn = (h: number): number =>
  field(h, 11, 2, 4) | field(h, 7, 4, 6) | field(h, 6, 1, 2) | field(h, 5, 1, 3);
/** Signed, scaled by 16; 0 is reserved. */
const addi16sp = (h: number): number =>
  signExtend(
    field(h, 12, 1, 9) |
      field(h, 6, 1, 4) |
      field(h, 5, 1, 6) |
      field(h, 3, 2, 7) |
      field(h, 2, 1, 5),
    10,
  );

const form = (
  name: string,
  match: number,
  mask: number,
  expand: CompressedInstruction['expand'],
  extension: Extension = 'zca',
): CompressedInstruction => ({ name, match, mask, extension, expand });

const zcd = (
  name: string,
  match: number,
  mask: number,
  expand: CompressedInstruction['expand'],
): CompressedInstruction => form(name, match, mask, expand, 'zcd');

/** c.sub and its kind: rd' = rd' op rs2'. */
const register = (name: string, match: number, word: number): CompressedInstruction =>
  form(name, match, 0xfc63, (h) => encodeR(word, short1(h), short1(h), short2(h)));

const MASK_FUNCT3 = 0xe003;
const MASK_FUNCT4 = 0xf003;

const zcb = (
  name: string,
  match: number,
  mask: number,
  expand: CompressedInstruction['expand'],
): CompressedInstruction => form(name, match, mask, expand, 'zcb');

/** Byte offset 0 to 3, and halfword offset 0 or 2. */
const offsetByte = (h: number): number => field(h, 6, 1, 0) | field(h, 5, 1, 1);
const offsetHalf = (h: number): number => field(h, 5, 1, 1);

/** Operations on one register. */
const inPlace = (
  name: string,
  match: number,
  expand: (register: number) => number,
): CompressedInstruction => zcb(name, match, 0xfc7f, (h) => expand(short1(h)));

/** Zcb: unprivileged spec 20240411, chapter 27 ("Zc*", section Zcb). */
const ZCB: readonly CompressedInstruction[] = [
  zcb('c.lbu', 0x8000, 0xfc03, (h) => encodeI(WORD.lbu, short2(h), short1(h), offsetByte(h))),
  zcb('c.lhu', 0x8400, 0xfc43, (h) => encodeI(WORD.lhu, short2(h), short1(h), offsetHalf(h))),
  zcb('c.lh', 0x8440, 0xfc43, (h) => encodeI(WORD.lh, short2(h), short1(h), offsetHalf(h))),
  zcb('c.sb', 0x8800, 0xfc03, (h) => encodeS(WORD.sb, short1(h), short2(h), offsetByte(h))),
  zcb('c.sh', 0x8c00, 0xfc43, (h) => encodeS(WORD.sh, short1(h), short2(h), offsetHalf(h))),
  inPlace('c.zext.b', 0x9c61, (rd) => encodeI(WORD.andi, rd, rd, 0xff)),
  inPlace('c.sext.b', 0x9c65, (rd) => encodeR(WORD.sextB, rd, rd, 0)),
  inPlace('c.zext.h', 0x9c69, (rd) => encodeR(WORD.zextH, rd, rd, 0)),
  inPlace('c.sext.h', 0x9c6d, (rd) => encodeR(WORD.sextH, rd, rd, 0)),
  inPlace('c.zext.w', 0x9c71, (rd) => encodeR(WORD.addUw, rd, rd, 0)),
  inPlace('c.not', 0x9c75, (rd) => encodeI(WORD.xori, rd, rd, -1)),
  zcb('c.mul', 0x9c41, 0xfc63, (h) => encodeR(WORD.mul, short1(h), short1(h), short2(h))),
];

/** Zcmop: c.mop.1 to c.mop.15, which change nothing yet. */
const ZCMOP: readonly CompressedInstruction[] = Array.from({ length: 8 }, (_, k) =>
  form(`c.mop.${2 * k + 1}`, 0x6081 | (k << 8), 0xffff, () => WORD.addi, 'zcmop'),
);

/** Where two rows match a halfword, the one with more fixed bits stands. */
export const RVC: readonly CompressedInstruction[] = [
  // Quadrant 0. The all-zero halfword, defined illegal, is a reserved c.addi4spn.
  form('c.addi4spn', 0x0000, MASK_FUNCT3, (h) =>
    addi4spn(h) === 0 ? undefined : encodeI(WORD.addi, short2(h), SP, addi4spn(h)),
  ),
  zcd('c.fld', 0x2000, MASK_FUNCT3, (h) =>
    encodeI(WORD.fld, short2(h), short1(h), offsetDouble(h)),
  ),
  form('c.lw', 0x4000, MASK_FUNCT3, (h) => encodeI(WORD.lw, short2(h), short1(h), offsetWord(h))),
  form('c.ld', 0x6000, MASK_FUNCT3, (h) => encodeI(WORD.ld, short2(h), short1(h), offsetDouble(h))),
  zcd('c.fsd', 0xa000, MASK_FUNCT3, (h) =>
    encodeS(WORD.fsd, short1(h), short2(h), offsetDouble(h)),
  ),
  form('c.sw', 0xc000, MASK_FUNCT3, (h) => encodeS(WORD.sw, short1(h), short2(h), offsetWord(h))),
  form('c.sd', 0xe000, MASK_FUNCT3, (h) => encodeS(WORD.sd, short1(h), short2(h), offsetDouble(h))),

  // Quadrant 1. c.nop is c.addi with rd = x0.
  form('c.addi', 0x0001, MASK_FUNCT3, (h) => encodeI(WORD.addi, full(h), full(h), immediate6(h))),
  form('c.addiw', 0x2001, MASK_FUNCT3, (h) =>
    full(h) === 0 ? undefined : encodeI(WORD.addiw, full(h), full(h), immediate6(h)),
  ),
  form('c.li', 0x4001, MASK_FUNCT3, (h) => encodeI(WORD.addi, full(h), 0, immediate6(h))),
  form('c.lui', 0x6001, MASK_FUNCT3, (h) =>
    immediate6(h) === 0 ? undefined : encodeU(WORD.lui, full(h), immediate6(h) << 12),
  ),
  form('c.addi16sp', 0x6101, 0xef83, (h) =>
    addi16sp(h) === 0 ? undefined : encodeI(WORD.addi, SP, SP, addi16sp(h)),
  ),
  form('c.srli', 0x8001, 0xec03, (h) => encodeI(WORD.srli, short1(h), short1(h), shiftAmount(h))),
  form('c.srai', 0x8401, 0xec03, (h) => encodeI(WORD.srai, short1(h), short1(h), shiftAmount(h))),
  form('c.andi', 0x8801, 0xec03, (h) => encodeI(WORD.andi, short1(h), short1(h), immediate6(h))),
  register('c.sub', 0x8c01, WORD.sub),
  register('c.xor', 0x8c21, WORD.xor),
  register('c.or', 0x8c41, WORD.or),
  register('c.and', 0x8c61, WORD.and),
  register('c.subw', 0x9c01, WORD.subw),
  register('c.addw', 0x9c21, WORD.addw),
  form('c.j', 0xa001, MASK_FUNCT3, (h) => encodeJ(WORD.jal, 0, offsetJump(h))),
  form('c.beqz', 0xc001, MASK_FUNCT3, (h) => encodeB(WORD.beq, short1(h), 0, offsetBranch(h))),
  form('c.bnez', 0xe001, MASK_FUNCT3, (h) => encodeB(WORD.bne, short1(h), 0, offsetBranch(h))),

  // Quadrant 2.
  form('c.slli', 0x0002, MASK_FUNCT3, (h) => encodeI(WORD.slli, full(h), full(h), shiftAmount(h))),
  zcd('c.fldsp', 0x2002, MASK_FUNCT3, (h) => encodeI(WORD.fld, full(h), SP, offsetLoadDoubleSp(h))),
  form('c.lwsp', 0x4002, MASK_FUNCT3, (h) =>
    full(h) === 0 ? undefined : encodeI(WORD.lw, full(h), SP, offsetLoadWordSp(h)),
  ),
  form('c.ldsp', 0x6002, MASK_FUNCT3, (h) =>
    full(h) === 0 ? undefined : encodeI(WORD.ld, full(h), SP, offsetLoadDoubleSp(h)),
  ),
  form('c.mv', 0x8002, MASK_FUNCT4, (h) => encodeR(WORD.add, full(h), 0, full2(h))),
  form('c.jr', 0x8002, 0xf07f, (h) =>
    full(h) === 0 ? undefined : encodeI(WORD.jalr, 0, full(h), 0),
  ),
  form('c.add', 0x9002, MASK_FUNCT4, (h) => encodeR(WORD.add, full(h), full(h), full2(h))),
  form('c.jalr', 0x9002, 0xf07f, (h) => encodeI(WORD.jalr, RA, full(h), 0)),
  form('c.ebreak', 0x9002, 0xffff, () => WORD.ebreak),
  zcd('c.fsdsp', 0xa002, MASK_FUNCT3, (h) =>
    encodeS(WORD.fsd, SP, full2(h), offsetStoreDoubleSp(h)),
  ),
  form('c.swsp', 0xc002, MASK_FUNCT3, (h) => encodeS(WORD.sw, SP, full2(h), offsetStoreWordSp(h))),
  form('c.sdsp', 0xe002, MASK_FUNCT3, (h) =>
    encodeS(WORD.sd, SP, full2(h), offsetStoreDoubleSp(h)),
  ),
  ...ZCB,
  ...ZCMOP,
];
