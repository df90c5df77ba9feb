/**
 * Registers that are another register plus a small number: addresses of entries of a table whose index a block has just bounded, as by
 * `andi` or `lbu`. Where all of the table lies in one page, a look-up of its base serves whichever entry it is (access-groups.ts).
 */
import type { DecodedInstruction } from './control-flow.ts';
import { writesOf } from './register-set.ts';

/** Above it an index is as good as unknown. */
const MAX_BOUND = 1 << 20;

export interface Indexed {
  /** x register that has not changed since. */
  readonly base: number;
  /** One more than the largest difference to it, which is not negative. */
  readonly bound: number;
}

type Bound = number | undefined;

const shiftRight = (bound: Bound, width: 32 | 64, amount: number): Bound => {
  if (bound !== undefined) return Math.floor((bound - 1) / 2 ** amount) + 1;
  return amount > 0 ? 2 ** (width - amount) : undefined;
};

const plus = (a: Bound, b: Bound): Bound =>
  a === undefined || b === undefined ? undefined : a + b - 1;

const lesser = (a: Bound, b: Bound): Bound =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** How far sh1add to sh3add shift (Zba). */
const SCALES: ReadonlyMap<string, number> = new Map([
  ['add', 0],
  ['sh1add', 1],
  ['sh2add', 2],
  ['sh3add', 3],
]);

/** Follows a block's instructions. */
export class TableIndices {
  /** By x register: its unsigned value is less. */
  private readonly bounds = new Map<number, number>();
  private readonly sums = new Map<number, Indexed>();

  /** What the register is before the next instruction. */
  of(register: number): Indexed | undefined {
    return this.sums.get(register);
  }

  private bound(register: number): Bound {
    return register === 0 ? 1 : this.bounds.get(register);
  }

  private scaled(register: number, places: number): Bound {
    const bound = this.bound(register);
    return bound === undefined ? undefined : (bound - 1) * 2 ** places + 1;
  }

  /** Bound of what the instruction writes. */
  private result({ row, fields }: DecodedInstruction): Bound {
    const { rs1, rs2, imm } = fields;
    switch (row.name) {
      case 'lbu':
        return 256;
      case 'lhu':
        return 65_536;
      case 'andi':
        return imm < 0 ? undefined : lesser(this.bound(rs1), imm + 1);
      case 'and':
        return lesser(this.bound(rs1), this.bound(rs2));
      case 'addi':
        return imm < 0 ? undefined : plus(this.bound(rs1), imm + 1);
      case 'slli':
        return this.scaled(rs1, imm);
      case 'srli':
        return shiftRight(this.bound(rs1), 64, imm);
      case 'srliw':
        return shiftRight(this.bound(rs1), 32, imm);
      case 'add':
        return plus(this.bound(rs1), this.bound(rs2));
      default:
        return undefined;
    }
  }

  /** A register plus one that is bounded. */
  private sum({ row, fields }: DecodedInstruction): Indexed | undefined {
    const { rd, rs1, rs2 } = fields;
    const places = SCALES.get(row.name);
    if (places === undefined) return undefined;
    const left = this.scaled(rs1, places);
    const right = places === 0 ? this.bound(rs2) : undefined;
    const [base, bound] = left === undefined ? [rs1, right] : [rs2, left];
    const isNew = base === rd || base === 0 || this.bound(base) !== undefined;
    return bound === undefined || isNew || bound > MAX_BOUND ? undefined : { base, bound };
  }

  follow(instruction: DecodedInstruction): void {
    const written = writesOf(instruction).x;
    if (written === 0) return;
    const { rd } = instruction.fields;
    const [bound, sum] = [this.result(instruction), this.sum(instruction)];
    this.bounds.delete(rd);
    this.sums.delete(rd);
    for (const [register, { base }] of this.sums) if (base === rd) this.sums.delete(register);
    if (bound !== undefined && bound <= MAX_BOUND) this.bounds.set(rd, bound);
    if (sum !== undefined) this.sums.set(rd, sum);
  }
}
