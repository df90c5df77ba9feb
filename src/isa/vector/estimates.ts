/** vfrec7 and vfrsqrt7, estimates of seven bits: spec sections 31.13.9 and 31.13.10. */
import { FFLAGS, ROUNDING } from '../csr.ts';
import type { Element, ElementMeaning } from './elements.ts';
import type { ElementOps, Sew } from './vector-ops.ts';

const PRECISION = 7;

/** Fields of a format by the width of its elements. */
const FIELDS = {
  32: { fractionBits: 23, bias: 127 },
  64: { fractionBits: 52, bias: 1023 },
} as const;

interface Parts<V> {
  readonly sign: V;
  /** Biased; less than 1 where a subnormal number was made normal. */
  readonly exponent: V;
  /** Without the leading one. */
  readonly fraction: V;
  readonly isZero: V;
  readonly isInfinite: V;
  readonly isNan: V;
  readonly isSignaling: V;
}

const fieldsOf = (sew: Sew): (typeof FIELDS)[32 | 64] => FIELDS[sew as 32 | 64];
const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function takeApart<V>(m: ElementOps<V>, { a, sew }: Element<V>): Parts<V> {
  const { fractionBits, bias } = fieldsOf(sew);
  const zero = m.constant(0);
  const top = m.constant(2 * bias + 1);
  const raw = m.let(m.and(a, m.constant(ones(fractionBits))));
  const biased = m.let(m.and(m.shrU(a, m.constant(fractionBits)), top));
  const isSmall = m.let(m.eq(biased, zero));
  const hasFraction = m.let(m.ne(raw, zero));
  // Zeros above the fraction's first one.
  const zeros = m.let(m.sub(m.countLeadingZeros(raw), m.constant(64 - fractionBits)));
  const normalized = m.and(m.shl(raw, m.add(zeros, m.constant(1))), m.constant(ones(fractionBits)));
  const isTop = m.let(m.eq(biased, top));
  const quiet = m.and(m.shrU(raw, m.constant(fractionBits - 1)), m.constant(1));
  const isNan = m.let(m.and(isTop, hasFraction));
  return {
    sign: m.let(m.and(a, m.constant(1n << BigInt(sew - 1)))),
    exponent: m.let(m.select(isSmall, m.sub(zero, zeros), biased)),
    fraction: m.let(m.select(isSmall, normalized, raw)),
    isZero: m.let(m.and(isSmall, m.eq(hasFraction, zero))),
    isInfinite: m.let(m.and(isTop, m.eq(hasFraction, zero))),
    isNan,
    isSignaling: m.let(m.and(isNan, m.eq(quiet, zero))),
  };
}

function raise<V>(m: ElementOps<V>, condition: V, flags: number): void {
  m.setFflags(m.or(m.fflags(), m.select(condition, m.constant(flags), m.constant(0))));
}

const infinity = (sew: Sew): bigint =>
  BigInt(2 * fieldsOf(sew).bias + 1) << BigInt(fieldsOf(sew).fractionBits);
const canonicalNan = (sew: Sew): bigint =>
  infinity(sew) | (1n << BigInt(fieldsOf(sew).fractionBits - 1));

/** 256 / (1.index at its middle), rounded: the eight bits of the significand's reciprocal. */
function reciprocalOf<V>(m: ElementOps<V>, index: V): V {
  const divisor = m.let(m.add(m.shl(index, m.constant(1)), m.constant(257)));
  return m.divu(m.add(m.constant(131072), divisor), m.shl(divisor, m.constant(1)));
}

/** The number of `exponent` and of seven bits below the leading one; exponents 0 and -1 are subnormal, but exact. */
function put<V>(m: ElementOps<V>, sew: Sew, exponent: V, bits: V): V {
  const { fractionBits } = fieldsOf(sew);
  const zero = m.constant(0);
  const fraction = m.let(m.shl(bits, m.constant(fractionBits - PRECISION)));
  const leading = m.constant(1n << BigInt(fractionBits - 1));
  const half = m.let(m.or(m.shrU(fraction, m.constant(1)), leading));
  const quarter = m.shrU(half, m.constant(1));
  const small = m.select(m.eq(exponent, zero), half, quarter);
  const normal = m.or(m.shl(exponent, m.constant(fractionBits)), fraction);
  return m.select(m.ltS(zero, exponent), normal, small);
}

