/**
 * The decoder's tables, made of the rows' match and mask: from the bits of a 32-bit word to the operation of its row, and what is to be known of
 * each operation. What they cannot tell stays 0, and JavaScript is asked (isa/decode.ts).
 */
import type { Format, Instruction } from '../isa/instruction.ts';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { DECODER } from '../machine/decoder-layout.ts';
import { FIRST_FUSED, fusedPairs } from '../machine/fused-pairs.ts';
import { OPERATION } from '../machine/record-layout.ts';
import { isIntegerDestination, recordOperands } from '../machine/record-operands.ts';
import { applyMoves, type BitMoves, bitMovesOf } from './bit-moves.ts';

/** The rest of an entry is the number of a table by funct7, or by the rs2 field; without these it is an operation. */
export const ENTRY_KIND = { BY_FUNCT7: 0x4000, BY_RS2: 0x8000, NUMBER: 0x3fff } as const;
/** Of an operation: how its operands are found (0: ask), and its properties. */
export const META = { OPERANDS: 31, SINK: 32, ENDS: 64, HINTS_AT_X0: 128 } as const;

const RD_FIELD = 0xf80;
const REGISTER_FIELDS = 0xf8f80;
/** Opcode and funct3, then funct7, then rs2. */
const KNOWN = [0x707f, 0xfe00707f, 0xfff0707f] as const;

/** How the words of a record are made from the instruction's. */
export interface OperandMoves {
  readonly destination: BitMoves;
  readonly sources: BitMoves;
  readonly immediate: BitMoves;
  readonly rest: BitMoves;
  /** A word that has one of these bits is no such row's. */
  readonly zeros: number;
}

/** Words that a function is compared on: neighbours in bits of none and of all, and some with as many ones as zeros. */
function* sampleWords(): Generator<number> {
  for (let a = 0; a < 32; a++) {
    for (let b = 0; b <= a; b++) {
      const pair = (1 << a) | (1 << b);
      yield* [pair, ~pair, Math.imul(pair, 0x9e37_79b1), Math.imul(pair, 0x85eb_ca6b)];
    }
  }
}

/** Undefined where an operand is computed (fli). */
function operandMoves(format: Format): Omit<OperandMoves, 'zeros'> | undefined {
  const found = (['destination', 'sources', 'immediate', 'rest'] as const).map((name) => {
    const compute = (word: number): number => recordOperands(format, word)[name];
    const isSame = (moves: BitMoves): boolean =>
      [...sampleWords()].every((word) => applyMoves(moves, word) === (compute(word) | 0));
    return [name, bitMovesOf(compute, -1, 0, isSame)] as const;
  });
  if (found.some(([, moves]) => moves === undefined)) return undefined;
  return Object.fromEntries(found) as unknown as OperandMoves;
}

const countBits = (mask: number): number => mask.toString(2).replaceAll('0', '').length;
const refines = (a: Instruction, b: Instruction): boolean =>
  (b.mask & ~a.mask) === 0 && ((a.match ^ b.match) & b.mask) === 0;
/** A hint that has x0 as destination, where the instruction has a destination. */
const isHintOf = (hint: Instruction, row: Instruction): boolean =>
  refines(hint, row) &&
  (hint.mask & RD_FIELD) === RD_FIELD &&
  (hint.match & RD_FIELD) === 0 &&
  recordOperands(row.format, RD_FIELD).destination !== 0;

class TableMaker {
  readonly byFunct7: number[][] = [];
  readonly byRs2: number[][] = [];
  /** Rows of which some words with x0 as destination are other rows'. */
  readonly withHints = new Set<Instruction>();
  /** Bits of rd and rs1 that a row, the only one, wants to be 0. */
  readonly zeros = new Map<Instruction, number>();

  roots(): number[] {
    return Array.from({ length: 256 }, (_, bucket) =>
      this.entry(((bucket & 31) << 2) | ((bucket & 0xe0) << 7) | 3, 0),
    );
  }

  /** Of all words that have `bits` in the fields that are known at this depth. */
  private entry(bits: number, depth: number): number {
    const known = KNOWN[depth] as number;
    const rows = INSTRUCTIONS.filter(({ match, mask }) => ((match ^ bits) & mask & known) === 0);
    if (rows.length === 0) return OPERATION.UNDECODED;
    const [last, ...others] = rows.toSorted(
      (a, b) => countBits(a.mask >>> 0) - countBits(b.mask >>> 0),
    );
    const row = this.decided(last as Instruction, others, known);
    if (row !== undefined) return OPERATION.FIRST_ROW + INSTRUCTIONS.indexOf(row);
    if (depth === 0) return ENTRY_KIND.BY_FUNCT7 | this.table(this.byFunct7, 128, bits, 25, 1);
    if (depth === 1) return ENTRY_KIND.BY_RS2 | this.table(this.byRs2, 32, bits, 20, 2);
    return OPERATION.UNDECODED;
  }

