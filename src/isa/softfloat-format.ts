/** binary16, binary32 and binary64 as parameters, and numbers taken apart: IEEE 754-2019, section 3.4. */
import type { FloatFormat } from './ops.ts';

export interface Format {
  /** Bits of the whole encoding. */
  readonly width: number;
  /** Bits of the significand, the implied one included. */
  readonly precision: number;
  /** Exponents of the leading bit of the smallest and the largest normal number. */
  readonly minExponent: number;
  readonly maxExponent: number;
  readonly signBit: bigint;
  readonly fractionMask: bigint;
  /** Fraction bit that is set in quiet NaNs. */
  readonly quietBit: bigint;
  readonly infinity: bigint;
  readonly largestFinite: bigint;
  readonly canonicalNan: bigint;
}

function describe(width: number, precision: number): Format {
  const exponentBits = width - precision;
  const maxExponent = 2 ** (exponentBits - 1) - 1;
  const infinity = ((1n << BigInt(exponentBits)) - 1n) << BigInt(precision - 1);
  const quietBit = 1n << BigInt(precision - 2);
  return {
    width,
    precision,
    minExponent: 1 - maxExponent,
    maxExponent,
    signBit: 1n << BigInt(width - 1),
    fractionMask: (1n << BigInt(precision - 1)) - 1n,
    quietBit,
    infinity,
    largestFinite: infinity - 1n,
    canonicalNan: infinity | quietBit,
  };
}

export const FORMATS: Readonly<Record<FloatFormat, Format>> = {
  h: describe(16, 11),
  s: describe(32, 24),
  d: describe(64, 53),
};

/** Bits of a result and the fflags that it raises. */
export interface SoftFloatResult {
  readonly bits: bigint;
  readonly flags: number;
}

export type FloatKind = 'zero' | 'finite' | 'infinite' | 'quiet' | 'signaling';

/** A number taken apart: for kind finite, significand * 2^exponent, significand > 0. */
export interface Unpacked {
  readonly kind: FloatKind;
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

export function unpack(format: Format, bits: bigint): Unpacked {
  const negative = (bits & format.signBit) !== 0n;
  const fraction = bits & format.fractionMask;
  const magnitude = bits & (format.signBit - 1n);
  if (magnitude >= format.infinity) {
    const nan = (fraction & format.quietBit) !== 0n ? 'quiet' : 'signaling';
    const kind = magnitude === format.infinity ? 'infinite' : nan;
    return { kind, negative, significand: 0n, exponent: 0 };
  }
  if (magnitude === 0n) return { kind: 'zero', negative, significand: 0n, exponent: 0 };
  const biased = Number(magnitude >> BigInt(format.precision - 1));
  const smallest = format.minExponent - (format.precision - 1);
  if (biased === 0) return { kind: 'finite', negative, significand: fraction, exponent: smallest };
  return {
    kind: 'finite',
    negative,
    significand: fraction | (format.fractionMask + 1n),
    exponent: smallest + biased - 1,
  };
}

export function isNan(value: Unpacked): boolean {
  return value.kind === 'quiet' || value.kind === 'signaling';
}

/** `magnitude` with a sign. */
export function withSign(format: Format, negative: boolean, magnitude: bigint): bigint {
  return negative ? magnitude | format.signBit : magnitude;
}
