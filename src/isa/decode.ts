/** From instruction bits to rows, by tables made of the rows' match and mask. Throws at load if two rows overlap. */
import { lazily } from '../lib/lazily.ts';
import type { Isa } from './extensions.ts';
import type { CompressedInstruction, Instruction } from './instruction.ts';
import { INSTRUCTIONS, rowsOf } from './instructions.ts';
import { RVC } from './rvc.ts';

interface Encoding {
  readonly name: string;
  readonly match: number;
  readonly mask: number;
}

const matches = (row: Encoding, word: number): boolean => ((word ^ row.match) & row.mask) === 0;

/** Some word matches both rows. */
const overlap = (a: Encoding, b: Encoding): boolean =>
  ((a.match ^ b.match) & a.mask & b.mask) === 0;

/** `a` fixes all the bits that `b` fixes, and more. */
const refines = (a: Encoding, b: Encoding): boolean =>
  (b.mask & ~a.mask) === 0 && a.mask !== b.mask;

/** Throws unless every word has at most one most specific row: rows are disjoint, or one refines the other. */
export function checkDisjoint(rows: readonly Encoding[], refinementAllowed: boolean): void {
  rows.forEach((row, index) => {
    if ((row.match & ~row.mask) !== 0) throw new Error(`${row.name}: match has bits outside mask`);
    for (const other of rows.slice(index + 1)) {
      if (!overlap(row, other)) continue;
      if (refinementAllowed && (refines(row, other) || refines(other, row))) continue;
      throw new Error(`encodings of ${row.name} and ${other.name} overlap`);
    }
  });
}

/** Indices of rows, by what they fix of opcode[6:2] and funct3. */
const bucketOf = (word: number): number => ((word >>> 2) & 31) | ((word >>> 7) & 0xe0);

function buildBuckets(): readonly (readonly number[])[] {
  const found: number[][] = Array.from({ length: 256 }, () => []);
  INSTRUCTIONS.forEach((row, index) => {
    const anyFunct3 = (row.mask & 0x7000) === 0;
    for (let funct3 = 0; funct3 < (anyFunct3 ? 8 : 1); funct3++) {
      found[bucketOf(row.match | (funct3 << 12))]?.push(index);
    }
  });
  return found;
}

const buckets = lazily(buildBuckets);

/** The same by funct7 too, made when first asked for: all of them would take 10 ms of the start. */
const CANDIDATES: (readonly number[] | undefined)[][] = Array.from({ length: 256 }, () => []);
const FUNCT7 = 0xfe000000;

/** The most specific first. */
function candidatesOf(word: number): readonly number[] {
  const bucket = buckets()[bucketOf(word)] as readonly number[];
  const maskOf = (index: number): number => (INSTRUCTIONS[index] as Instruction).mask;
  return bucket
    .filter((index) => {
      const row = INSTRUCTIONS[index] as Instruction;
      return ((word ^ row.match) & row.mask & FUNCT7) === 0;
    })
    .sort((a, b) => countBits(maskOf(b)) - countBits(maskOf(a)));
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

const ALL_ROWS: Uint8Array = new Uint8Array(INSTRUCTIONS.length).fill(1);

/**
 * Position in INSTRUCTIONS of the row of a 32-bit word (signed or unsigned), or -1: an illegal instruction. `rows` says
 * with a 1 which positions count.
 */
export function decodeIndex(word: number, rows = ALL_ROWS): number {
  if ((word & 3) !== 3) return -1;
  const byFunct7 = CANDIDATES[bucketOf(word)] as (readonly number[] | undefined)[];
  const candidates = (byFunct7[word >>> 25] ??= candidatesOf(word));
  for (let k = 0; k < candidates.length; k++) {
    const index = candidates[k] as number;
    if (rows[index] === 1 && matches(INSTRUCTIONS[index] as Instruction, word)) return index;
  }
  return -1;
}

/** Row of a 32-bit word, or undefined: an illegal instruction. */
export function decode(word: number): Instruction | undefined {
  return INSTRUCTIONS[decodeIndex(word)];
}

/** Compressed rows by quadrant and funct3, most specific first. */
const compressedBucketOf = (halfword: number): number =>
  (halfword & 3) | ((halfword >>> 11) & 0x1c);

function buildCompressedBuckets(): CompressedInstruction[][] {
  const buckets: CompressedInstruction[][] = Array.from({ length: 32 }, () => []);
  for (const row of RVC) buckets[compressedBucketOf(row.match)]?.push(row);
  // A mask that contains another is the greater number.
  for (const bucket of buckets) bucket.sort((a, b) => b.mask - a.mask);
  return buckets;
}

const compressedBuckets = lazily(buildCompressedBuckets);

/** Row of a compressed form; reserved operands are found by its `expand`. */
export function decodeCompressed(halfword: number): CompressedInstruction | undefined {
  const bucket = compressedBuckets()[compressedBucketOf(halfword)] as CompressedInstruction[];
  const word = halfword & 0xffff;
  for (let k = 0; k < bucket.length; k++) {
    const row = bucket[k] as CompressedInstruction;
    if (matches(row, word)) return row;
  }
  return undefined;
}

/** 2 or 4: bytes of the instruction whose first halfword is `low`. */
export function lengthOf(low: number): 2 | 4 {
  return (low & 3) === 3 ? 4 : 2;
}

/**
 * The 32-bit word to execute for the instruction that begins with halfword `low`: {high, low} itself, or the expansion
 * of a compressed form. 0, which no row matches, where the compressed encoding is reserved.
 */
export function wordAt(low: number, high: number): number {
  if (lengthOf(low) === 4) return ((high << 16) | (low & 0xffff)) >>> 0;
  return decodeCompressed(low)?.expand(low & 0xffff) ?? 0;
}

/** What a machine of one ISA decodes: all else is illegal there. */
export class IsaDecoder {
  private readonly isa: Isa;
  private readonly rows: Uint8Array;

  constructor(isa: Isa) {
    this.isa = isa;
    this.rows = rowsOf(isa);
  }

  /** As the function `wordAt`. */
  wordAt(low: number, high: number): number {
    if (lengthOf(low) === 4) return wordAt(low, high);
    const form = decodeCompressed(low);
    return form && this.isa.has(form.extension) ? (form.expand(low & 0xffff) ?? 0) : 0;
  }

  /** As the function `decodeIndex`. */
  indexOf(word: number): number {
    return decodeIndex(word, this.rows);
  }

  /** As the function `decodeAt`. */
  decodeAt(low: number, high: number): Decoded | undefined {
    const word = this.wordAt(low, high);
    const row = INSTRUCTIONS[this.indexOf(word)];
    return row && { row, word, length: lengthOf(low) };
  }
}

export interface Decoded {
  readonly row: Instruction;
  /** 32-bit word that holds the operands; the expansion for a compressed form. */
  readonly word: number;
  readonly length: 2 | 4;
}

/** Decode the instruction with first halfword `low` and, if it is long, second halfword `high`. Undefined: illegal. */
export function decodeAt(low: number, high: number): Decoded | undefined {
  const word = wordAt(low, high);
  const row = decode(word);
  return row && { row, word, length: lengthOf(low) };
}
