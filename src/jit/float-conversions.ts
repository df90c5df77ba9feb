/** Comparisons, classes and conversions without software, where the flags are certain. What falls through is software's. */
import binaryen from 'binaryen';
import { FFLAGS } from '../isa/csr.ts';
import type { IntegerType } from '../isa/ops.ts';
import type { Fast } from './float-arithmetic.ts';
import {
  type Build,
  doubleFormat,
  exponentOf,
  type FloatCode,
  isSafelyNormal,
  isZero,
  singleFormat,
  type WasmFloat,
} from './float-format.ts';
import { areSet, canonicalNan, isInvalidSettled, returnSettled } from './float-settled.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64, f64 } = binaryen;

/** Neither operand is NaN: there is no flag to raise. */
function isOrdered(c: FloatCode, { ops }: WasmFloat, a: Build, b: Build): ExpressionRef {
  return c.m.i32.and(ops.eq(a(), a()), ops.eq(b(), b()));
}

function operands(c: FloatCode, format: WasmFloat): [Build, Build] {
  return [() => format.value(c.operand(0)), () => format.value(c.operand(1))];
}

const comparison =
  (operation: 'eq' | 'lt' | 'le', isQuiet: boolean): Fast =>
  (c, format) => {
    const [a, b] = operands(c, format);
    const result = c.m.i64.extend_u(format.ops[operation](a(), b()));
    return [
      c.returnIf(isOrdered(c, format, a, b), result),
      c.returnIf(
        isQuiet ? isInvalidSettled(c, format, 2) : areSet(c, c.m.i32.const(FFLAGS.NV)),
        c.m.i64.const(0),
      ),
    ];
  };

/** wasm's minimum and maximum order the zeros as RISC-V's do. */
const extremum =
  (operation: 'min' | 'max', passesNan: boolean): Fast =>
  (c, format) => {
    const [a, b] = operands(c, format);
    const result = format.bits(format.ops[operation](a(), b()));
    const { m } = c;
    const nan = (): ExpressionRef => canonicalNan(m, format);
    // Of a NaN and a number the number, but for the form that passes NaNs.
    const other = m.select(format.ops.eq(a(), a()), c.operand(0), c.operand(1));
    const isNumber = m.i32.or(format.ops.eq(a(), a()), format.ops.eq(b(), b()));
    const chosen = passesNan ? nan() : m.select(isNumber, other, nan());
    return [
      c.returnIf(isOrdered(c, format, a, b), result),
      c.returnIf(isInvalidSettled(c, format, 2), chosen),
    ];
  };

/** To an integral value in the same format; ties away from zero and NaNs are software's. */
const roundToIntegral =
  (isExact: boolean): Fast =>
  (c, format) => {
    const { m } = c;
    const [setValue, value] = c.name(format.type, format.value(c.operand(0)));
    const [setRounded, rounded] = c.name(format.type, integralOf(c, format, value));
    const bits = format.bits(rounded());
    const isKnown = m.i32.and(m.i32.eqz(c.roundingIs(4)), format.ops.eq(value(), value()));
    const inexact = m.if(format.ops.ne(rounded(), value()), c.setInexact());
    return [
      setValue,
      setRounded,
      m.if(isKnown, m.block(null, [...(isExact ? [inexact] : []), m.return(bits)])),
      c.returnIf(
        m.i32.and(format.ops.ne(value(), value()), isInvalidSettled(c, format, 1)),
        canonicalNan(m, format),
      ),
    ];
  };

/** Bits of fclass, unprivileged spec table 28; NaNs are told apart by the quiet bit. */
const classify: Fast = (c, format) => {
  const { m } = c;
  const signBit = format.type === f64 ? 63 : 31;
  const bits = () => c.operand(0);
  const isNegative = m.i32.wrap(
    m.i64.and(m.i64.shr_u(bits(), m.i64.const(signBit)), m.i64.const(1)),
  );
  const [setNegative, negative] = c.name(i32, isNegative);
  const exponent = () => exponentOf(m, format, bits());
  const fraction = () => m.i64.and(bits(), m.i64.const((1n << BigInt(format.fractionBits)) - 1n));
  const quiet = m.i32.wrap(m.i64.shr_u(fraction(), m.i64.const(format.fractionBits - 1)));
  const one = (positive: number, ifNegative: number): ExpressionRef =>
    m.i64.extend_u(m.select(negative(), m.i32.const(1 << ifNegative), m.i32.const(1 << positive)));
  const isTop = m.i32.eq(exponent(), m.i32.const(format.exponentMask));
  const nan = m.i64.extend_u(m.i32.shl(m.i32.const(1 << 8), quiet));
  return [
    setNegative,
    m.if(isTop, m.return(m.if(m.i64.eqz(fraction()), one(7, 0), nan))),
    m.if(exponent(), m.return(one(6, 1))),
    m.return(m.if(m.i64.eqz(fraction()), one(4, 3), one(5, 2))),
  ];
};

interface IntegerRange {
  readonly low: number;
  /** One more than the largest. */
  readonly end: number;
}

const RANGES: Record<IntegerType, IntegerRange> = {
  w: { low: -(2 ** 31), end: 2 ** 31 },
  wu: { low: 0, end: 2 ** 32 },
  l: { low: -(2 ** 63), end: 2 ** 63 },
  lu: { low: 0, end: 2 ** 64 },
};

/** As registers have them: of words, sign-extended. */
const LARGEST: Record<IntegerType, bigint> = {
  w: 2n ** 31n - 1n,
  wu: -1n,
  l: 2n ** 63n - 1n,
  lu: -1n,
};