  /** The row, where no further field tells another one. `last` fixes the fewest bits. */
  private decided(
    last: Instruction,
    others: readonly Instruction[],
    known: number,
  ): Instruction | undefined {
    const first = others.at(-1) ?? last;
    if ((first.mask & ~known) === 0) return first;
    if (others.length === 0) return this.withZeros(last, last.mask & ~known);
    if ((last.mask & ~known) !== 0 || !others.every((it) => isHintOf(it, last))) return undefined;
    this.withHints.add(last);
    return last;
  }

  /** `bits`: what the row fixes beside the fields that are known. */
  private withZeros(row: Instruction, bits: number): Instruction | undefined {
    if ((bits & ~REGISTER_FIELDS) !== 0 || (row.match & bits) !== 0) return undefined;
    this.zeros.set(row, bits);
    return row;
  }

  /** Number of the table of all values of the field at `shift`: many are the same. */
  private table(
    tables: number[][],
    size: number,
    bits: number,
    shift: number,
    depth: number,
  ): number {
    const made = Array.from({ length: size }, (_, value) =>
      this.entry(bits | (value << shift), depth),
    );
    const known = tables.findIndex((it) => it.every((entry, k) => entry === made[k]));
    return known >= 0 ? known : tables.push(made) - 1;
  }
}

export interface DecoderTables {
  readonly bytes: Uint8Array;
  /** Wasm addresses. */
  readonly at: Readonly<
    Record<'roots' | 'byFunct7' | 'byRs2' | 'meta' | 'first' | 'second' | 'pairs', number>
  >;
  /** By META.OPERANDS, less 1. */
  readonly operands: readonly OperandMoves[];
  /** Bytes of a row of `pairs`. */
  readonly pairsStride: number;
}

/** Numbers from 1 of the rows that are first or second in a pair, by operation; and the operation of the pair by both. */
function pairTables(): { first: number[]; second: number[]; pairs: number[]; width: number } {
  const [first, second] = [0, 1].map(() => new Array<number>(FIRST_FUSED).fill(0)) as [
    number[],
    number[],
  ];
  const number = (numbers: number[], row: number): number => {
    const operation = OPERATION.FIRST_ROW + row;
    return (numbers[operation] ||= Math.max(...numbers) + 1);
  };
  const all = fusedPairs().map((pair) => [number(first, pair.first), number(second, pair.second)]);
  const width = Math.max(...second) + 1;
  const pairs = new Array<number>((Math.max(...first) + 1) * width).fill(0);
  for (const [index, [a = 0, b = 0]] of all.entries()) pairs[a * width + b] = FIRST_FUSED + index;
  return { first, second, pairs, width };
}

function metaTable({ withHints, zeros }: TableMaker): {
  operands: OperandMoves[];
  meta: number[];
} {
  const operands: OperandMoves[] = [];
  const numbers = new Map<string, number>();
  const byFormat = new Map(INSTRUCTIONS.map(({ format }) => [format, operandMoves(format)]));
  const numberOf = (row: Instruction): number => {
    const moves = byFormat.get(row.format);
    if (moves === undefined) return 0;
    const all = { ...moves, zeros: zeros.get(row) ?? 0 };
    const key = JSON.stringify(all);
    const number = numbers.get(key) ?? operands.push(all);
    numbers.set(key, number);
    if (number > META.OPERANDS) throw new Error('too many kinds of operands');
    return number;
  };
  const properties = INSTRUCTIONS.map(
    (row) =>
      numberOf(row) |
      (isIntegerDestination(row) ? META.SINK : 0) |
      (row.ends === undefined ? 0 : META.ENDS) |
      (withHints.has(row) ? META.HINTS_AT_X0 : 0),
  );
  const meta = new Array<number>(FIRST_FUSED).fill(0);
  meta.splice(OPERATION.FIRST_ROW, properties.length, ...properties);
  return { operands, meta };
}

export function decoderTables(): DecoderTables {
  const maker = new TableMaker();
  const roots = maker.roots();
  const { operands, meta } = metaTable(maker);
  const { first, second, pairs, width } = pairTables();
  const parts = {
    roots: Uint16Array.from(roots),
    byFunct7: Uint16Array.from(maker.byFunct7.flat()),
    byRs2: Uint16Array.from(maker.byRs2.flat()),
    pairs: Uint16Array.from(pairs),
    meta: Uint8Array.from(meta),
    first: Uint8Array.from(first),
    second: Uint8Array.from(second),
  };
  const at: Record<string, number> = {};
  let end: number = DECODER.TABLES;
  for (const [name, part] of Object.entries(parts)) {
    at[name] = end;
    end += part.byteLength;
  }
  if (end > DECODER.END) throw new Error('the decoder has no room for its tables');
  const bytes = Buffer.concat(Object.values(parts).map(({ buffer }) => new Uint8Array(buffer)));
  return { bytes, at: at as DecoderTables['at'], operands, pairsStride: 2 * width };
}
