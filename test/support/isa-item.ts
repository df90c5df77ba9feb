/** Random instructions with what they need around them: operands from the pool, targets, a place for the result. */
import { CSR } from '../../src/isa/csr.ts';
import { decode, decodeCompressed } from '../../src/isa/decode.ts';
import { assemblyOf } from '../../src/isa/disassemble.ts';
import { encodeI } from '../../src/isa/encode.ts';
import type { CompressedInstruction, Instruction } from '../../src/isa/instruction.ts';
import { operandsOf } from '../../src/isa/operands.ts';
import {
  type ConstantType,
  isWritable,
  loadConstant,
  RESERVED,
  randomGroup,
  WORD,
  WRITABLE,
} from './isa-layout.ts';
import type { Random } from './random.ts';

/** A direct jump's offset, or the low part of a pc-relative address, that is known only when the code is laid out. */
export interface Jump {
  readonly form: 'B' | 'J' | 'I' | 'CB' | 'CJ';
  /** A piece of the same item, or the start of the item so many further on. */
  readonly to: { readonly piece: number } | { readonly items: number };
  /** Piece of the same item from which the distance counts; the jump itself if absent. */
  readonly from?: number;
}

/** One instruction. */
export interface Piece {
  readonly bits: number;
  readonly length: 2 | 4;
  readonly jump?: Jump;
}

/** Instructions that are executed together or, by a branch over them, not at all. */
export interface Item {
  readonly pieces: readonly Piece[];
  /** Register that is logged after them. */
  readonly result?: { readonly file: 'x' | 'f'; readonly register: number };
  /** Floating point: log the flags too. */
  readonly hasFlags: boolean;
}

export const word = (bits: number): Piece => ({ bits, length: 4 });
export const halfword = (bits: number): Piece => ({ bits, length: 2 });
export const patched = (bits: number, length: 2 | 4, jump: Jump): Piece => ({ bits, length, jump });

/** Probability that a source register gets a fresh value from the pool. */
const FRESH_FLOAT = 0.85;
const FRESH_INTEGER = 0.15;
/** Probability that the sources of one instruction are of one kind: sums that overflow, cancel, are subnormal. */
const SAME_KIND = 0.65;

const ROUNDING_FIELDS = [0, 1, 2, 3, 4, 7, 7, 7];
const BASES = [RESERVED.data, RESERVED.near, RESERVED.sp];

const setField = (bits: number, shift: number, value: number): number =>
  ((bits & ~(31 << shift)) | (value << shift)) >>> 0;

/** Format of a row's floating-point sources. */
function sourceType(row: Instruction): 'half' | 'single' | 'double' {
  if (row.name.endsWith('.h')) return 'half';
  return row.name.endsWith('.d') ? 'double' : 'single';
}

/** Loads of fresh values into some of the source registers of a word. */
function freshSources(row: Instruction, bits: number, random: Random): Piece[] {
  const fields = operandsOf(row.format, bits);
  const registers = { '1': fields.rs1, '2': fields.rs2, '3': fields.rs3 };
  const pieces: Piece[] = [];
  const group = random.chance(SAME_KIND) ? randomGroup(random) : undefined;
  for (const [, file, digit] of assemblyOf(row).matchAll(/([xf])([123])/g)) {
    const register = registers[digit as '1' | '2' | '3'];
    if (file === 'f' && random.chance(FRESH_FLOAT)) {
      // Now and then the wrong type: a broken NaN box, or the bits of a box as a double.
      const type = random.chance(0.95)
        ? sourceType(row)
        : random.pick<ConstantType>(['single', 'double']);
      pieces.push(word(loadConstant(type, register, random, group)));
    }
    const chance = row.float ? FRESH_FLOAT : FRESH_INTEGER;
    if (file === 'x' && register !== 0 && isWritable(register) && random.chance(chance)) {
      pieces.push(word(loadConstant('integer', register, random)));
    }
  }
  return pieces;
}

const usesMemory = (row: Instruction): boolean => assemblyOf(row).includes('(x1)');
const hasResult = (row: Instruction): boolean => /^[xf]d/.test(assemblyOf(row));