/** Rounded in the mode's way to an integral value; ties away from zero (mode 4) is software's. */
function integralOf(c: FloatCode, { ops }: Pick<WasmFloat, 'ops'>, value: Build): ExpressionRef {
  const { m } = c;
  const directed = m.if(c.roundingIs(2), ops.floor(value()), ops.ceil(value()));
  const towardsZero = m.if(c.roundingIs(1), ops.trunc(value()), directed);
  return m.if(c.roundingIs(0), ops.nearest(value()), towardsZero);
}

export const toInteger =
  (type: IntegerType): Fast =>
  (c, format) => {
    const { m } = c;
    const value = format.value(c.operand(0));
    const [setValue, exact] = c.name(f64, format.type === f64 ? value : m.f64.promote(value));
    const [setRounded, rounded] = c.name(f64, integralOf(c, { ops: m.f64 }, exact));
    const { low, end } = RANGES[type];
    const inRange = c.and(
      m.i32.eqz(c.roundingIs(4)),
      m.f64.ge(rounded(), m.f64.const(low)),
      m.f64.lt(rounded(), m.f64.const(end)),
    );
    const truncate = type === 'lu' ? m.i64.trunc_u_sat.f64 : m.i64.trunc_s_sat.f64;
    // 32-bit results are sign-extended, unsigned ones too.
    const result = type === 'wu' ? m.i64.extend32_s(truncate(rounded())) : truncate(rounded());
    const saturate = {
      w: () => m.i64.extend_s(m.i32.trunc_s_sat.f64(rounded())),
      wu: () => m.i64.extend_s(m.i32.trunc_u_sat.f64(rounded())),
      l: () => m.i64.trunc_s_sat.f64(rounded()),
      lu: () => m.i64.trunc_u_sat.f64(rounded()),
    };
    const saturated = saturate[type]();
    return [
      setValue,
      setRounded,
      m.if(
        inRange,
        m.block(null, [m.if(m.f64.ne(rounded(), exact()), c.setInexact()), m.return(result)]),
      ),
      // Beyond the range nothing but "invalid" is raised; NaNs are as the largest.
      c.returnIf(
        m.i32.and(m.i32.eqz(c.roundingIs(4)), areSet(c, m.i32.const(FFLAGS.NV))),
        m.select(m.f64.eq(exact(), exact()), saturated, m.i64.const(LARGEST[type])),
      ),
    ];
  };

/** The integer as the operation takes it, extended to 64 bits. */
function integerOperand(c: FloatCode, type: IntegerType): ExpressionRef {
  const { i64: long } = c.m;
  if (type === 'w') return long.extend32_s(c.operand(0));
  return type === 'wu' ? long.and(c.operand(0), long.const(0xffff_ffffn)) : c.operand(0);
}

export const fromInteger =
  (type: IntegerType): Fast =>
  (c, format) => {
    const { m } = c;
    const [setValue, value] = c.name(i64, integerOperand(c, type));
    const isUnsigned = type === 'lu';
    const convert = format.ops[isUnsigned ? 'convert_u' : 'convert_s'].i64;
    const [setBits, bits] = c.name(i64, format.bits(convert(value())));
    const sign = m.i64.shr_s(value(), m.i64.const(63));
    const negated = m.i64.sub(m.i64.xor(value(), sign), m.i64.shr_s(value(), m.i64.const(63)));
    const [setMagnitude, magnitude] = c.name(i64, isUnsigned ? value() : negated);
    const digits = m.i64.sub(
      m.i64.const(64),
      m.i64.add(m.i64.clz(magnitude()), m.i64.ctz(magnitude())),
    );
    // Of zero this is negative.
    const fits = m.i64.le_s(digits, m.i64.const(format.fractionBits + 1));
    return [
      setValue,
      setBits,
      setMagnitude,
      c.returnIf(fits, bits()),
      m.if(c.roundingIs(0), m.block(null, c.returnInexact(bits()))),
    ];
  };

/** Widening is exact, but for NaNs. */
export const singleToDouble: Fast = (c) => {
  const { m } = c;
  const value = () => m.f32.reinterpret(m.i32.wrap(c.operand(0)));
  const bits = m.i64.reinterpret(m.f64.promote(value()));
  return [
    c.returnIf(m.f32.eq(value(), value()), bits),
    c.returnIf(isInvalidSettled(c, singleFormat(m), 1), canonicalNan(m, doubleFormat(m))),
  ];
};

export const doubleToSingle: Fast = (c) => {
  const { m } = c;
  const single = singleFormat(m);
  const value = () => m.f64.reinterpret(c.operand(0));
  const [setBits, bits] = c.name(i64, single.bits(m.f32.demote(value())));
  const isExact = m.f64.eq(m.f64.promote(single.value(bits())), value());
  return [
    setBits,
    m.if(
      m.i32.and(c.roundingIs(0), isSafelyNormal(m, single, bits())),
      m.block(null, [c.returnIf(isExact, bits()), ...c.returnInexact(bits())]),
    ),
    c.returnIf(isZero(m, doubleFormat(m), c.operand(0)), bits()),
    m.if(
      c.roundingIs(0),
      m.block(null, returnSettled(c, single, m.f32.demote(value()), FFLAGS.OF | FFLAGS.NX)),
    ),
  ];
};

export const INSPECTIONS: Readonly<Record<string, Fast>> = {
  eq: comparison('eq', true),
  lt: comparison('lt', false),
  le: comparison('le', false),
  ltq: comparison('lt', true),
  leq: comparison('le', true),
  min: extremum('min', false),
  max: extremum('max', false),
  minm: extremum('min', true),
  maxm: extremum('max', true),
  round: roundToIntegral(false),
  roundnx: roundToIntegral(true),
  class: classify,
};
