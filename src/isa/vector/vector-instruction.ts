/** One row per vector instruction: encoding, text and meaning. V extension 1.0 (unprivileged spec 20240411, chapter 31). */
import type { ElementSpec } from './elements.ts';
import type { VectorOperands, VectorOps } from './vector-ops.ts';

/** Registers outside the vector file that an instruction reads and writes, and memory. */
export type VectorShape =
  | 'plain'
  /** Reads x[rs1]. */
  | 'x'
  /** Reads f[rs1]. */
  | 'f'
  /** Writes x[rd]. */
  | 'toX'
  /** Writes f[rd]. */
  | 'toF'
  /** Reads x[rs1], writes x[rd]. */
  | 'xToX'
  /** Reads x[rs1] and x[rs2], writes x[rd]. */
  | 'xxToX'
  /** Memory at x[rs1]. */
  | 'memory'
  /** Memory at x[rs1], stride x[rs2]. */
  | 'strided';

export type VectorMeaning = <V>(m: VectorOps<V>, i: VectorOperands<V>) => void;

export interface VectorInstruction {
  readonly name: string;
  readonly match: number;
  readonly mask: number;
  /** Operands in assembly order: vd, vs1, vs2, vs3, x1, x2, f1, imm, uimm, vm and others (vector-text.ts). */
  readonly assembly: string;
  readonly shape: VectorShape;
  readonly meaning: VectorMeaning;
  /** What the fast paths for whole registers are made from. */
  readonly lanes?: LaneMeaning;
}

/** An operation on each element for itself, or a move between registers and memory. */
export interface LaneMeaning {
  readonly kind: 'element';
  readonly spec: ElementSpec;
}
