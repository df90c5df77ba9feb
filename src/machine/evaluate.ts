/** Reference evaluator: the meaning of instruction rows on BigInt. Slow and plain; for tests and as oracle in lockstep. */
import { CSR, FCSR_FRM_SHIFT, ROUNDING } from '../isa/csr.ts';
import { lengthOf } from '../isa/decode.ts';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { operandsOf } from '../isa/operands.ts';
import type {
  AccessSize,
  AmoOperation,
  AmoSize,
  BlockManagement,
  FloatArithmetic,
  FloatComparison,
  FloatFormat,
  IntegerType,
  Operands,
  Ops,
} from '../isa/ops.ts';
import { SOFT_FLOAT_OPERATIONS, type SoftFloatName, softFloatIndex } from '../isa/softfloat.ts';
import { CAUSE } from '../isa/trap.ts';
import { vectorTable } from '../isa/vector/vector-instructions.ts';
import type { EvaluatorState } from './evaluator-state.ts';
import { bool, EvaluatorValues, unsigned } from './evaluator-values.ts';
import { type Trap, TrapRaised } from './trap-raised.ts';
import { executeVector, readVectorCsr, writeVectorCsr } from './vector-evaluator.ts';

const NAN_BOX = 0xffffffff_00000000n;
const CANONICAL_SINGLE = 0x7fc00000n;
const HALF_BOX = 0xffffffff_ffff0000n;
const CANONICAL_HALF = 0x7e00n;
const BLOCK_BYTES = 64n;
const choose = (first: boolean, a: bigint, b: bigint): bigint => (first ? a : b);
const bitsOf = (size: AccessSize): number => size * 8;

const AMO: Record<AmoOperation, (old: bigint, value: bigint) => bigint> = {
  swap: (_old, value) => value,
  add: (old, value) => old + value,
  xor: (old, value) => old ^ value,
  and: (old, value) => old & value,
  or: (old, value) => old | value,
  min: (old, value) => choose(old < value, old, value),
  max: (old, value) => choose(old > value, old, value),
  minu: (old, value) => choose(unsigned(old) < unsigned(value), old, value),
  maxu: (old, value) => choose(unsigned(old) > unsigned(value), old, value),
};

/** The vocabulary on values that are unsigned 64-bit BigInts. One per state: its members are closures. */
class Evaluator extends EvaluatorValues implements Ops<bigint, number> {
  private readonly state: EvaluatorState;
  /** Bits of the instruction, for tval of an illegal one. */
  private bits = 0n;
  private fallThrough = 0n;
  /** Where execution continues. */
  private next = 0n;

  constructor(state: EvaluatorState) {
    super();
    this.state = state;
  }

  /** Execute the instruction at pc. Throws TrapRaised. */
  execute(): void {
    const { state } = this;
    const low = state.memory.fetch(state.pc);
    const length = lengthOf(low);
    const high = length === 4 ? state.memory.fetch(unsigned(state.pc + 2n)) : 0;
    const word = state.decoder.wordAt(low, high);
    this.bits = BigInt(length === 4 ? word : low);
    this.fallThrough = unsigned(state.pc + BigInt(length));
    this.next = this.fallThrough;
    const row = INSTRUCTIONS[state.decoder.indexOf(word)];
    if (row === undefined) {
      this.executeVector(word);
      return;
    }
    if (row.float && !state.floatEnabled) throw this.illegal();
    const fields = operandsOf(row.format, word);
    const operands: Operands<bigint, number> = { ...fields, imm: this.constant(fields.imm) };
    row.exec(this, operands);
    state.pc = this.next;
    state.instret++;
  }

  private executeVector(word: number): void {
    const { state } = this;
    const row = state.vector && vectorTable().decode(word);
    if (state.vector === undefined || row === undefined) throw this.illegal();
    executeVector(row, word, this, state, state.vector);
    state.pc = this.next;
    state.instret++;
  }
  /** The carriers of generated code are not executed here. */
  vector(): never {
    throw this.illegal();
  }