export const reciprocalEstimate: ElementMeaning = (m, element) => {
  const { sew } = element;
  const { bias, fractionBits } = fieldsOf(sew);
  const parts = takeApart(m, element);
  const { sign, exponent, fraction, isZero, isInfinite, isNan, isSignaling } = parts;
  const index = m.shrU(fraction, m.constant(fractionBits - PRECISION));
  const bits = m.let(m.sub(reciprocalOf(m, index), m.constant(128)));
  const estimate = put(m, sew, m.let(m.sub(m.constant(2 * bias - 1), exponent)), bits);
  // Smaller than any whose reciprocal is finite.
  const isNumber = m.eq(m.or(isZero, isNan), m.constant(0));
  const overflows = m.let(m.and(isNumber, m.ltS(exponent, m.constant(-1))));
  raise(m, overflows, FFLAGS.OF | FFLAGS.NX);
  raise(m, isZero, FFLAGS.DZ);
  raise(m, isSignaling, FFLAGS.NV);
  const mode = m.frm();
  const is = (rm: number): typeof mode => m.eq(mode, m.constant(rm));
  const isNegative = m.ne(sign, m.constant(0));
  const towardsZero = m.or(
    is(ROUNDING.RTZ),
    m.select(isNegative, is(ROUNDING.RUP), is(ROUNDING.RDN)),
  );
  const large = m.select(towardsZero, m.constant(infinity(sew) - 1n), m.constant(infinity(sew)));
  const magnitude = m.select(
    overflows,
    large,
    m.select(isZero, m.constant(infinity(sew)), m.select(isInfinite, m.constant(0), estimate)),
  );
  return m.select(isNan, m.constant(canonicalNan(sew)), m.or(sign, magnitude));
};

/**
 * round(256 / sqrt(x)), x the middle of an interval: (129 + 2 i) / 64 for even exponents, half that for odd ones. It is the
 * largest n with (2 n - 1)^2 * (129 + 2 i) <= 2^18 * 64 (or 128), found bit by bit.
 */
function rootOf<V>(m: ElementOps<V>, isOdd: V, index: V): V {
  const factor = m.let(m.add(m.shl(index, m.constant(1)), m.constant(129)));
  const limit = m.let(m.shl(m.constant(262144 * 64), isOdd));
  let bits = m.constant(128);
  for (let bit = PRECISION - 1; bit >= 0; bit--) {
    const tried = m.let(m.or(bits, m.constant(1 << bit)));
    const odd = m.let(m.sub(m.shl(tried, m.constant(1)), m.constant(1)));
    const product = m.mul(m.mul(odd, odd), factor);
    bits = m.let(m.select(m.geU(limit, product), tried, bits));
  }
  return m.sub(bits, m.constant(128));
}

export const rootEstimate: ElementMeaning = (m, element) => {
  const { sew } = element;
  const { bias, fractionBits } = fieldsOf(sew);
  const parts = takeApart(m, element);
  const { sign, exponent, fraction, isZero, isInfinite, isNan, isSignaling } = parts;
  const index = m.shrU(fraction, m.constant(fractionBits - PRECISION + 1));
  const isOdd = m.let(m.and(exponent, m.constant(1)));
  const bits = m.let(rootOf(m, isOdd, index));
  const halved = m.shrU(m.sub(m.constant(3 * bias - 1), exponent), m.constant(1));
  const estimate = put(m, sew, m.let(halved), bits);
  const isNegative = m.let(
    m.and(m.ne(sign, m.constant(0)), m.eq(m.or(isZero, isNan), m.constant(0))),
  );
  raise(m, m.or(isSignaling, isNegative), FFLAGS.NV);
  raise(m, isZero, FFLAGS.DZ);
  const special = m.select(isZero, m.or(sign, m.constant(infinity(sew))), m.constant(0));
  const result = m.select(m.or(isZero, isInfinite), special, estimate);
  return m.select(m.or(isNan, isNegative), m.constant(canonicalNan(sew)), result);
};
