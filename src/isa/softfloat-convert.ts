/** Conversions between floating-point formats and integers: unprivileged spec 20240411, sections 20.7, 21.5, 22.3; Zfa. */
import { FFLAGS, ROUNDING } from './csr.ts';
import type { FloatFormat, IntegerType } from './ops.ts';
import { FORMATS, isNan, type SoftFloatResult, unpack, withSign } from './softfloat-format.ts';
import { round, shiftRounded } from './softfloat-round.ts';

const RANGE: Readonly<Record<IntegerType, { lowest: bigint; highest: bigint }>> = {
  w: { lowest: -(1n << 31n), highest: (1n << 31n) - 1n },
  wu: { lowest: 0n, highest: (1n << 32n) - 1n },
  l: { lowest: -(1n << 63n), highest: (1n << 63n) - 1n },
  lu: { lowest: 0n, highest: (1n << 64n) - 1n },
};

const isWord = (type: IntegerType): boolean => type === 'w' || type === 'wu';

/** 64 register bits: words are sign-extended, unsigned ones too. */
const registerBits = (type: IntegerType, value: bigint): bigint =>
  BigInt.asUintN(64, isWord(type) ? BigInt.asIntN(32, value) : value);

/** Out of range, infinities: the nearest limit, invalid. NaN: the highest, invalid. */
export function floatToInteger(
  name: FloatFormat,
  type: IntegerType,
  bits: bigint,
  rm: number,
): SoftFloatResult {
  const { lowest, highest } = RANGE[type];
  const a = unpack(FORMATS[name], bits);
  const saturated = (negative: boolean): SoftFloatResult => ({
    bits: registerBits(type, negative ? lowest : highest),
    flags: FFLAGS.NV,
  });
  if (isNan(a)) return saturated(false);
  // 2^64 and more is out of every range, and an infinity has no significand to shift.
  if (a.kind === 'infinite' || a.exponent > 64) return saturated(a.negative);
  const { value, inexact } = shiftRounded(a.significand, -a.exponent, a.negative, rm);
  const integer = a.negative ? -value : value;
  if (integer < lowest || integer > highest) return saturated(a.negative);
  return { bits: registerBits(type, integer), flags: inexact ? FFLAGS.NX : 0 };
}

/** `bits`: the 64 bits of the register, of which a word type takes the low half. */
export function integerToFloat(
  name: FloatFormat,
  type: IntegerType,
  bits: bigint,
  rm: number,
): SoftFloatResult {
  const isSigned = type === 'w' || type === 'l';
  const width = isWord(type) ? 32 : 64;
  const value = isSigned ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
  if (value === 0n) return { bits: 0n, flags: 0 };
  return round(FORMATS[name], value < 0n, value < 0n ? -value : value, 0, rm);
}

/** An integral value of the same format; `isExact` raises inexact where it is another one. */
export function floatRound(
  name: FloatFormat,
  bits: bigint,
  rm: number,
  isExact: boolean,
): SoftFloatResult {
  const format = FORMATS[name];
  const a = unpack(format, bits);
  if (isNan(a)) {
    return { bits: format.canonicalNan, flags: a.kind === 'signaling' ? FFLAGS.NV : 0 };
  }
  if (a.kind !== 'finite') return { bits, flags: 0 };
  const { value, inexact } = shiftRounded(a.significand, -a.exponent, a.negative, rm);
  const flags = isExact && inexact ? FFLAGS.NX : 0;
  if (value === 0n) return { bits: withSign(format, a.negative, 0n), flags };
  return { bits: round(format, a.negative, value, 0, rm).bits, flags };
}

/** Towards zero and modulo 2^32, sign-extended; infinities and NaNs give 0. Flags as of a conversion to w. */
export function floatToIntegerModular(bits: bigint): SoftFloatResult {
  const { flags } = floatToInteger('d', 'w', bits, ROUNDING.RTZ);
  const a = unpack(FORMATS.d, bits);
  if (a.kind !== 'finite') return { bits: 0n, flags };
  const { value } = shiftRounded(a.significand, -a.exponent, a.negative, ROUNDING.RTZ);
  return { bits: registerBits('w', a.negative ? -value : value), flags };
}

export function floatConvert(
  from: FloatFormat,
  to: FloatFormat,
  bits: bigint,
  rm: number,
): SoftFloatResult {
  const target = FORMATS[to];
  const a = unpack(FORMATS[from], bits);
  if (isNan(a)) {
    return { bits: target.canonicalNan, flags: a.kind === 'signaling' ? FFLAGS.NV : 0 };
  }
  if (a.kind === 'infinite') {
    return { bits: withSign(target, a.negative, target.infinity), flags: 0 };
  }
  if (a.kind === 'zero') return { bits: withSign(target, a.negative, 0n), flags: 0 };
  return round(target, a.negative, a.significand, a.exponent, rm);
}
