/** THE table of vector instructions, made when first asked for: a machine without V does not pay for it. */
import { configurationRows } from './configuration-rows.ts';
import { fixedPointRows } from './fixed-point-rows.ts';
import { floatConversionRows } from './float-conversion-rows.ts';
import { floatRows } from './float-rows.ts';
import { integerRows } from './integer-rows.ts';
import { maskRows } from './mask-rows.ts';
import { memoryRows } from './memory-rows.ts';
import { permutationRows } from './permutation-rows.ts';
import { reductionRows } from './reduction-rows.ts';
import type { VectorInstruction, VectorMeaning } from './vector-instruction.ts';

const LOW_KEY = 0x707f;
const HIGH_KEY = 0xfc000000;
/** Opcode, funct3 and bits 31:26 of a word. */
const keyOf = (word: number): number => (word & LOW_KEY) | ((word & HIGH_KEY) >>> 11);

class VectorTable {
  readonly rows: readonly VectorInstruction[] = [
    ...configurationRows(),
    ...memoryRows(),
    ...integerRows(),
    ...fixedPointRows(),
    ...floatRows(),
    ...floatConversionRows(),
    ...reductionRows(),
    ...maskRows(),
    ...permutationRows(),
  ];
  /** The distinct meanings: rows that differ in a field of the word only share one. Generated code numbers them so. */
  readonly meanings: readonly VectorMeaning[] = [...new Set(this.rows.map((row) => row.meaning))];
  private readonly numbers = new Map<VectorMeaning, number>();
  private readonly buckets = new Map<number, VectorInstruction[]>();

  constructor() {
    for (const [number, meaning] of this.meanings.entries()) this.numbers.set(meaning, number);
    for (const row of this.rows) this.addToBuckets(row);
  }

  private addToBuckets(row: VectorInstruction): void {
    const free = ~row.mask & HIGH_KEY;
    for (let bits = free; ; bits = (bits - 1) & free) {
      const key = keyOf(row.match | bits);
      const bucket = this.buckets.get(key);
      if (bucket === undefined) this.buckets.set(key, [row]);
      else bucket.push(row);
      if (bits === 0) return;
    }
  }

  /** Row of a 32-bit word, or undefined. */
  decode(word: number): VectorInstruction | undefined {
    return this.buckets.get(keyOf(word))?.find((row) => ((word ^ row.match) & row.mask) === 0);
  }

  /** Position of a row's meaning in `meanings`. */
  numberOf(row: VectorInstruction): number {
    return this.numbers.get(row.meaning) as number;
  }
}

let table: VectorTable | undefined;

export function vectorTable(): VectorTable {
  table ??= new VectorTable();
  return table;
}
