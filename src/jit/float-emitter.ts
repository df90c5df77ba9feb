/** Floating-point part of Ops: calls of the helper functions that float-helpers.ts builds, one per operation. */
import binaryen from 'binaryen';
import type { FloatArithmetic, FloatComparison, FloatFormat, IntegerType } from '../isa/ops.ts';
import { UNROUNDED } from './float-table.ts';
import { IntegerEmitter } from './integer-emitter.ts';
import { asI64, type ExpressionRef, type Value } from './value.ts';

const BOX = 0xffff_ffff_0000_0000n;
const CANONICAL_NAN_SINGLE = 0x7fc0_0000;
const HALF_BOX = 0xffff_ffff_ffff_0000n;
const CANONICAL_NAN_HALF = 0x7e00;
const UNARY: ReadonlySet<FloatArithmetic> = new Set(['sqrt', 'round', 'roundnx']);

export abstract class FloatEmitter<R> extends IntegerEmitter {
  /** Address of the hart block. */
  protected abstract hart(): ExpressionRef;
  /** The rounding mode as an i32 from 0 to 4; leaves with an illegal instruction where it is invalid. */
  protected abstract roundingMode(rm: R): ExpressionRef;
  abstract f(register: R): Value;
  abstract setF(register: R, value: Value): void;

  fSingle(register: R): Value {
    const bits = this.let(this.f(register));
    const boxed = this.eq(this.shrU(bits, this.constant(32)), this.constant(0xffff_ffff));
    return this.select(boxed, this.zext(bits, 32), this.constant(CANONICAL_NAN_SINGLE));
  }

  setFSingle(register: R, value: Value): void {
    this.setF(register, this.or(value, this.constant(BOX)));
  }

  fHalf(register: R): Value {
    const bits = this.let(this.f(register));
    const boxed = this.eq(this.shrU(bits, this.constant(16)), this.constant(0xffff_ffff_ffffn));
    return this.select(boxed, this.zext(bits, 16), this.constant(CANONICAL_NAN_HALF));
  }

  setFHalf(register: R, value: Value): void {
    this.setF(register, this.or(value, this.constant(HALF_BOX)));
  }

  /** Call a helper with the hart and i64 operands. */
  protected callHelper(name: string, rm: ExpressionRef[], operands: Value[]): Value {
    const { module } = this;
    const result = this.newLocal(binaryen.i64);
    const values = operands.map((operand) => asI64(module, operand));
    const called = module.call(this.helper(name), [this.hart(), ...rm, ...values], binaryen.i64);
    this.emit(module.local.set(result, called));
    return this.localValue(result);
  }

  floatArithmetic(
    operation: FloatArithmetic,
    format: FloatFormat,
    rm: R,
    a: Value,
    b: Value,
  ): Value {
    const name = `${operation}.${format}`;
    if (UNROUNDED.has(operation)) return this.callHelper(name, [], [a, b]);
    const mode = this.roundingMode(rm);
    return this.callHelper(name, [mode], UNARY.has(operation) ? [a] : [a, b]);
  }

  floatMultiplyAdd(format: FloatFormat, rm: R, a: Value, b: Value, c: Value): Value {
    return this.callHelper(`fma.${format}`, [this.roundingMode(rm)], [a, b, c]);
  }

  floatCompare(operation: FloatComparison, format: FloatFormat, a: Value, b: Value): Value {
    return this.callHelper(`${operation}.${format}`, [], [a, b]);
  }

  floatClassify(format: FloatFormat, a: Value): Value {
    return this.callHelper(`class.${format}`, [], [a]);
  }

  floatToInteger(format: FloatFormat, type: IntegerType, rm: R, a: Value): Value {
    return this.callHelper(`${format}->${type}`, [this.roundingMode(rm)], [a]);
  }

  integerToFloat(format: FloatFormat, type: IntegerType, rm: R, a: Value): Value {
    return this.callHelper(`${type}->${format}`, [this.roundingMode(rm)], [a]);
  }

  floatToIntegerModular(a: Value): Value {
    return this.callHelper('modular.d', [], [a]);
  }

  floatConvert(from: FloatFormat, to: FloatFormat, rm: R, a: Value): Value {
    return this.callHelper(`${from}->${to}`, [this.roundingMode(rm)], [a]);
  }
}
