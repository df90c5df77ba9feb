/** Puts operands into instruction words, by format: the inverse of operands.ts, for RVC expansion and for tests. */

const register = (rd: number): number => rd << 7;
const source1 = (rs1: number): number => rs1 << 15;
const source2 = (rs2: number): number => rs2 << 20;

export function encodeR(match: number, rd: number, rs1: number, rs2: number): number {
  return (match | register(rd) | source1(rs1) | source2(rs2)) >>> 0;
}

/** `imm`: -2048 to 2047; shift amounts too. */
export function encodeI(match: number, rd: number, rs1: number, imm: number): number {
  return (match | register(rd) | source1(rs1) | (imm << 20)) >>> 0;
}

/** `imm`: -2048 to 2047. */
export function encodeS(match: number, rs1: number, rs2: number, imm: number): number {
  return (match | source1(rs1) | source2(rs2) | ((imm & 31) << 7) | ((imm >> 5) << 25)) >>> 0;
}

/** `offset`: even, -4096 to 4094. */
export function encodeB(match: number, rs1: number, rs2: number, offset: number): number {
  const immediate =
    (((offset >> 12) & 1) << 31) |
    (((offset >> 5) & 63) << 25) |
    (((offset >> 1) & 15) << 8) |
    (((offset >> 11) & 1) << 7);
  return (match | source1(rs1) | source2(rs2) | immediate) >>> 0;
}

/** `imm`: a multiple of 4096 that fits i32. */
export function encodeU(match: number, rd: number, imm: number): number {
  return (match | register(rd) | imm) >>> 0;
}

/** `offset`: even, -2^20 to 2^20 - 2. */
export function encodeJ(match: number, rd: number, offset: number): number {
  const immediate =
    (((offset >> 20) & 1) << 31) |
    (((offset >> 1) & 0x3ff) << 21) |
    (((offset >> 11) & 1) << 20) |
    (((offset >> 12) & 0xff) << 12);
  return (match | register(rd) | immediate) >>> 0;
}
