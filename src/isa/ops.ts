/**
 * The vocabulary that instruction semantics are written in. Each backend (reference evaluator, wasm interpreter,
 * binaryen translator) implements it once; no instruction is defined anywhere else.
 *
 * V is a 64-bit value of the backend (a bigint, or a piece of wasm that yields one), R a register number (a constant in
 * the translator, a run-time operand in the interpreter). Values are pure: a V may be dropped, and using one twice may
 * compute it twice, so name what is used again with `let`. Methods that return void, and `load`, `amo`,
 * `loadReserved`, `storeConditional`, `readCsr` and the floating-point operations, take effect in call order; the
 * values that they return may be used any number of times. Everything that can trap must come before the first write
 * of the same instruction, so that a trap leaves the state as it was.
 */
export type AccessSize = 1 | 2 | 4 | 8;
/** Bytes of an atomic memory operation. */
export type AmoSize = 1 | 2 | 4 | 8;
export type BlockManagement = 'inval' | 'clean' | 'flush';
export type AmoOperation = 'swap' | 'add' | 'xor' | 'and' | 'or' | 'min' | 'max' | 'minu' | 'maxu';
/** h: binary16, s: binary32, d: binary64. Narrow values are passed as their bits, zero-extended, without the NaN box. */
export type FloatFormat = 'h' | 's' | 'd';
/** minm and maxm are NaN where an operand is; round gives an integral value, roundnx also says whether it is another one. */
export type FloatArithmetic =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'sqrt'
  | 'min'
  | 'max'
  | 'minm'
  | 'maxm'
  | 'round'
  | 'roundnx';
/** ltq and leq are quiet: only signaling NaNs are invalid. */
export type FloatComparison = 'eq' | 'lt' | 'le' | 'ltq' | 'leq';
export type IntegerType = 'w' | 'wu' | 'l' | 'lu';

/** Operand fields of one instruction. `imm` is the sign-extended immediate (or shamt, or uimm of the csr*i forms). */
export interface Operands<V, R> {
  readonly rd: R;
  readonly rs1: R;
  readonly rs2: R;
  readonly rs3: R;
  readonly imm: V;
  /** CSR address, 12 bits. */
  readonly csr: R;
  /** Rounding-mode field of the instruction, 0-7; 7 is dynamic (frm). */
  readonly rm: R;
}

export interface Ops<V, R> {
  constant(value: bigint | number): V;
  /** Compute now, once; the result may be used again. */
  let(value: V): V;
  /** Run `body` only where `condition` (0 or 1) holds. */
  when(condition: V, body: () => void): void;
  /** Both values are pure; condition is 0 or 1. */
  select(condition: V, whenTrue: V, whenFalse: V): V;

