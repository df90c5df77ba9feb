/**
 * Two shifts that are one operation. RV64GC has no rotate: compilers shift a register both ways, by n and by the width less n, and join
 * the results with or, xor or add, which are the same where no bit is in both. Nor can it extend all widths: they shift to the left and
 * back, not always as far. What ends such a pair is computed from the register that was shifted first. The shifts before it stay, for
 * exits may want their results; where those are written again before an exit, V8 leaves them out.
 */
import binaryen from 'binaryen';
import type { Ops } from '../isa/ops.ts';
import type { DecodedInstruction } from './control-flow.ts';
import { registersIn, writesOf } from './register-set.ts';
import type { Locals } from './temporaries.ts';
import type { Value } from './value.ts';

type Vocabulary = Pick<
  Ops<Value, number>,
  'constant' | 'rotateLeft' | 'sext' | 'shl' | 'shrS' | 'shrU' | 'zext'
>;

export interface ShiftPair {
  /** x register that is shifted. */
  readonly source: number;
  /** The first shift, where the source is written between it and the end of the pair. */
  readonly keptAt: DecodedInstruction | undefined;
  /** What the last instruction writes. */
  readonly result: (m: Vocabulary, source: Value) => Value;
}

/** By the instructions that end them. */
export type ShiftPairs = ReadonlyMap<DecodedInstruction, ShiftPair>;

interface Shift {
  readonly isLeft: boolean;
  readonly bits: 32 | 64;
  readonly source: number;
  /** How often the source was written in the block before. */
  readonly version: number;
  readonly amount: number;
  readonly position: number;
}

const SHIFTS: ReadonlyMap<string, Pick<Shift, 'isLeft' | 'bits'>> = new Map([
  ['slli', { isLeft: true, bits: 64 }],
  ['srli', { isLeft: false, bits: 64 }],
  ['slliw', { isLeft: true, bits: 32 }],
  ['srliw', { isLeft: false, bits: 32 }],
]);

/** Of an addition of two words the sum is a word as well. */
const JOINS: Readonly<Record<32 | 64, ReadonlySet<string>>> = {
  32: new Set(['or', 'xor', 'add', 'addw']),
  64: new Set(['or', 'xor', 'add']),
};

/** Whether the shifts are halves of one rotation. */
function isRotation(a: Shift, b: Shift): boolean {
  return (
    a.isLeft !== b.isLeft &&
    a.bits === b.bits &&
    a.amount + b.amount === a.bits &&
    a.source === b.source &&
    a.version === b.version
  );
}

/** A shift back to the right, of a doubleword that was shifted to the left: an extension, perhaps shifted. */
function extension(name: string, left: number, right: number): ShiftPair['result'] | undefined {
  if (name !== 'srli' && name !== 'srai') return undefined;
  const extend = name === 'srli' ? 'zext' : 'sext';
  const back = name === 'srli' ? 'shrU' : 'shrS';
  if (left === 32) {
    if (right <= 32)
      return (m, a) => {
        const word = m[extend](a, 32);
        return right === 32 ? word : m.shl(word, m.constant(32 - right));
      };
    return (m, a) => m[back](m[extend](a, 32), m.constant(right - 32));
  }
  if (left !== right || (left !== 48 && left !== 56)) return undefined;
  return (m, a) => m[extend](a, left === 48 ? 16 : 8);
}

/** The pairs of a block. */
export function shiftPairsOf(block: readonly DecodedInstruction[]): ShiftPairs {
  const found = new Map<DecodedInstruction, ShiftPair>();
  const versions = new Array<number>(32).fill(0);
  const shifts = new Map<number, Shift>();
  const keptFrom = ({ source, version }: Shift, first: number): DecodedInstruction | undefined =>
    versions[source] === version ? undefined : block[first];
  block.forEach((instruction, position) => {
    const { row, fields } = instruction;
    const kind = SHIFTS.get(row.name);
    if (kind === undefined && shifts.size === 0) return;
    const [a, b] = [shifts.get(fields.rs1), shifts.get(fields.rs2)];
    if (a && b && JOINS[a.bits].has(row.name) && isRotation(a, b)) {
      const keptAt = keptFrom(a, Math.min(a.position, b.position));
      const amount = a.isLeft ? a.amount : b.amount;
      const result: ShiftPair['result'] = (m, it) => m.rotateLeft(it, m.constant(amount), a.bits);
      found.set(instruction, { source: a.source, keptAt, result });
    }
    const isDoubleword = a?.isLeft === true && a.bits === 64;
    const result = isDoubleword ? extension(row.name, a.amount, fields.imm) : undefined;
    if (a && result)
      found.set(instruction, { source: a.source, keptAt: keptFrom(a, a.position), result });
    const version = versions[fields.rs1] ?? 0;
    for (const register of registersIn(writesOf(instruction).x)) {
      versions[register] = (versions[register] ?? 0) + 1;
      shifts.delete(register);
    }
    if (kind && fields.rd !== 0 && fields.rs1 !== 0)
      shifts.set(fields.rd, { ...kind, source: fields.rs1, version, amount: fields.imm, position });
  });
  return found;
}

/** Those of the block that is emitted, and the locals that keep what they need. */
export class BlockShiftPairs {
  private readonly locals: Locals;
  private found: ShiftPairs = new Map();
  private readonly copies = new Map<DecodedInstruction, number>();

  constructor(locals: Locals) {
    this.locals = locals;
  }

  find(block: readonly DecodedInstruction[]): void {
    this.found = shiftPairsOf(block);
    this.copies.clear();
    for (const { keptAt } of this.found.values())
      if (keptAt !== undefined) this.copies.set(keptAt, this.locals.fixed(binaryen.i64));
  }

  /** The local that keeps what a shift is of, from before it on. */
  copyAt(shift: DecodedInstruction): number | undefined {
    return this.copies.get(shift);
  }

  /** What an instruction ends; `copy`: the local that has the source. */
  at(end: DecodedInstruction): (ShiftPair & { readonly copy: number | undefined }) | undefined {
    const pair = this.found.get(end);
    return pair && { ...pair, copy: pair.keptAt && this.copies.get(pair.keptAt) };
  }
}
