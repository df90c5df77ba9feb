/**
 * The vocabulary that vector semantics are written in: the values of isa/ops.ts, and what a vector instruction does around
 * them. As there, a value is pure and may be dropped or, once named with `let`, used again; all that can make the
 * instruction illegal comes before its first write. Backends: vector-evaluator.ts and jit/vector-emitter.ts; for whole
 * registers also jit/vector-lanes.ts, where a value stands for all lanes of one.
 */
import type { AccessSize, Ops } from '../ops.ts';

/** Element width in bits. */
export type Sew = 8 | 16 | 32 | 64;

/** What an element's result is computed with. `rm` is 0 to 4, or 7 for frm, which is known to be valid. */
export type ElementOps<V> = Pick<
  Ops<V, number>,
  | 'constant'
  | 'let'
  | 'select'
  | 'add'
  | 'sub'
  | 'mul'
  | 'mulh'
  | 'mulhu'
  | 'mulhsu'
  | 'div'
  | 'divu'
  | 'rem'
  | 'remu'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'eq'
  | 'ne'
  | 'ltS'
  | 'ltU'
  | 'geS'
  | 'geU'
  | 'sext'
  | 'zext'
  | 'countLeadingZeros'
  | 'countTrailingZeros'
  | 'countOnes'
  | 'floatArithmetic'
  | 'floatMultiplyAdd'
  | 'floatCompare'
  | 'floatClassify'
  | 'floatToInteger'
  | 'integerToFloat'
  | 'floatConvert'
> & {
  /** vxrm, 0 to 3. */
  vxrm(): V;
  /** Set vxsat where the condition holds. */
  saturateWhen(condition: V): void;
  /** 0 to 4. */
  frm(): V;
  fflags(): V;
  setFflags(value: V): void;
};

/** A value that changes. */
export interface Variable<V> {
  /** The value as it is now. */
  get(): V;
  set(value: V): void;
}

export interface VectorOps<V> extends ElementOps<V>, Pick<Ops<V, number>, 'when'> {
  variable(initial: V): Variable<V>;
  ifElse(condition: V, then: () => void, otherwise: () => void): void;
  /** Run `body` for from, from + 1, … while less than `to()`, which is asked each time; unsigned. */
  forEach(from: V, to: () => V, body: (index: V) => void): void;
  /** Run `body` with the one of `widths` whose code (0 for 8 bits to 3) is `code`; illegal if it is none of them. */
  bySew(code: V, widths: readonly Sew[], body: (sew: Sew) => void): void;
  illegalWhen(condition: V): void;

  /** Element at a byte offset in the register file; v1 begins at 16. */
  readElement(offset: V, bits: Sew, signed: boolean): V;
  writeElement(offset: V, bits: Sew, value: V): void;

  vl(): V;
  setVl(value: V): void;
  /** As the CSR reads: negative where vill is set. */
  vtype(): V;
  setVtype(value: V): void;
  vstart(): V;
  setVstart(value: V): void;
  /** The result for an x or f register. */
  giveResult(value: V): void;

  /** Illegal where frm holds an invalid mode, or floating point is off. */
  requireFloat(): void;
  /** A trap leaves with vstart = index. */
  loadMemory(address: V, size: AccessSize, index: V): V;
  storeMemory(address: V, size: AccessSize, value: V, index: V): void;
  /** The value, and 1 instead of a trap. */
  tryLoadMemory(address: V, size: AccessSize): { readonly value: V; readonly failed: V };
  /**
   * Move `bytes` (at least 1, at most 128) between memory and the register file, if the backend can tell that none of them
   * traps: 1. Else 0, and nothing has happened.
   */
  moveBlock(direction: 'load' | 'store', address: V, offset: V, bytes: V): V;
}

/** Operands of a vector instruction: register numbers and values of scalar registers. */
export interface VectorOperands<V> {
  readonly word: V;
  /** rd, rs1, rs2 fields; also vd or vs3, vs1, vs2. */
  readonly vd: V;
  readonly vs1: V;
  readonly vs2: V;
  /** 1: not masked. */
  readonly vm: V;
  /** x or f register of field rs1, and x register of field rs2, where the instruction reads them. */
  readonly scalar: V;
  readonly second: V;
}
