/** A few instructions as words, by assembler name, for hand-made test programs. */
import { encodeB, encodeI, encodeJ, encodeR, encodeS, encodeU } from '../../src/isa/encode.ts';

export const addi = (rd: number, rs1: number, imm: number): number => encodeI(0x13, rd, rs1, imm);
export const add = (rd: number, rs1: number, rs2: number): number => encodeR(0x33, rd, rs1, rs2);
export const lui = (rd: number, imm: number): number => encodeU(0x37, rd, imm);
export const auipc = (rd: number, imm: number): number => encodeU(0x17, rd, imm);
export const ld = (rd: number, offset: number, rs1: number): number =>
  encodeI(0x3003, rd, rs1, offset);
export const sd = (rs2: number, offset: number, rs1: number): number =>
  encodeS(0x3023, rs1, rs2, offset);
export const sw = (rs2: number, offset: number, rs1: number): number =>
  encodeS(0x2023, rs1, rs2, offset);
export const beq = (rs1: number, rs2: number, offset: number): number =>
  encodeB(0x63, rs1, rs2, offset);
export const bne = (rs1: number, rs2: number, offset: number): number =>
  encodeB(0x1063, rs1, rs2, offset);
export const jal = (rd: number, offset: number): number => encodeJ(0x6f, rd, offset);
export const jalr = (rd: number, offset: number, rs1: number): number =>
  encodeI(0x67, rd, rs1, offset);
export const amoaddW = (rd: number, rs2: number, rs1: number): number =>
  encodeR(0x202f, rd, rs1, rs2);
export const csrrs = (rd: number, csr: number, rs1: number): number =>
  ((csr << 20) | encodeI(0x2073, rd, rs1, 0)) >>> 0;
export const csrrw = (rd: number, csr: number, rs1: number): number =>
  ((csr << 20) | encodeI(0x1073, rd, rs1, 0)) >>> 0;
export const ecall = 0x73;
export const fenceI = 0x100f;
export const nop = 0x13;
