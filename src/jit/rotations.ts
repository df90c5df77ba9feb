/**
 * Rotations: RV64GC has none, so compilers shift a register both ways, by n and by the width less n, and join the results with or, xor
 * or add, which are the same where no bit is in both. The join becomes one rotation of the shifts' source. The shifts stay, for exits
 * may want their results; where those are written again before an exit, V8 leaves them out.
 */
import binaryen from 'binaryen';
import type { DecodedInstruction } from './control-flow.ts';
import { registersIn, writesOf } from './register-set.ts';
import type { Locals } from './temporaries.ts';

export interface Rotation {
  /** x register. */
  readonly source: number;
  readonly bits: 32 | 64;
  /** Bits to the left. */
  readonly amount: number;
  /** The first shift, where the source is written between it and the join. */
  readonly keptAt: DecodedInstruction | undefined;
}

/** By the instructions that join. */
export type Rotations = ReadonlyMap<DecodedInstruction, Rotation>;

interface Shift {
  readonly isLeft: boolean;
  readonly bits: 32 | 64;
  readonly source: number;
  /** How often the source was written in the block before. */
  readonly version: number;
  readonly amount: number;
  readonly position: number;
}

const SHIFTS: Readonly<Record<string, Pick<Shift, 'isLeft' | 'bits'>>> = {
  slli: { isLeft: true, bits: 64 },
  srli: { isLeft: false, bits: 64 },
  slliw: { isLeft: true, bits: 32 },
  srliw: { isLeft: false, bits: 32 },
};

/** Of an addition of two words the sum is a word as well. */
const JOINS: Readonly<Record<32 | 64, ReadonlySet<string>>> = {
  32: new Set(['or', 'xor', 'add', 'addw']),
  64: new Set(['or', 'xor', 'add']),
};

/** Whether the shifts are halves of one rotation. */
function isPair(a: Shift, b: Shift): boolean {
  return (
    a.isLeft !== b.isLeft &&
    a.bits === b.bits &&
    a.amount + b.amount === a.bits &&
    a.source === b.source &&
    a.version === b.version
  );
}

/** The rotations of a block. */
export function rotationsOf(block: readonly DecodedInstruction[]): Rotations {
  const found = new Map<DecodedInstruction, Rotation>();
  const versions = new Array<number>(32).fill(0);
  const shifts = new Map<number, Shift>();
  block.forEach((instruction, position) => {
    const { row, fields } = instruction;
    const kind = SHIFTS[row.name];
    const [a, b] = [shifts.get(fields.rs1), shifts.get(fields.rs2)];
    if (a && b && JOINS[a.bits].has(row.name) && isPair(a, b)) {
      const { source, bits, version } = a;
      const first = Math.min(a.position, b.position);
      const keptAt = versions[source] === version ? undefined : block[first];
      found.set(instruction, { source, bits, amount: a.isLeft ? a.amount : b.amount, keptAt });
    }
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
export class BlockRotations {
  private readonly locals: Locals;
  private found: Rotations = new Map();
  private readonly copies = new Map<DecodedInstruction, number>();

  constructor(locals: Locals) {
    this.locals = locals;
  }

  find(block: readonly DecodedInstruction[]): void {
    this.found = rotationsOf(block);
    this.copies.clear();
    for (const { keptAt } of this.found.values())
      if (keptAt !== undefined) this.copies.set(keptAt, this.locals.fixed(binaryen.i64));
  }

  /** The local that keeps what a shift is of, from before it on. */
  copyAt(shift: DecodedInstruction): number | undefined {
    return this.copies.get(shift);
  }

  /** What an instruction joins; `copy`: the local that has the source. */
  at(join: DecodedInstruction): (Rotation & { readonly copy: number | undefined }) | undefined {
    const rotation = this.found.get(join);
    return rotation && { ...rotation, copy: rotation.keptAt && this.copies.get(rotation.keptAt) };
  }
}
