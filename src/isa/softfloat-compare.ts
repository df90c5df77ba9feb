/** Comparisons, minimum, maximum, class: IEEE 754-2019, sections 5.11 and 9.6; unprivileged spec 20240411, 20.6 to 20.9. */
import { FFLAGS } from './csr.ts';
import type { FloatComparison, FloatFormat } from './ops.ts';
import {
  type FloatKind,
  FORMATS,
  type Format,
  isNan,
  type SoftFloatResult,
  unpack,
} from './softfloat-format.ts';

/** An integer that orders numbers (no NaN) as their values are, with -0 just below +0. */
function orderOf(format: Format, bits: bigint): bigint {
  const magnitude = bits & (format.signBit - 1n);
  return (bits & format.signBit) === 0n ? magnitude : -magnitude - 1n;
}

const isZero = (format: Format, bits: bigint): boolean => (bits & (format.signBit - 1n)) === 0n;

/** 1 or 0. lt and le signal invalid for any NaN, the others for a signaling one only. */
export function floatCompare(
  operation: FloatComparison,
  name: FloatFormat,
  a: bigint,
  b: bigint,
): SoftFloatResult {
  const format = FORMATS[name];
  const x = unpack(format, a);
  const y = unpack(format, b);
  if (isNan(x) || isNan(y)) {
    const signals =
      operation === 'lt' || operation === 'le' || x.kind === 'signaling' || y.kind === 'signaling';
    return { bits: 0n, flags: signals ? FFLAGS.NV : 0 };
  }
  const equal = a === b || (isZero(format, a) && isZero(format, b));
  const less = !equal && orderOf(format, a) < orderOf(format, b);
  const strictly = operation === 'lt' || operation === 'ltq';
  const holds = operation === 'eq' ? equal : strictly ? less : less || equal;
  return { bits: holds ? 1n : 0n, flags: 0 };
}

/** minimumNumber and maximumNumber: a NaN gives way to a number, -0 is less than +0. */
export function floatMinMax(
  operation: 'min' | 'max',
  name: FloatFormat,
  a: bigint,
  b: bigint,
): SoftFloatResult {
  const format = FORMATS[name];
  const x = unpack(format, a);
  const y = unpack(format, b);
  const flags = x.kind === 'signaling' || y.kind === 'signaling' ? FFLAGS.NV : 0;
  if (isNan(x)) return { bits: isNan(y) ? format.canonicalNan : b, flags };
  if (isNan(y)) return { bits: a, flags };
  const aIsLess = orderOf(format, a) < orderOf(format, b);
  return { bits: aIsLess === (operation === 'min') ? a : b, flags };
}

/** minimum and maximum: NaN if an operand is (IEEE 754-2019, section 9.6). */
export function floatMinMaxNan(
  operation: 'min' | 'max',
  name: FloatFormat,
  a: bigint,
  b: bigint,
): SoftFloatResult {
  const format = FORMATS[name];
  const result = floatMinMax(operation, name, a, b);
  const hasNan = isNan(unpack(format, a)) || isNan(unpack(format, b));
  return hasNan ? { ...result, bits: format.canonicalNan } : result;
}

/** Bit numbers of fclass for positive and negative numbers of each kind. */
const CLASS: Record<Exclude<FloatKind, 'finite'>, readonly [number, number]> = {
  zero: [4, 3],
  infinite: [7, 0],
  signaling: [8, 8],
  quiet: [9, 9],
};
const CLASS_SUBNORMAL = [5, 2] as const;
const CLASS_NORMAL = [6, 1] as const;

/** One bit of ten. */
export function floatClassify(name: FloatFormat, bits: bigint): SoftFloatResult {
  const format = FORMATS[name];
  const { kind, negative } = unpack(format, bits);
  const isSubnormal = (bits & format.infinity) === 0n;
  const finite = isSubnormal ? CLASS_SUBNORMAL : CLASS_NORMAL;
  const [positiveBit, negativeBit] = kind === 'finite' ? finite : CLASS[kind];
  return { bits: 1n << BigInt(negative ? negativeBit : positiveBit), flags: 0 };
}