  x = (register: number): bigint => this.state.x[register] as bigint;
  setX(register: number, value: bigint): void {
    if (register !== 0) this.state.x[register] = value;
  }
  xPair = (register: number): readonly [bigint, bigint] =>
    register === 0 ? [0n, 0n] : [this.x(register), this.x(register + 1)];
  setXPair(register: number, [low, high]: readonly [bigint, bigint]): void {
    if (register === 0) return;
    this.setX(register, low);
    this.setX(register + 1, high);
  }
  f = (register: number): bigint => this.state.f[register] as bigint;
  setF(register: number, value: bigint): void {
    this.state.f[register] = value;
  }
  fSingle(register: number): bigint {
    const bits = this.f(register);
    return bits >= NAN_BOX ? bits - NAN_BOX : CANONICAL_SINGLE;
  }
  setFSingle(register: number, value: bigint): void {
    this.setF(register, value | NAN_BOX);
  }
  fHalf(register: number): bigint {
    const bits = this.f(register);
    return bits >= HALF_BOX ? bits - HALF_BOX : CANONICAL_HALF;
  }
  setFHalf(register: number, value: bigint): void {
    this.setF(register, value | HALF_BOX);
  }
  pc = (): bigint => this.state.pc;
  nextPc = (): bigint => this.fallThrough;

  load(address: bigint, size: AccessSize, isSigned: boolean): bigint {
    const value = this.state.memory.load(address, size);
    return isSigned ? unsigned(BigInt.asIntN(bitsOf(size), value)) : value;
  }
  store(address: bigint, size: AccessSize, value: bigint): void {
    this.state.memory.store(address, size, BigInt.asUintN(bitsOf(size), value));
  }
  compareAndSwap(address: bigint, size: AmoSize, expected: bigint, replacement: bigint): bigint {
    this.requireAligned(address, size, CAUSE.STORE_MISALIGNED);
    const bits = bitsOf(size);
    const old = this.state.memory.loadForStore(address, size);
    if (old === BigInt.asUintN(bits, expected)) this.store(address, size, replacement);
    return unsigned(BigInt.asIntN(bits, old));
  }
  compareAndSwapPair(
    address: bigint,
    expected: readonly [bigint, bigint],
    replacement: readonly [bigint, bigint],
  ): readonly [bigint, bigint] {
    this.requireAligned(address, 16, CAUSE.STORE_MISALIGNED);
    const { memory } = this.state;
    const old = [memory.loadForStore(address, 8), memory.loadForStore(address + 8n, 8)] as const;
    if (old[0] === expected[0] && old[1] === expected[1]) {
      memory.store(address, 8, replacement[0]);
      memory.store(address + 8n, 8, replacement[1]);
    }
    return old;
  }
  zeroBlock(address: bigint): void {
    if (!this.state.system.allowsBlock('zero')) throw this.illegal();
    const first = address - (address % BLOCK_BYTES);
    for (let at = first; at < first + BLOCK_BYTES; at += 8n) this.state.memory.store(at, 8, 0n);
  }
  /** Permitted where a load or a store is; else a store's exception. */
  manageBlock(operation: BlockManagement, address: bigint): void {
    if (!this.state.system.allowsBlock(operation)) throw this.illegal();
    const block = address - (address % BLOCK_BYTES);
    try {
      this.state.memory.load(block, 8);
    } catch (error) {
      if (!(error instanceof TrapRaised)) throw error;
      this.state.memory.loadForStore(block, 8);
    }
  }
  amo(operation: AmoOperation, address: bigint, size: AmoSize, value: bigint): bigint {
    this.requireAligned(address, size, CAUSE.STORE_MISALIGNED);
    const bits = bitsOf(size);
    const old = BigInt.asIntN(bits, this.state.memory.loadForStore(address, size));
    const result = AMO[operation](old, BigInt.asIntN(bits, value));
    this.state.memory.store(address, size, BigInt.asUintN(bits, result));
    return unsigned(old);
  }
  loadReserved(address: bigint, size: 4 | 8): bigint {
    this.requireAligned(address, size, CAUSE.LOAD_MISALIGNED);
    const value = this.load(address, size, true);
    this.state.reservation = { address, value };
    return value;
  }
  /** Succeeds if memory still holds what the reservation saw, also if it was written meanwhile with the same value. */
  storeConditional(address: bigint, size: 4 | 8, value: bigint): bigint {
    this.requireAligned(address, size, CAUSE.STORE_MISALIGNED);
    const { memory, reservation } = this.state;
    const current = unsigned(BigInt.asIntN(bitsOf(size), memory.loadForStore(address, size)));
    const holds = reservation?.address === address && reservation.value === current;
    if (holds) this.store(address, size, value);
    this.state.reservation = undefined;
    return bool(!holds);
  }
  private requireAligned(address: bigint, size: number, cause: number): void {
    if (address % BigInt(size) !== 0n) throw new TrapRaised(cause, address);
  }
  /** Nothing to do: one hart, in order. */
  fence = (): void => undefined;
  fenceI(): void {
    this.state.system.fenceI();
  }

