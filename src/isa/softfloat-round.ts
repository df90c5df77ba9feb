/** Rounding of exact values: IEEE 754-2019, sections 4.3 and 7; RISC-V rounding modes and tininess after rounding. */
import { FFLAGS, ROUNDING } from './csr.ts';
import { type Format, type SoftFloatResult, withSign } from './softfloat-format.ts';

/** Position of the highest set bit plus one; `value` is positive. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

/** Whether a magnitude with last kept bit `odd` and remainder below, at or above `half` goes up. */
function roundsUp(rm: number, negative: boolean, odd: boolean, remainder: bigint, half: bigint) {
  if (remainder === 0n) return false;
  switch (rm) {
    case ROUNDING.RNE:
      return remainder > half || (remainder === half && odd);
    case ROUNDING.RTZ:
      return false;
    case ROUNDING.RDN:
      return negative;
    case ROUNDING.RUP:
      return !negative;
    default:
      return remainder >= half;
  }
}

/** magnitude / 2^shift rounded to an integer, and whether that lost anything. A negative shift multiplies. */
export function shiftRounded(
  magnitude: bigint,
  shift: number,
  negative: boolean,
  rm: number,
): { value: bigint; inexact: boolean } {
  if (shift <= 0) return { value: magnitude << BigInt(-shift), inexact: false };
  const kept = magnitude >> BigInt(shift);
  const remainder = magnitude - (kept << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const up = roundsUp(rm, negative, (kept & 1n) === 1n, remainder, half);
  return { value: up ? kept + 1n : kept, inexact: remainder !== 0n };
}

function overflow(format: Format, negative: boolean, rm: number): SoftFloatResult {
  const towardsInfinity =
    rm === ROUNDING.RNE || rm === ROUNDING.RMM || rm === (negative ? ROUNDING.RDN : ROUNDING.RUP);
  const magnitude = towardsInfinity ? format.infinity : format.largestFinite;
  return { bits: withSign(format, negative, magnitude), flags: FFLAGS.OF | FFLAGS.NX };
}

/**
 * The number nearest to significand * 2^exponent (significand > 0) as `rm` (0-4) says. A caller whose exact value has
 * more digits passes some more than the precision needs, with a last bit that is 1 ("sticky").
 */
export function round(
  format: Format,
  negative: boolean,
  significand: bigint,
  exponent: number,
  rm: number,
): SoftFloatResult {
  const { precision, minExponent } = format;
  const leading = exponent + bitLength(significand) - 1;
  const isSmall = leading < minExponent;
  // Exponent of the last bit of the result.
  const last = Math.max(leading, minExponent) - (precision - 1);
  const { value, inexact } = shiftRounded(significand, last - exponent, negative, rm);
  // Adding instead of or-ing lets a carry out of the significand go into the exponent, also from subnormal to normal.
  const biased = BigInt(last - (minExponent - (precision - 1)));
  const magnitude = value + (biased << BigInt(precision - 1));
  if (magnitude >= format.infinity) return overflow(format, negative, rm);
  const bits = withSign(format, negative, magnitude);
  if (!inexact) return { bits, flags: 0 };
  const isTiny = isSmall && !reachesNormal(format, negative, significand, exponent, rm, leading);
  return { bits, flags: isTiny ? FFLAGS.UF | FFLAGS.NX : FFLAGS.NX };
}

/** Whether a value below the normal range would round up into it if the exponent had no lower limit. */
function reachesNormal(
  format: Format,
  negative: boolean,
  significand: bigint,
  exponent: number,
  rm: number,
  leading: number,
): boolean {
  if (leading !== format.minExponent - 1) return false;
  const last = leading - (format.precision - 1);
  const { value } = shiftRounded(significand, last - exponent, negative, rm);
  return bitLength(value) > format.precision;
}
