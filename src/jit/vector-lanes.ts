/**
 * Fast paths of elementwise vector instructions: the same meanings (isa/vector/elements.ts) over wasm SIMD, where a value
 * stands for all lanes of a register. What SIMD cannot do, or not with exact flags, is left to the loop over elements.
 */
import binaryen from 'binaryen';
import type { FloatArithmetic, FloatFormat } from '../isa/ops.ts';
import type { ElementOps, Sew } from '../isa/vector/vector-ops.ts';
import { fusedLanes } from './float-arithmetic.ts';
import type { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';

const { v128 } = binaryen;

/** A register's lanes; `scalar` is the i64 that all lanes hold. */
export interface Lanes {
  readonly build: () => ExpressionRef;
  readonly scalar?: () => ExpressionRef;
  readonly constant?: bigint;
}

/** This meaning has no fast path. */
export class NoLanes extends Error {}

const unsupported = (): never => {
  throw new NoLanes();
};

type Pair = (a: ExpressionRef, b: ExpressionRef) => ExpressionRef;
type Shift = (value: ExpressionRef, amount: ExpressionRef) => ExpressionRef;

interface LaneOperators {
  readonly add: Pair;
  readonly sub: Pair;
  readonly mul?: Pair;
  readonly shl: Shift;
  readonly shr_s: Shift;
  readonly shr_u: Shift;
  readonly eq: Pair;
  readonly ne: Pair;
  readonly lt_s: Pair;
  readonly lt_u?: Pair;
  readonly ge_s: Pair;
  readonly ge_u?: Pair;
  readonly splat: (value: ExpressionRef) => ExpressionRef;
}

/** Exponent field of a format, and its unit, as 64-bit lanes hold them. */
const EXPONENTS = {
  32: { mask: 0x7f80_0000n, unit: 0x80_0000n },
  64: { mask: 0x7ff0_0000_0000_0000n, unit: 0x10_0000_0000_0000n },
} as const;

/** Operators, and how close to the subnormal numbers their result may be: a sum there is exact. */
const LOWEST = { add: 0, sub: 0, mul: 2, div: 2 } as const;

export class LaneEmitter implements ElementOps<Lanes> {
  readonly sew: Sew;
  /** A result is there whose flags or bits are software's. Absent: none can be. */
  bad: number | undefined;
  /** The fast path needs NX to be set, and relaxed_madd to round once. */
  needsInexact = false;
  usesMultiplyAdd = false;
  private readonly m: binaryen.Module;
  private readonly locals: Locals;
  private code: ExpressionRef[] = [];

  constructor(m: binaryen.Module, sew: Sew, locals: Locals) {
    this.m = m;
    this.sew = sew;
    this.locals = locals;
  }

  take(): ExpressionRef[] {
    const taken = this.code;
    this.code = [];
    return taken;
  }

  private get operators(): LaneOperators {
    const { i8x16, i16x8, i32x4, i64x2 } = this.m;
    return { 8: i8x16, 16: i16x8, 32: i32x4, 64: i64x2 }[this.sew];
  }

  private get floats() {
    return this.sew === 32 ? this.m.f32x4 : this.m.f64x2;
  }

  emit(statement: ExpressionRef): void {
    this.code.push(statement);
  }

  /** Lanes from memory, read once. */
  load(build: () => ExpressionRef): Lanes {
    return this.name(build());
  }

  /** A bit per lane of a condition. */
  bits(condition: Lanes): ExpressionRef {
    const { i8x16, i16x8, i32x4, i64x2 } = this.m;
    const { bitmask } = { 8: i8x16, 16: i16x8, 32: i32x4, 64: i64x2 }[this.sew];
    return bitmask(condition.build());
  }

  private name(value: ExpressionRef): Lanes {
    const local = this.locals.temporary(v128);
    this.code.push(this.m.local.set(local, value));
    return { build: () => this.m.local.get(local, v128) };
  }

  /** All lanes hold the low bits of a scalar. */
  splat(scalar: () => ExpressionRef): Lanes {
    const local = this.locals.temporary(v128);
    const value = this.sew === 64 ? scalar() : this.m.i32.wrap(scalar());
    this.code.push(this.m.local.set(local, this.operators.splat(value)));
    return { scalar, build: () => this.m.local.get(local, v128) };
  }

  constant(value: bigint | number): Lanes {
    const bits = BigInt.asIntN(64, BigInt(value));
    const scalar = (): ExpressionRef => this.m.i64.const(bits);
    const bytes = Array.from({ length: 16 }, (_, k) =>
      Number((BigInt.asUintN(64, bits) >> BigInt(8 * (k % (this.sew / 8)))) & 0xffn),
    );
    return { scalar, constant: bits, build: () => this.m.v128.const(bytes) };
  }
  let(value: Lanes): Lanes {
    if (value.scalar) return value;
    return this.name(value.build());
  }
  select(condition: Lanes, whenTrue: Lanes, whenFalse: Lanes): Lanes {
    const { m } = this;
    return {
      build: () => m.v128.bitselect(whenTrue.build(), whenFalse.build(), condition.build()),
    };
  }

  private pair(operator: Pair | undefined, a: Lanes, b: Lanes): Lanes {
    const build = operator ?? unsupported();
    return { build: () => build(a.build(), b.build()) };
  }
  add = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.add, a, b);
  sub = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.sub, a, b);
  mul = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.mul, a, b);
  and(a: Lanes, b: Lanes): Lanes {
    const { scalar: x } = a;
    const { scalar: y } = b;
    const scalar = x && y && (() => this.m.i64.and(x(), y()));
    return { ...this.pair(this.m.v128.and, a, b), ...(scalar && { scalar }) };
  }
  or = (a: Lanes, b: Lanes): Lanes => this.pair(this.m.v128.or, a, b);
  xor = (a: Lanes, b: Lanes): Lanes => this.pair(this.m.v128.xor, a, b);
  /** Amounts differ between lanes unless they are a scalar's. One that is too large is meant for wider values. */
  private shift(operator: Shift, a: Lanes, b: Lanes): Lanes {
    const amount = b.scalar ?? unsupported();
    if (b.constant !== undefined && b.constant >= BigInt(this.sew)) unsupported();
    return { build: () => operator(a.build(), this.m.i32.wrap(amount())) };
  }
  shl = (a: Lanes, b: Lanes): Lanes => this.shift(this.operators.shl, a, b);
  shrU = (a: Lanes, b: Lanes): Lanes => this.shift(this.operators.shr_u, a, b);
  shrS = (a: Lanes, b: Lanes): Lanes => this.shift(this.operators.shr_s, a, b);
  eq = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.eq, a, b);
  ne = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.ne, a, b);
  ltS = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.lt_s, a, b);
  ltU = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.lt_u, a, b);
  geS = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.ge_s, a, b);
  geU = (a: Lanes, b: Lanes): Lanes => this.pair(this.operators.ge_u, a, b);

  /** Where NX is set and frm is to nearest even, a result that is an ordinary number has no other flag. */
  private checked(result: ExpressionRef, lowest: number): Lanes {
    const { m } = this;
    this.needsInexact = true;
    const value = this.name(result);
    const { mask, unit } = EXPONENTS[this.sew as 32 | 64];
    const least = BigInt(lowest) * unit;
    const exponent = m.v128.and(value.build(), this.constant(mask).build());
    const above = this.name(this.operators.sub(exponent, this.constant(least).build()));
    const limit = this.constant(mask - least);
    // A difference below 0 is a large unsigned one; 64-bit lanes have signed comparisons only.
    const beyond = this.operators.ge_s(above.build(), limit.build());
    const below = this.operators.lt_s(above.build(), this.constant(0).build());
    this.note(m.v128.or(beyond, below));
    return value;
  }
  private note(bad: ExpressionRef): void {
    const { m } = this;
    if (this.bad === undefined) {
      this.bad = this.locals.temporary(v128);
      this.code.push(m.local.set(this.bad, bad));
    } else {
      const before = m.local.get(this.bad, v128);
      this.code.push(m.local.set(this.bad, m.v128.or(before, bad)));
    }
  }
  floatArithmetic(
    operation: FloatArithmetic,
    _format: FloatFormat,
    _rm: number,
    a: Lanes,
    b: Lanes,
  ): Lanes {
    switch (operation) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'div':
        return this.checked(this.floats[operation](a.build(), b.build()), LOWEST[operation]);
      case 'min':
      case 'max': {
        // wasm's order the zeros as RISC-V's do; NaNs are software's.
        const { ne } = this.floats;
        this.note(this.m.v128.or(ne(a.build(), a.build()), ne(b.build(), b.build())));
        return { build: () => this.floats[operation](a.build(), b.build()) };
      }
      case 'sqrt':
      case 'minm':
      case 'maxm':
      case 'round':
      case 'roundnx':
        return unsupported();
    }
  }
  floatMultiplyAdd(_format: FloatFormat, _rm: number, a: Lanes, b: Lanes, c: Lanes): Lanes {
    this.usesMultiplyAdd = true;
    return this.checked(
      fusedLanes(this.m, this.sew as 32 | 64, a.build(), b.build(), c.build()),
      2,
    );
  }
  floatCompare(operation: 'eq' | 'lt' | 'le', _format: FloatFormat, a: Lanes, b: Lanes): Lanes {
    const { ne } = this.floats;
    this.note(this.m.v128.or(ne(a.build(), a.build()), ne(b.build(), b.build())));
    return { build: () => this.floats[operation](a.build(), b.build()) };
  }

  mulh = unsupported;
  mulhu = unsupported;
  mulhsu = unsupported;
  div = unsupported;
  divu = unsupported;
  rem = unsupported;
  remu = unsupported;
  sext = unsupported;
  zext = unsupported;
  countLeadingZeros = unsupported;
  countTrailingZeros = unsupported;
  countOnes = unsupported;
  floatClassify = unsupported;
  floatToInteger = unsupported;
  integerToFloat = unsupported;
  floatConvert = unsupported;
  vxrm = unsupported;
  saturateWhen = unsupported;
  frm = unsupported;
  fflags = unsupported;
  setFflags = unsupported;
}