  branch(condition: bigint, offset: bigint): void {
    if (condition !== 0n) this.jump(offset);
  }
  jump(offset: bigint): void {
    this.next = unsigned(this.state.pc + offset);
  }
  jumpIndirect(target: bigint): void {
    this.next = target;
  }

  readCsr(csr: number): bigint {
    const { state } = this;
    switch (csr) {
      case CSR.fflags:
      case CSR.frm:
      case CSR.fcsr: {
        if (!state.floatEnabled) throw this.illegal();
        if (csr === CSR.fflags) return BigInt(state.fflags);
        if (csr === CSR.frm) return BigInt(state.frm);
        return BigInt(state.fflags | (state.frm << FCSR_FRM_SHIFT));
      }
      default:
        return (state.vector && readVectorCsr(state.vector, csr)) ?? state.system.readCsr(csr);
    }
  }
  writeCsr(csr: number, value: bigint): void {
    const low = Number(value & 0xffn);
    if (csr === CSR.fflags) this.state.fflags = low & 31;
    else if (csr === CSR.frm) this.state.frm = low & 7;
    else if (csr === CSR.fcsr) {
      this.state.fflags = low & 31;
      this.state.frm = low >> FCSR_FRM_SHIFT;
    } else if (!this.state.vector || !writeVectorCsr(this.state.vector, csr, value))
      this.state.system.writeCsr(csr, value);
  }
  trap(cause: number, tval: bigint): void {
    throw new TrapRaised(cause, tval);
  }
  environmentCall(): void {
    throw new TrapRaised(this.state.system.environmentCallCause(), 0n);
  }
  trapReturn(from: 'm' | 's'): void {
    this.next = this.state.system.trapReturn(from);
  }
  waitForInterrupt(): void {
    this.state.system.waitForInterrupt();
  }
  sfenceVma(address: bigint, asid: bigint, hasAddress: bigint, hasAsid: bigint): void {
    this.state.system.sfenceVma(hasAddress ? address : undefined, hasAsid ? asid : undefined);
  }
  orderTranslations(): void {
    this.state.system.orderTranslations();
  }

  private illegal(): TrapRaised {
    return new TrapRaised(CAUSE.ILLEGAL_INSTRUCTION, this.bits);
  }
  private soft(name: SoftFloatName, rm: number, a: bigint, b = 0n, c = 0n): bigint {
    const operation = SOFT_FLOAT_OPERATIONS[softFloatIndex(name)];
    const mode = rm === ROUNDING.DYNAMIC ? this.state.frm : rm;
    if (operation === undefined || mode > ROUNDING.RMM) throw this.illegal();
    const { bits, flags } = operation.compute(a, b, c, mode);
    this.state.fflags |= flags;
    return bits;
  }
  floatArithmetic = (
    operation: FloatArithmetic,
    format: FloatFormat,
    rm: number,
    a: bigint,
    b: bigint,
  ): bigint => this.soft(`${operation}.${format}`, rm, a, b);
  floatMultiplyAdd = (format: FloatFormat, rm: number, a: bigint, b: bigint, c: bigint): bigint =>
    this.soft(`fma.${format}`, rm, a, b, c);
  floatCompare = (operation: FloatComparison, format: FloatFormat, a: bigint, b: bigint): bigint =>
    this.soft(`${operation}.${format}`, ROUNDING.RNE, a, b);
  floatClassify = (format: FloatFormat, a: bigint): bigint =>
    this.soft(`class.${format}`, ROUNDING.RNE, a);
  floatToInteger = (format: FloatFormat, type: IntegerType, rm: number, a: bigint): bigint =>
    this.soft(`${format}->${type}`, rm, a);
  integerToFloat = (format: FloatFormat, type: IntegerType, rm: number, a: bigint): bigint =>
    this.soft(`${type}->${format}`, rm, a);
  floatToIntegerModular = (a: bigint): bigint => this.soft('modular.d', ROUNDING.RNE, a);
  floatConvert = (from: FloatFormat, to: FloatFormat, rm: number, a: bigint): bigint =>
    this.soft(`${from}->${to}`, rm, a);
}

const evaluators = new WeakMap<EvaluatorState, Evaluator>();

/** Execute one instruction. A trap is returned, with pc at the instruction, which has not retired. */
export function step(state: EvaluatorState): Trap | undefined {
  let evaluator = evaluators.get(state);
  if (evaluator === undefined) evaluators.set(state, (evaluator = new Evaluator(state)));
  try {
    evaluator.execute();
    return undefined;
  } catch (error) {
    if (error instanceof TrapRaised) return error.trap;
    throw error;
  }
}