/** Random operands that keep the reserved registers and memory accesses within the data area. */
function randomWord(row: Instruction, random: Random): number {
  let bits = ((random.bits32() & ~row.mask) | row.match) >>> 0;
  const assembly = assemblyOf(row);
  if (assembly.startsWith('xd')) {
    bits = setField(bits, 7, random.chance(0.02) ? 0 : random.pick(WRITABLE));
  }
  if (row.format === 'amo') bits = setField(bits, 15, random.pick([RESERVED.data, RESERVED.near]));
  else if (usesMemory(row)) bits = setField(bits, 15, random.pick(BASES));
  if (row.format === 'fp' || row.format === 'R4') {
    bits = ((bits & ~0x7000) | (random.pick(ROUNDING_FIELDS) << 12)) >>> 0;
  }
  return bits;
}

export function resultOf(row: Instruction, bits: number): Item['result'] {
  if (!hasResult(row)) return undefined;
  const file = assemblyOf(row).startsWith('x') ? 'x' : 'f';
  return { file, register: operandsOf(row.format, bits).rd };
}

export function item(pieces: readonly Piece[], result: Item['result'], hasFlags = false): Item {
  return result ? { pieces, result, hasFlags } : { pieces, hasFlags };
}

const plain = (row: Instruction, random: Random): Item => {
  const bits = randomWord(row, random);
  const pieces = [...freshSources(row, bits, random), word(bits)];
  return item(pieces, resultOf(row, bits), row.float === true);
};

/** A CSR instruction on a floating-point CSR; frm is valid again after it. */
function csr(row: Instruction, random: Random): Item {
  const number = random.pick([CSR.fflags, CSR.frm, CSR.fcsr]);
  const bits = ((randomWord(row, random) & 0xfffff) | (number << 20)) >>> 0;
  const validMode = word(encodeI(WORD.csrrwi, 0, random.below(5), CSR.frm));
  return item([word(bits), validMode], resultOf(row, bits), true);
}

/** lr and sc to one address, with some arithmetic between them. An sc alone fails. */
function reservation(row: Instruction, random: Random): Item {
  const sc = decode((row.match | 0x08000000) >>> 0);
  if (sc === undefined) throw new Error(`no sc for ${row.name}`);
  const lrBits = randomWord(row, random);
  const { rs1 } = operandsOf(row.format, lrBits);
  const scBits = setField(randomWord(sc, random), 15, rs1);
  const between = encodeI(WORD.addi, random.pick(WRITABLE), random.below(32), random.below(2000));
  return item([word(lrBits), word(between), word(scBits)], resultOf(sc, scBits));
}

/** Even registers that may be written together with the next one. */
const PAIRS = WRITABLE.filter((register) => register % 2 === 0 && isWritable(register + 1));

/**
 * Compare and swap, of which many find what they expect, because it was loaded just before. Never with x0 as destination:
 * QEMU 10.0 then leaves the old value in it.
 */
function compareAndSwap(row: Instruction, random: Random): Item {
  const isPair = row.name === 'amocas.q';
  let bits = randomWord(row, random);
  // An address of which 16 bytes are aligned.
  if (isPair) bits = setField(bits, 15, RESERVED.data);
  bits = setField(bits, 7, random.pick(isPair ? PAIRS : WRITABLE));
  const { rd, rs1 } = operandsOf(row.format, bits);
  const pieces: Piece[] = [];
  if (random.chance(0.7)) {
    pieces.push(word(encodeI(WORD.ld, rd, rs1, 0)));
    if (isPair) pieces.push(word(encodeI(WORD.ld, rd + 1, rs1, 8)));
  }
  const half = isPair && random.chance(0.5) ? rd + 1 : rd;
  return item([...pieces, word(bits)], { file: 'x', register: half });
}

/** An instruction that must not run; it changes what is logged. */
function skipped(random: Random): { piece: Piece; result: Item['result'] } {
  const register = random.pick(WRITABLE);
  const piece = word(encodeI(WORD.addi, register, register, 1 + random.below(2000)));
  return { piece, result: { file: 'x', register } };
}

function branch(row: Instruction, random: Random): Item {
  const bits = randomWord(row, random) & row.mask;
  const [rs1, rs2] = [random.below(32), random.below(32)];
  const compare = setField(setField(bits, 15, rs1), 20, random.chance(0.2) ? rs1 : rs2);
  const fresh = freshSources(row, compare, random);
  if (random.chance(0.5)) {
    const jump = { form: 'B', to: { items: 1 + random.below(6) } } as const;
    return item([...fresh, patched(compare, 4, jump)], undefined);
  }
  const { piece, result } = skipped(random);
  const jump = { form: 'B', to: { piece: fresh.length + 2 } } as const;
  return item([...fresh, patched(compare, 4, jump), piece], result);
}

