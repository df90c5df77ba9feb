/** Operand values where arithmetic goes wrong first, mixed with random ones. */
import type { Random } from './random.ts';

/** Sign, exponent and fraction widths of binary16, binary32 and binary64. */
interface Shape {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

const HALF: Shape = { exponentBits: 5, fractionBits: 10 };
const SINGLE: Shape = { exponentBits: 8, fractionBits: 23 };
const DOUBLE: Shape = { exponentBits: 11, fractionBits: 52 };

function encode(shape: Shape, negative: boolean, exponent: number, fraction: bigint): bigint {
  const sign = negative ? 1n << BigInt(shape.exponentBits + shape.fractionBits) : 0n;
  return sign | (BigInt(exponent) << BigInt(shape.fractionBits)) | fraction;
}

const randomFraction = (shape: Shape, random: Random): bigint =>
  BigInt.asUintN(shape.fractionBits, random.bits64());

/** Few bits set, or a run of ones: exact halves and carries through all digits. */
function sparseFraction(shape: Shape, random: Random): bigint {
  const bit = () => 1n << BigInt(random.below(shape.fractionBits));
  const mask = (1n << BigInt(shape.fractionBits)) - 1n;
  switch (random.below(5)) {
    case 0:
      return 0n;
    case 1:
      return mask;
    case 2:
      return bit() | bit();
    case 3:
      return bit() - 1n;
    default:
      return mask - bit();
  }
}

/** Kinds of values, the common one more than once. */
export const FLOAT_KINDS = 16;

/** A value of one kind, 0 to FLOAT_KINDS - 1. */
function floatValue(shape: Shape, kind: number, random: Random): bigint {
  const negative = random.chance(0.5);
  const top = (1 << shape.exponentBits) - 1;
  const bias = top >> 1;
  const fraction = random.chance(0.5)
    ? sparseFraction(shape, random)
    : randomFraction(shape, random);
  const quiet = 1n << BigInt(shape.fractionBits - 1);
  switch (kind) {
    case 0: // zero
      return encode(shape, negative, 0, 0n);
    case 1: // infinity
      return encode(shape, negative, top, 0n);
    case 2: // NaN, quiet or signaling
      return encode(shape, negative, top, random.chance(0.5) ? fraction | quiet : 1n);
    case 3: // subnormal
      return encode(shape, negative, 0, fraction);
    case 4: // smallest exponents: products underflow, sums touch the subnormals
      return encode(shape, negative, 1 + random.below(3), fraction);
    case 5: // largest exponents: overflow
      return encode(shape, negative, top - 1 - random.below(3), fraction);
    case 6: // products and quotients of these lie about the smallest numbers
      return encode(shape, negative, (bias >> 1) + random.below(shape.fractionBits), fraction);
    case 7: // about the limits of 32- and 64-bit integers
      return encode(
        shape,
        negative,
        Math.min(bias + random.pick([30, 31, 32, 62, 63, 64]), top - 1),
        fraction,
      );
    case 8: // about one unit: halves of integers
      return encode(shape, negative, bias - 2 + random.below(6), fraction);
    case 9: // integers with a fraction of few bits
      return encode(shape, negative, bias + random.below(shape.fractionBits + 3), fraction);
    case 10: // any bits
      return encode(shape, negative, random.below(top + 1), fraction);
    default: // exponents near each other: sums cancel, remainders are halves
      return encode(shape, negative, bias + random.below(5) - 2, fraction);
  }
}

export const halfValue = (random: Random, kind: number): bigint => floatValue(HALF, kind, random);
export const singleValue = (random: Random, kind: number): bigint =>
  floatValue(SINGLE, kind, random);
export const doubleValue = (random: Random, kind: number): bigint =>
  floatValue(DOUBLE, kind, random);

/** 64 bits of an integer register. */
export function integerValue(random: Random): bigint {
  const power = 1n << BigInt(random.below(64));
  switch (random.below(8)) {
    case 0:
      return random.pick([0n, 1n, 2n, -1n, -2n, 31n, 32n, 63n, 64n]);
    case 1:
      return random.pick([-(1n << 63n), (1n << 63n) - 1n, -(1n << 31n), (1n << 31n) - 1n]);
    case 2:
      return power;
    case 3:
      return power - 1n;
    case 4:
      return -power;
    case 5:
      return BigInt(random.bits32() | 0);
    default:
      return random.bits64();
  }
}