  /** x0 reads as 0; writes to x0 are dropped by the backend. */
  x(register: R): V;
  setX(register: R, value: V): void;
  /** An even register and the next; x0 stands for a pair of zeros. */
  xPair(register: R): readonly [V, V];
  setXPair(register: R, values: readonly [V, V]): void;
  /** Raw 64 bits of a floating-point register. */
  f(register: R): V;
  setF(register: R, value: V): void;
  /** The 32 bits of a NaN-boxed single, or the canonical NaN if the box is broken (unprivileged spec, "NaN Boxing"). */
  fSingle(register: R): V;
  /** Write a single's 32 bits with the NaN box. */
  setFSingle(register: R, value: V): void;
  /** The same for 16 bits. */
  fHalf(register: R): V;
  setFHalf(register: R, value: V): void;
  /** Address of this instruction, and of the next one. */
  pc(): V;
  nextPc(): V;

  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  mulh(a: V, b: V): V;
  mulhu(a: V, b: V): V;
  /** a signed, b unsigned. */
  mulhsu(a: V, b: V): V;
  /** RISC-V results for a zero divisor and for overflow. */
  div(a: V, b: V): V;
  divu(a: V, b: V): V;
  rem(a: V, b: V): V;
  remu(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  /** Shift amounts are taken modulo 64. */
  shl(a: V, b: V): V;
  shrU(a: V, b: V): V;
  shrS(a: V, b: V): V;
  /** Amounts modulo `bits`; of 32 bits the low half is rotated and the result sign-extended. */
  rotateLeft(a: V, b: V, bits: 32 | 64): V;
  rotateRight(a: V, b: V, bits: 32 | 64): V;
  /** 64 for zero. */
  countLeadingZeros(a: V): V;
  countTrailingZeros(a: V): V;
  countOnes(a: V): V;
  /** Product of polynomials over GF(2): its low and its high 64 bits. */
  carrylessMultiply(a: V, b: V): V;
  carrylessMultiplyHigh(a: V, b: V): V;
  /** Comparisons give 0 or 1. */
  eq(a: V, b: V): V;
  ne(a: V, b: V): V;
  ltS(a: V, b: V): V;
  ltU(a: V, b: V): V;
  geS(a: V, b: V): V;
  geU(a: V, b: V): V;
  /** Sign- or zero-extend the low `bits` bits. */
  sext(value: V, bits: 8 | 16 | 32): V;
  zext(value: V, bits: 8 | 16 | 32): V;

  /** Misaligned accesses work, also over a page boundary. */
  load(address: V, size: AccessSize, signed: boolean): V;
  store(address: V, size: AccessSize, value: V): void;
  /** Misaligned addresses trap (store/AMO address misaligned; for LR load address misaligned). Narrow results are sign-extended. */
  amo(operation: AmoOperation, address: V, size: AmoSize, value: V): V;
  /** The old value; where its `size` bytes are those of `expected`, `replacement` is stored. */
  compareAndSwap(address: V, size: AmoSize, expected: V, replacement: V): V;
  /** The same for 16 bytes, in pairs of which the low half comes first. */
  compareAndSwapPair(
    address: V,
    expected: readonly [V, V],
    replacement: readonly [V, V],
  ): readonly [V, V];
  loadReserved(address: V, size: 4 | 8): V;
  /** 0 on success, 1 on failure. */
  storeConditional(address: V, size: 4 | 8, value: V): V;
  /**
   * A vector instruction (isa/vector): the number of its meaning, its word, and the values of its scalar registers. Gives
   * what goes to an x or f register. May trap.
   */
  vector(meaning: R, word: V, scalar: V, second: V): V;
  /** Zero the cache block of the address, or say that it shall be managed; illegal where envcfg forbids it. */
  zeroBlock(address: V): void;
  manageBlock(operation: BlockManagement, address: V): void;
  /** `sets`: fm, predecessor and successor set of the instruction; without them a full fence. */
  fence(sets?: V): void;
  fenceI(): void;

  /** Conditional direct branch to pc + offset. */
  branch(condition: V, offset: V): void;
  /** Direct jump to pc + offset. */
  jump(offset: V): void;
  /** Jump to a computed address (bit 0 already cleared). */
  jumpIndirect(target: V): void;

  /** Illegal instruction if absent, or the privilege does not allow it. */
  readCsr(csr: R): V;
  writeCsr(csr: R, value: V): void;
  /** Raise an exception at this instruction. */
  trap(cause: number, tval: V): void;
  /** Environment call from the current privilege. */
  environmentCall(): void;
  trapReturn(from: 'm' | 's'): void;
  waitForInterrupt(): void;
  sfenceVma(address: V, asid: V, hasAddress: V, hasAsid: V): void;
  /** Fences of Svinval: illegal in U-mode, otherwise nothing is left to do. */
  orderTranslations(): void;

  /** IEEE 754 operations with accrued flags; NaN results are canonical; an invalid rm is an illegal instruction. */
  floatArithmetic(operation: FloatArithmetic, format: FloatFormat, rm: R, a: V, b: V): V;
  /** a * b + c with one rounding; negations are done by the row on the sign bits. */
  floatMultiplyAdd(format: FloatFormat, rm: R, a: V, b: V, c: V): V;
  floatCompare(operation: FloatComparison, format: FloatFormat, a: V, b: V): V;
  floatClassify(format: FloatFormat, a: V): V;
  /** 32-bit results are sign-extended to 64, also unsigned ones. */
  floatToInteger(format: FloatFormat, type: IntegerType, rm: R, a: V): V;
  integerToFloat(format: FloatFormat, type: IntegerType, rm: R, a: V): V;
  /** A double truncated to a 32-bit integer, modulo 2^32; flags as of a conversion to w. */
  floatToIntegerModular(a: V): V;
  floatConvert(from: FloatFormat, to: FloatFormat, rm: R, a: V): V;
}
