/** The integer part of Ops on binaryen, shared by the interpreter's generator and the translator. */
import binaryen from 'binaryen';
import type { INTEGER_HELPERS } from './integer-helpers.ts';
import {
  asI32,
  asI64,
  boolValue,
  boundOf,
  type ExpressionRef,
  i64Value,
  isSigned32,
  isUnsigned32,
  type Value,
} from './value.ts';

const MINUS_ONE = 0xffff_ffff_ffff_ffffn;

const LOCAL_TYPE: Readonly<Record<Value['type'], binaryen.Type>> = {
  i64: binaryen.i64,
  s32: binaryen.i32,
  u32: binaryen.i32,
  bool: binaryen.i32,
  f64: binaryen.f64,
  f32: binaryen.f32,
};

type Comparison = 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'ge_s' | 'ge_u';

export abstract class IntegerEmitter {
  readonly module: binaryen.Module;
  /** Effects in order; the owner takes them with `take`. */
  protected code: ExpressionRef[] = [];

  constructor(module: binaryen.Module) {
    this.module = module;
  }

  /** A fresh local of the function being built. */
  protected abstract newLocal(type: binaryen.Type): number;

  /** Name of a helper function, before it is called. */
  protected helper(name: string): string {
    return name;
  }

  /** An i64 local as a value. */
  protected localValue(local: number): Value {
    return {
      type: 'i64',
      simple: true,
      build: () => this.module.local.get(local, binaryen.i64),
    };
  }

  /** The statements emitted since the last call. */
  take(): ExpressionRef[] {
    const taken = this.code;
    this.code = [];
    return taken;
  }

  emit(...statements: ExpressionRef[]): void {
    this.code.push(...statements);
  }

  constant(value: bigint | number): Value {
    const bits = BigInt.asUintN(64, BigInt(value));
    return {
      type: 'i64',
      simple: true,
      constant: bits,
      build: () => this.module.i64.const(BigInt.asIntN(64, bits)),
    };
  }

  let(value: Value): Value {
    if (value.simple) return value;
    const type = LOCAL_TYPE[value.type];
    const local = this.newLocal(type);
    this.emit(this.module.local.set(local, value.build()));
    const { low: _low, ...rest } = value;
    return { ...rest, simple: true, build: () => this.module.local.get(local, type) };
  }

