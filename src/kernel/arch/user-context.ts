/** User registers by ABI name, over a Uint32Array in CONTEXT layout: RISC-V ELF psABI, "Register Convention". */
import { wide } from '../../lib/wide.ts';
import { CONTEXT } from '../../platform/platform.ts';

export const RA = 1;
export const SP = 2;
export const TP = 4;
export const A0 = 10;
export const A2 = 12;
export const A7 = 17;

const HIGH = 0x1_0000_0000;

export function newContext(): Uint32Array {
  return new Uint32Array(CONTEXT.WORDS);
}

/** Unsigned value of xN; exact below 2^53 (wide.ts). */
export function getRegister(registers: Uint32Array, x: number): number {
  const at = CONTEXT.X + 2 * x;
  return wide(registers[at + 1] as number, registers[at] as number);
}

/** Low 32 bits of xN as a signed number: an `int` argument. */
export function getInt(registers: Uint32Array, x: number): number {
  return (registers[CONTEXT.X + 2 * x] as number) | 0;
}

/** High 32 bits of xN, for those who need all 64. */
export function getHigh(registers: Uint32Array, x: number): number {
  return registers[CONTEXT.X + 2 * x + 1] as number;
}

/** Signed value of xN; exact below 2^53 in magnitude. */
export function getSigned(registers: Uint32Array, x: number): number {
  const at = CONTEXT.X + 2 * x;
  return wide((registers[at + 1] as number) | 0, registers[at] as number);
}

/** Any integer of magnitude below 2^53. */
export function setRegister(registers: Uint32Array, x: number, value: number): void {
  const at = CONTEXT.X + 2 * x;
  registers[at] = value;
  registers[at + 1] = value === (value | 0) ? value >> 31 : Math.floor(value / HIGH);
}

export function getPc(registers: Uint32Array): number {
  return (registers[CONTEXT.PC + 1] as number) * HIGH + (registers[CONTEXT.PC] as number);
}

export function setPc(registers: Uint32Array, pc: number): void {
  registers[CONTEXT.PC] = pc;
  registers[CONTEXT.PC + 1] = Math.floor(pc / HIGH);
}

/** Step over an instruction of `bytes` bytes. */
export function advancePc(registers: Uint32Array, bytes: number): void {
  // In 32 bits, and not as a fraction: it carries where it has become less.
  const low = ((registers[CONTEXT.PC] as number) + bytes) | 0;
  registers[CONTEXT.PC] = low;
  if (low >= 0 && low < bytes)
    registers[CONTEXT.PC + 1] = (registers[CONTEXT.PC + 1] as number) + 1;
}

/** The 32 f registers as 64 words, then fflags and frm as fcsr. */
export function getFcsr(registers: Uint32Array): number {
  return ((registers[CONTEXT.FRM] as number) << 5) | (registers[CONTEXT.FFLAGS] as number);
}

export function setFcsr(registers: Uint32Array, fcsr: number): void {
  registers[CONTEXT.FFLAGS] = fcsr & 31;
  registers[CONTEXT.FRM] = (fcsr >>> 5) & 7;
}

/** Views of the registers that were asked for last: making one takes longer than copying what it shows. */
let viewed: Uint32Array | undefined;
let general: Uint32Array = new Uint32Array(0);
let float: Uint32Array = general;

function view(registers: Uint32Array): void {
  if (viewed === registers) return;
  viewed = registers;
  general = registers.subarray(CONTEXT.X + 2, CONTEXT.X + 64);
  float = registers.subarray(CONTEXT.F, CONTEXT.F + 64);
}

/** Words of x1 to x31, for the signal frame. */
export function generalWords(registers: Uint32Array): Uint32Array {
  view(registers);
  return general;
}

/** Words of f0 to f31. */
export function floatWords(registers: Uint32Array): Uint32Array {
  view(registers);
  return float;
}

/** ABI names of x0 to x31. */
export const CONTEXT_NAMES: readonly string[] = (
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 ' +
  's2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'
).split(' ');