function jumpAndLink(row: Instruction, random: Random): Item {
  const bits = randomWord(row, random) & 0xfff;
  const jump = { form: 'J', to: { piece: 2 } } as const;
  return item([patched(bits, 4, jump), skipped(random).piece], resultOf(row, bits));
}

/** auipc and jalr; rd may be the register that holds the target. */
function jumpRegister(row: Instruction, random: Random): Item {
  const target = random.pick(WRITABLE);
  const bits = setField(randomWord(row, random) & 0xfffff, 15, target);
  const jump = { form: 'I', to: { piece: 3 }, from: 0 } as const;
  const auipc = word(WORD.auipc | (target << 7));
  return item([auipc, patched(bits, 4, jump), skipped(random).piece], resultOf(row, bits));
}

/** A random item of one row. */
export function randomItem(row: Instruction, random: Random): Item {
  if (row.name === 'jal') return jumpAndLink(row, random);
  if (row.name === 'jalr') return jumpRegister(row, random);
  if (row.name.startsWith('lr.')) return reservation(row, random);
  if (row.name.startsWith('amocas.')) return compareAndSwap(row, random);
  if (row.format === 'B') return branch(row, random);
  if (row.format === 'csr' || row.format === 'csri') return csr(row, random);
  return plain(row, random);
}

/** Moves the register `near` about. */
export function moveNear(random: Random): Item {
  const offset = (random.below(511) - 255) * 8;
  const register = RESERVED.near;
  return item([word(encodeI(WORD.addi, register, RESERVED.data, offset))], { file: 'x', register });
}

/** c.jr and c.jalr to the end of the item, through a register. */
function compressedJumpRegister(bits: number, random: Random): Item {
  const target = (bits >>> 7) & 31;
  const jump = { form: 'I', to: { piece: 4 }, from: 0 } as const;
  const pieces = [
    word(WORD.auipc | (target << 7)),
    patched(encodeI(WORD.addi, target, target, 0), 4, jump),
    halfword(bits),
    skipped(random).piece,
  ];
  return item(pieces, { file: 'x', register: 1 });
}

function compressedJump(bits: number, form: 'CB' | 'CJ', random: Random): Item {
  const { piece, result } = skipped(random);
  return item([patched(bits, 2, { form, to: { piece: 2 } }), piece], result);
}

/** An item of a compressed instruction, or undefined if these random bits would break the program. */
function tryCompressed(rows: readonly CompressedInstruction[], random: Random): Item | undefined {
  const { match, mask } = random.pick(rows);
  const bits = ((random.bits32() & ~mask) | match) & 0xffff;
  const form = decodeCompressed(bits);
  if (form === undefined || !rows.includes(form)) return undefined;
  const expanded = form.expand(bits);
  const row = expanded === undefined ? undefined : decode(expanded);
  if (expanded === undefined || row === undefined || row.name === 'ebreak') return undefined;
  const { rd, rs1 } = operandsOf(row.format, expanded);
  if (row.name === 'jal') return compressedJump(bits & form.mask, 'CJ', random);
  if (row.format === 'B') return compressedJump(bits & 0xe383, 'CB', random);
  if (row.name === 'jalr') {
    return rs1 !== 0 && isWritable(rs1) ? compressedJumpRegister(bits, random) : undefined;
  }
  const result = resultOf(row, expanded);
  if (form.name === 'c.addi16sp') {
    const restore = word(encodeI(WORD.addi, RESERVED.sp, RESERVED.data, -1024));
    const copy = word(encodeI(WORD.addi, 5, RESERVED.sp, 0));
    return item([halfword(bits), copy, restore], { file: 'x', register: 5 });
  }
  if (result?.file === 'x' && !isWritable(rd)) return undefined;
  if (usesMemory(row) && !BASES.some((base) => base === rs1)) return undefined;
  return item([halfword(bits)], result, row.float === true);
}

/** A random item of one of these forms. */
export function randomCompressedItem(rows: readonly CompressedInstruction[], random: Random): Item {
  for (;;) {
    const found = tryCompressed(rows, random);
    if (found) return found;
  }
}
