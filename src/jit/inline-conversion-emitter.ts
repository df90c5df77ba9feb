/** Conversions, minima, signs and classes inside regions without a call, where neither value nor flags hang on more than what is tested. */
import binaryen from 'binaryen';
import type { FloatArithmetic, FloatFormat, IntegerType } from '../isa/ops.ts';
import { InlineFloatEmitter } from './inline-float-emitter.ts';
import { asF32, asF64, asI32, asI64, type ExpressionRef, type Value } from './value.ts';

const { i64, f32, f64 } = binaryen;

const SIGN_DOUBLE = 1n << 63n;
/** Rounding modes that wasm has, by frm's number: to an integral double. */
const ROUNDINGS = ['nearest', 'trunc', 'floor', 'ceil'] as const;
const DYNAMIC = 7;
const NEAREST = 0;

/** What a double's magnitude must be less than, and whether it must not be negative, to be such an integer for certain. */
const INTEGER_RANGES: Record<IntegerType, { end: number; isUnsigned: boolean }> = {
  w: { end: 2 ** 31, isUnsigned: false },
  wu: { end: 2 ** 32, isUnsigned: true },
  l: { end: 2 ** 63, isUnsigned: false },
  lu: { end: 2 ** 63, isUnsigned: true },
};

/** wasm's order the zeros as RISC-V's do. */
const EXTREMA = { min: 'min', max: 'max', minm: 'min', maxm: 'max' } as const;
const isExtremum = (operation: FloatArithmetic): operation is keyof typeof EXTREMA =>
  operation in EXTREMA;

/** Fields of a double, and the bits of fclass for normal numbers: unprivileged spec 20240411, table 28. */
const EXPONENT_SHIFT = 52;
const EXPONENT_MASK = 0x7ff;
const POSITIVE_NORMAL = 1 << 6;
const NEGATIVE_SHIFT = 5;

export abstract class InlineConversionEmitter extends InlineFloatEmitter {
  /** `fast` where `isFast` holds, else what `slow` gives. */
  private either(
    type: binaryen.Type,
    isFast: ExpressionRef,
    fast: ExpressionRef,
    slow: () => Value,
  ): number {
    const { module } = this;
    const local = this.newLocal(type);
    const outer = this.take();
    const result = slow();
    const asType = type === f64 ? asF64 : type === f32 ? asF32 : asI64;
    const again = [...this.take(), module.local.set(local, asType(module, result))];
    const at = module.if(isFast, module.local.set(local, fast), module.block(null, again));
    this.emit(...outer, this.hints.likely(at));
    return local;
  }

  /** Inexact results raise nothing new, and dynamic rounding is to nearest even. */
  private isSettled(rm: number): ExpressionRef {
    return this.limitFor(rm === DYNAMIC ? DYNAMIC : NEAREST, 1);
  }

  override floatToInteger(format: FloatFormat, type: IntegerType, rm: number, a: Value): Value {
    const { module } = this;
    const rounding = ROUNDINGS[rm === DYNAMIC ? NEAREST : rm];
    if (format === 'h' || rounding === undefined || !this.optimisations.has('inlineFloat'))
      return super.floatToInteger(format, type, rm, a);
    const x = this.let(a);
    const value = format === 'd' ? asF64(module, x) : module.f64.promote(asF32(module, x));
    const rounded = this.newLocal(f64);
    const get = (): ExpressionRef => module.local.get(rounded, f64);
    const { end, isUnsigned } = INTEGER_RANGES[type];
    const below = module.f64.lt(isUnsigned ? get() : module.f64.abs(get()), module.f64.const(end));
    const isInRange = isUnsigned
      ? module.i32.and(below, module.f64.ge(get(), module.f64.const(0)))
      : below;
    // The conversion itself is towards zero.
    this.emit(
      module.local.set(rounded, rounding === 'trunc' ? value : module.f64[rounding](value)),
    );
    const isFast = module.i32.and(isInRange, this.isSettled(rm));
    const isWord = type === 'w' || type === 'wu';
    const truncated = isWord
      ? module.i64.extend_s(
          type === 'w' ? module.i32.trunc_s.f64(get()) : module.i32.trunc_u.f64(get()),
        )
      : module.i64.trunc_s.f64(get());
    const slow = (): Value => super.floatToInteger(format, type, rm, x);
    return this.localValue(this.either(i64, isFast, truncated, slow));
  }