  when(condition: Value, body: () => void): void {
    const outer = this.code;
    this.code = [];
    body();
    const inner = this.code;
    this.code = outer;
    this.emit(this.module.if(asI32(this.module, condition), this.module.block(null, inner)));
  }

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    const { module } = this;
    return i64Value(() =>
      module.select(asI32(module, condition), asI64(module, whenTrue), asI64(module, whenFalse)),
    );
  }

  protected binary(
    build: (a: ExpressionRef, b: ExpressionRef) => ExpressionRef,
    a: Value,
    b: Value,
  ): Value {
    return i64Value(() => build(asI64(this.module, a), asI64(this.module, b)));
  }

  private wordwise(
    build: (a: ExpressionRef, b: ExpressionRef) => ExpressionRef,
    a: Value,
    b: Value,
  ): () => ExpressionRef {
    return () => build(asI32(this.module, a), asI32(this.module, b));
  }

  /** The low half of the result comes from the low halves of the operands. */
  private modular(
    operator: 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor',
    a: Value,
    b: Value,
  ): Value {
    const { i32, i64 } = this.module;
    return { ...this.binary(i64[operator], a, b), low: this.wordwise(i32[operator], a, b) };
  }

  /** Of extended words a word. */
  private bitwise(operator: 'and' | 'or' | 'xor', a: Value, b: Value): Value {
    const result = this.modular(operator, a, b);
    const build = result.low ?? result.build;
    const below = Math.max(boundOf(a), boundOf(b));
    const bits = 2 ** Math.ceil(Math.log2(below));
    if (isUnsigned32(a) && isUnsigned32(b)) return { type: 'u32', build, below: bits };
    return isSigned32(a) && isSigned32(b) ? { type: 's32', build } : result;
  }

  protected compare(operator: Comparison, a: Value, b: Value): Value {
    const { i32, i64 } = this.module;
    const isWord = isSigned32(a) && isSigned32(b);
    const isUnsignedWord = isUnsigned32(a) && isUnsigned32(b) && !operator.endsWith('_s');
    return boolValue(
      isWord || isUnsignedWord
        ? this.wordwise(i32[operator], a, b)
        : () => i64[operator](asI64(this.module, a), asI64(this.module, b)),
    );
  }

  add(a: Value, b: Value): Value {
    if (b.constant === 0n) return a;
    if (a.constant === 0n) return b;
    if (a.constant !== undefined && b.constant !== undefined)
      return this.constant(a.constant + b.constant);
    return this.modular('add', a, b);
  }
  sub(a: Value, b: Value): Value {
    return this.modular('sub', a, b);
  }
  mul(a: Value, b: Value): Value {
    return this.modular('mul', a, b);
  }
  and(a: Value, b: Value): Value {
    const { low } = this.modular('and', a, b);
    const below = Math.min(
      isUnsigned32(a) ? boundOf(a) : 2 ** 32,
      isUnsigned32(b) ? boundOf(b) : 2 ** 32,
    );
    // One operand without high bits is enough.
    if (low !== undefined && (isUnsigned32(a) || isUnsigned32(b)))
      return { type: 'u32', build: low, below };
    return this.bitwise('and', a, b);
  }
  or(a: Value, b: Value): Value {
    return this.bitwise('or', a, b);
  }
  xor(a: Value, b: Value): Value {
    return this.bitwise('xor', a, b);
  }
  shl(a: Value, b: Value): Value {
    const { i32, i64 } = this.module;
    const result = this.binary(i64.shl, a, b);
    return boundOf(b) <= 32 ? { ...result, low: this.wordwise(i32.shl, a, b) } : result;
  }
  shrU(a: Value, b: Value): Value {
    const { i32, i64 } = this.module;
    if (!isUnsigned32(a) || boundOf(b) > 32) return this.binary(i64.shr_u, a, b);
    const below = 2 ** (32 - Number(b.constant ?? 0n));
    return { type: 'u32', build: this.wordwise(i32.shr_u, a, b), below };
  }
  shrS(a: Value, b: Value): Value {
    const { i32, i64 } = this.module;
    if (!isSigned32(a) || boundOf(b) > 32) return this.binary(i64.shr_s, a, b);
    return { type: 's32', build: this.wordwise(i32.shr_s, a, b) };
  }
  rotateLeft(a: Value, b: Value, bits: 32 | 64): Value {
    const { i32, i64 } = this.module;
    return bits === 64 ? this.binary(i64.rotl, a, b) : this.word(i32.rotl, a, b);
  }
  rotateRight(a: Value, b: Value, bits: 32 | 64): Value {
    const { i32, i64 } = this.module;
    return bits === 64 ? this.binary(i64.rotr, a, b) : this.word(i32.rotr, a, b);
  }
  /** A 32-bit operator, its result sign-extended. */
  private word(
    build: (a: ExpressionRef, b: ExpressionRef) => ExpressionRef,
    a: Value,
    b: Value,
  ): Value {
    return { type: 's32', build: this.wordwise(build, a, b) };
  }
  countLeadingZeros(a: Value): Value {
    return i64Value(() => this.module.i64.clz(asI64(this.module, a)));
  }
  countTrailingZeros(a: Value): Value {
    return i64Value(() => this.module.i64.ctz(asI64(this.module, a)));
  }
  countOnes(a: Value): Value {
    return i64Value(() => this.module.i64.popcnt(asI64(this.module, a)));
  }
  carrylessMultiply(a: Value, b: Value): Value {
    return this.callInteger('clmul', a, b);
  }
  carrylessMultiplyHigh(a: Value, b: Value): Value {
    return this.callInteger('clmulh', a, b);
  }
  private callInteger(name: (typeof INTEGER_HELPERS)[number], a: Value, b: Value): Value {
    return this.binary((x, y) => this.module.call(this.helper(name), [x, y], binaryen.i64), a, b);
  }
  eq(a: Value, b: Value): Value {
    const { module } = this;
    if (b.constant !== 0n) return this.compare('eq', a, b);
    return boolValue(() =>
      isSigned32(a) || isUnsigned32(a)
        ? module.i32.eqz(asI32(module, a))
        : module.i64.eqz(asI64(module, a)),
    );
  }
  ne(a: Value, b: Value): Value {
    return this.compare('ne', a, b);
  }
  ltS(a: Value, b: Value): Value {
    return this.compare('lt_s', a, b);
  }
  ltU(a: Value, b: Value): Value {
    return this.compare('lt_u', a, b);
  }
  geS(a: Value, b: Value): Value {
    return this.compare('ge_s', a, b);
  }
  geU(a: Value, b: Value): Value {
    return this.compare('ge_u', a, b);
  }

  sext(value: Value, bits: 8 | 16 | 32): Value {
    const { module } = this;
    const { i32, i64 } = module;
    if (bits === 32)
      return isSigned32(value) ? value : { type: 's32', build: () => asI32(module, value) };
    const extend = bits === 8 ? i64.extend8_s : i64.extend16_s;
    const extendWord = bits === 8 ? i32.extend8_s : i32.extend16_s;
    return {
      ...i64Value(() => extend(asI64(module, value))),
      low: () => extendWord(asI32(module, value)),
    };
  }

  zext(value: Value, bits: 8 | 16 | 32): Value {
    const { module } = this;
    if (bits === 32)
      return isUnsigned32(value) ? value : { type: 'u32', build: () => asI32(module, value) };
    return this.and(value, this.constant(bits === 8 ? 0xff : 0xffff));
  }

  /** High half of the unsigned product from four 32-bit products (Knuth, TAOCP 4.3.1, algorithm M). */
  mulhu(a: Value, b: Value): Value {
    const low = this.constant(0xffff_ffffn);
    const half = this.constant(32);
    const [x, y] = [this.let(a), this.let(b)];
    const aLow = this.let(this.and(x, low));
    const aHigh = this.let(this.shrU(x, half));
    const bLow = this.let(this.and(y, low));
    const bHigh = this.let(this.shrU(y, half));
    const carry = this.shrU(this.mul(aLow, bLow), half);
    const middle = this.let(this.add(this.mul(aHigh, bLow), carry));
    const second = this.let(this.add(this.mul(aLow, bHigh), this.and(middle, low)));
    const top = this.add(this.mul(aHigh, bHigh), this.shrU(middle, half));
    return this.let(this.add(top, this.shrU(second, half)));
  }

  mulh(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    const sign = this.constant(63);
    const high = this.sub(this.mulhu(x, y), this.and(this.shrS(x, sign), y));
    return this.sub(high, this.and(this.shrS(y, sign), x));
  }

  mulhsu(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    return this.sub(this.mulhu(x, y), this.and(this.shrS(x, this.constant(63)), y));
  }

  /** `ordinary` unless the divisor is zero or -1 (which overflows); wasm's own operators trap there. */
  private divide(
    divisor: Value,
    byZero: Value,
    byMinusOne: Value | undefined,
    ordinary: () => ExpressionRef,
  ): Value {
    const { module } = this;
    return this.let(
      i64Value(() => {
        const rest = () =>
          byMinusOne === undefined
            ? ordinary()
            : module.if(
                module.i64.eq(asI64(module, divisor), this.constant(MINUS_ONE).build()),
                asI64(module, byMinusOne),
                ordinary(),
              );
        return module.if(module.i64.eqz(asI64(module, divisor)), asI64(module, byZero), rest());
      }),
    );
  }

  div(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    const quotient = () =>
      isSigned32(x) && isSigned32(y)
        ? this.module.i64.extend_s(this.wordwise(this.module.i32.div_s, x, y)())
        : this.module.i64.div_s(asI64(this.module, x), asI64(this.module, y));
    return this.divide(y, this.constant(MINUS_ONE), this.sub(this.constant(0), x), quotient);
  }
  divu(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    const quotient = () =>
      isUnsigned32(x) && isUnsigned32(y)
        ? this.module.i64.extend_u(this.wordwise(this.module.i32.div_u, x, y)())
        : this.module.i64.div_u(asI64(this.module, x), asI64(this.module, y));
    return this.divide(y, this.constant(MINUS_ONE), undefined, quotient);
  }
  rem(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    const remainder = () =>
      isSigned32(x) && isSigned32(y)
        ? this.module.i64.extend_s(this.wordwise(this.module.i32.rem_s, x, y)())
        : this.module.i64.rem_s(asI64(this.module, x), asI64(this.module, y));
    return this.divide(y, x, this.constant(0), remainder);
  }
  remu(a: Value, b: Value): Value {
    const [x, y] = [this.let(a), this.let(b)];
    const remainder = () =>
      isUnsigned32(x) && isUnsigned32(y)
        ? this.module.i64.extend_u(this.wordwise(this.module.i32.rem_u, x, y)())
        : this.module.i64.rem_u(asI64(this.module, x), asI64(this.module, y));
    return this.divide(y, x, undefined, remainder);
  }
}
