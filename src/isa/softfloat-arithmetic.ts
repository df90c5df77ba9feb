/** Add, multiply, divide, square root and fused multiply-add: IEEE 754-2019, section 5.4.1. All are exact until `round`. */
import { FFLAGS, ROUNDING } from './csr.ts';
import type { FloatFormat } from './ops.ts';
import {
  FORMATS,
  type Format,
  isNan,
  type SoftFloatResult,
  type Unpacked,
  unpack,
  withSign,
} from './softfloat-format.ts';
import { bitLength, round } from './softfloat-round.ts';

const invalid = (format: Format): SoftFloatResult => ({
  bits: format.canonicalNan,
  flags: FFLAGS.NV,
});

/** Result of an operation with a NaN among its operands; RISC-V does not propagate payloads. */
function nanResult(format: Format, operands: readonly Unpacked[]): SoftFloatResult {
  const signaling = operands.some((operand) => operand.kind === 'signaling');
  return { bits: format.canonicalNan, flags: signaling ? FFLAGS.NV : 0 };
}

const infinite = (format: Format, negative: boolean): SoftFloatResult => ({
  bits: withSign(format, negative, format.infinity),
  flags: 0,
});

const zero = (format: Format, negative: boolean): SoftFloatResult => ({
  bits: withSign(format, negative, 0n),
  flags: 0,
});

/** Sum of two values that are zero or finite. */
function sum(format: Format, a: Unpacked, b: Unpacked, rm: number): SoftFloatResult {
  if (a.kind === 'zero' && b.kind === 'zero' && a.negative === b.negative) {
    return zero(format, a.negative);
  }
  // A zero may have any exponent: take the other's, so that nothing is shifted for its sake.
  const exponentA = a.kind === 'zero' ? b.exponent : a.exponent;
  const exponentB = b.kind === 'zero' ? a.exponent : b.exponent;
  const exponent = Math.min(exponentA, exponentB);
  const alignedA = a.significand << BigInt(exponentA - exponent);
  const alignedB = b.significand << BigInt(exponentB - exponent);
  const total = (a.negative ? -alignedA : alignedA) + (b.negative ? -alignedB : alignedB);
  // An exact zero from unlike signs is positive, but for rounding down (section 6.3).
  if (total === 0n) return zero(format, rm === ROUNDING.RDN);
  return round(format, total < 0n, total < 0n ? -total : total, exponent, rm);
}

function addUnpacked(format: Format, a: Unpacked, b: Unpacked, rm: number): SoftFloatResult {
  if (isNan(a) || isNan(b)) return nanResult(format, [a, b]);
  if (a.kind === 'infinite') {
    const opposed = b.kind === 'infinite' && a.negative !== b.negative;
    return opposed ? invalid(format) : infinite(format, a.negative);
  }
  if (b.kind === 'infinite') return infinite(format, b.negative);
  return sum(format, a, b, rm);
}

/** a + b. `rm` is 0-4 here and below. */
export function floatAdd(name: FloatFormat, a: bigint, b: bigint, rm: number): SoftFloatResult {
  const format = FORMATS[name];
  return addUnpacked(format, unpack(format, a), unpack(format, b), rm);
}

/** a - b. */
export function floatSubtract(
  name: FloatFormat,
  a: bigint,
  b: bigint,
  rm: number,
): SoftFloatResult {
  return floatAdd(name, a, b ^ FORMATS[name].signBit, rm);
}

/** Infinity times zero. */
const isInvalidProduct = (a: Unpacked, b: Unpacked): boolean =>
  (a.kind === 'infinite' && b.kind === 'zero') || (a.kind === 'zero' && b.kind === 'infinite');

/** Exact product of two values that are no NaN and no invalid product. */
function product(a: Unpacked, b: Unpacked): Unpacked {
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinite' || b.kind === 'infinite') {
    return { kind: 'infinite', negative, significand: 0n, exponent: 0 };
  }
  const significand = a.significand * b.significand;
  const kind = significand === 0n ? 'zero' : 'finite';
  return { kind, negative, significand, exponent: a.exponent + b.exponent };
}

/** a * b. */
export function floatMultiply(
  name: FloatFormat,
  bitsA: bigint,
  bitsB: bigint,
  rm: number,
): SoftFloatResult {
  const format = FORMATS[name];
  const a = unpack(format, bitsA);
  const b = unpack(format, bitsB);
  if (isNan(a) || isNan(b)) return nanResult(format, [a, b]);
  if (isInvalidProduct(a, b)) return invalid(format);
  const { kind, negative, significand, exponent } = product(a, b);
  if (kind === 'infinite') return infinite(format, negative);
  if (kind === 'zero') return zero(format, negative);
  return round(format, negative, significand, exponent, rm);
}

/** a * b + c with one rounding. Infinity times zero is invalid also if c is a quiet NaN (unprivileged spec, 20.6). */
export function floatMultiplyAdd(
  name: FloatFormat,
  bitsA: bigint,
  bitsB: bigint,
  bitsC: bigint,
  rm: number,
): SoftFloatResult {
  const format = FORMATS[name];
  const a = unpack(format, bitsA);
  const b = unpack(format, bitsB);
  const c = unpack(format, bitsC);
  if (isInvalidProduct(a, b)) return invalid(format);
  if (isNan(a) || isNan(b) || isNan(c)) return nanResult(format, [a, b, c]);
  return addUnpacked(format, product(a, b), c, rm);
}

/** a / b. */
export function floatDivide(
  name: FloatFormat,
  bitsA: bigint,
  bitsB: bigint,
  rm: number,
): SoftFloatResult {
  const format = FORMATS[name];
  const a = unpack(format, bitsA);
  const b = unpack(format, bitsB);
  const negative = a.negative !== b.negative;
  if (isNan(a) || isNan(b)) return nanResult(format, [a, b]);
  if (a.kind === b.kind && a.kind !== 'finite') return invalid(format);
  if (a.kind === 'infinite') return infinite(format, negative);
  if (b.kind === 'infinite' || a.kind === 'zero') return zero(format, negative);
  if (b.kind === 'zero') {
    return { bits: withSign(format, negative, format.infinity), flags: FFLAGS.DZ };
  }
  // Two bits more than the precision, whatever the leading bits are, and a sticky one for the remainder.
  const extra = Math.max(
    0,
    format.precision + 2 + bitLength(b.significand) - bitLength(a.significand),
  );
  const dividend = a.significand << BigInt(extra);
  const quotient = dividend / b.significand;
  const sticky = quotient * b.significand === dividend ? 0n : 1n;
  const exponent = a.exponent - b.exponent - extra - 1;
  return round(format, negative, (quotient << 1n) | sticky, exponent, rm);
}

/** Largest integer whose square is at most `value`, by Newton's iteration from above. */
function integerSquareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Square root of a. */
export function floatSquareRoot(name: FloatFormat, bits: bigint, rm: number): SoftFloatResult {
  const format = FORMATS[name];
  const a = unpack(format, bits);
  if (isNan(a)) return nanResult(format, [a]);
  if (a.kind === 'zero') return zero(format, a.negative);
  if (a.negative) return invalid(format);
  if (a.kind === 'infinite') return infinite(format, false);
  // An even exponent, and a root of at least two bits more than the precision.
  let extra = 2 * (format.precision + 2);
  if ((a.exponent - extra) % 2 !== 0) extra++;
  const radicand = a.significand << BigInt(extra);
  const root = integerSquareRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return round(format, false, (root << 1n) | sticky, (a.exponent - extra) / 2 - 1, rm);
}