  /** 32-bit integers are exact as doubles. */
  override integerToFloat(format: FloatFormat, type: IntegerType, rm: number, a: Value): Value {
    const { module } = this;
    const isWord = type === 'w' || type === 'wu';
    if (format === 'd' && isWord) {
      if (rm === DYNAMIC) this.frm();
      const convert = type === 'w' ? module.f64.convert_s.i32 : module.f64.convert_u.i32;
      return this.let({ type: 'f64', build: () => convert(asI32(module, a)) });
    }
    if (format === 'h' || !this.hasFastPath(rm)) return super.integerToFloat(format, type, rm, a);
    const x = this.let(a);
    const { convert_s, convert_u } = format === 'd' ? module.f64 : module.f32;
    const convert = type === 'w' || type === 'l' ? convert_s : convert_u;
    const fast = isWord ? convert.i32(asI32(module, x)) : convert.i64(asI64(module, x));
    const wasm = format === 'd' ? f64 : f32;
    const slow = (): Value => super.integerToFloat(format, type, rm, x);
    const local = this.either(wasm, this.isSettled(rm), fast, slow);
    return this.floatValue(format, local);
  }

  /** Widening is exact, but for NaNs. */
  override floatConvert(from: FloatFormat, to: FloatFormat, rm: number, a: Value): Value {
    const { module } = this;
    if (from === 'd' && to === 's' && this.hasFastPath(rm)) {
      const x = this.let(a);
      const fast = module.f32.demote(asF64(module, x));
      return this.checked('s', fast, 2, rm, () => super.floatConvert(from, to, rm, x));
    }
    if (from !== 's' || to !== 'd') return super.floatConvert(from, to, rm, a);
    if (rm === DYNAMIC) this.frm();
    const x = this.let(a);
    return this.unlessNan('d', module.f64.promote(asF32(module, x)), () =>
      super.floatConvert(from, to, rm, x),
    );
  }

  /** `fast`, and again by the helper where it is a NaN. */
  private unlessNan(format: 's' | 'd', fast: ExpressionRef, slow: () => Value): Value {
    const { module } = this;
    const isDouble = format === 'd';
    const [type, ops] = isDouble ? ([f64, module.f64] as const) : ([f32, module.f32] as const);
    const local = this.newLocal(type);
    const get = (): ExpressionRef => module.local.get(local, type);
    this.emit(module.local.set(local, fast));
    const isNan = module.if(ops.ne(get(), get()), this.again(format, local, slow));
    this.emit(this.hints.unlikely(isNan));
    return this.floatValue(format, local);
  }

  override floatArithmetic(
    operation: FloatArithmetic,
    format: FloatFormat,
    rm: number,
    a: Value,
    b: Value,
  ): Value {
    const { module } = this;
    if (!isExtremum(operation) || format === 'h' || !this.optimisations.has('inlineFloat'))
      return super.floatArithmetic(operation, format, rm, a, b);
    const [x, y] = [this.let(a), this.let(b)];
    const name = EXTREMA[operation];
    const fast =
      format === 'd'
        ? module.f64[name](asF64(module, x), asF64(module, y))
        : module.f32[name](asF32(module, x), asF32(module, y));
    return this.unlessNan(format, fast, () => super.floatArithmetic(operation, format, rm, x, y));
  }

  override floatClassify(format: FloatFormat, a: Value): Value {
    const { module } = this;
    if (format !== 'd' || !this.optimisations.has('inlineFloat'))
      return super.floatClassify(format, a);
    const x = this.let(a);
    const shifted = module.i64.shr_u(asI64(module, x), module.i64.const(EXPONENT_SHIFT));
    const exponent = module.i32.and(module.i32.wrap(shifted), module.i32.const(EXPONENT_MASK));
    const isNormal = module.i32.lt_u(
      module.i32.sub(exponent, module.i32.const(1)),
      module.i32.const(EXPONENT_MASK - 1),
    );
    const sign = module.i64.shr_u(asI64(module, x), module.i64.const(63));
    const places = module.i64.mul(sign, module.i64.const(NEGATIVE_SHIFT));
    const fast = module.i64.shr_u(module.i64.const(POSITIVE_NORMAL), places);
    return this.localValue(this.either(i64, isNormal, fast, () => super.floatClassify(format, x)));
  }

  /** Another sign for a double does not leave its register file. */
  override xor(a: Value, b: Value): Value {
    if (a.type !== 'f64' || b.constant !== SIGN_DOUBLE) return super.xor(a, b);
    return { type: 'f64', build: () => this.module.f64.neg(a.build()) };
  }

  override and(a: Value, b: Value): Value {
    if (a.type !== 'f64' || b.constant !== SIGN_DOUBLE - 1n) return super.and(a, b);
    return { type: 'f64', build: () => this.module.f64.abs(a.build()) };
  }
}
