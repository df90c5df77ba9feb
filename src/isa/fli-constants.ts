/** The 32 constants of fli: unprivileged spec 20240411, chapter 25 (table "Immediate values loaded by fli"). */
import type { FloatFormat } from './ops.ts';

/** Sign, exponent of 2, and quarters beyond 1: (1 + quarters / 4) * 2^exponent. */
type Finite = readonly [exponent: number, quarters: number];

/** By the rs1 field, from 2 to 29. 0 is -1, 1 the smallest normal number, 30 infinity and 31 the canonical NaN. */
const FINITE: readonly Finite[] = [
  [-16, 0],
  [-15, 0],
  [-8, 0],
  [-7, 0],
  [-4, 0],
  [-3, 0],
  ...[-2, -1, 0].flatMap((exponent): Finite[] => [
    [exponent, 0],
    [exponent, 1],
    [exponent, 2],
    [exponent, 3],
  ]),
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 0],
  [3, 0],
  [4, 0],
  [7, 0],
  [8, 0],
  [15, 0],
  [16, 0],
];
const MINUS_ONE = 0;
const MINIMUM = 1;
const INFINITY = 30;

/** Where exponent and fraction lie; of a double only the upper half is made. */
const SHAPE: Readonly<Record<FloatFormat, { bias: number; fractionBits: number; sign: number }>> = {
  h: { bias: 15, fractionBits: 10, sign: 0x8000 },
  s: { bias: 127, fractionBits: 23, sign: 0x8000_0000 },
  d: { bias: 1023, fractionBits: 20, sign: 0x8000_0000 },
};

/** Bits of constant `index` (0 to 31): of a double the upper half, the lower one is 0. A signed 32-bit number. */
export function fliBits(format: FloatFormat, index: number): number {
  const { bias, fractionBits, sign } = SHAPE[format];
  const infinity = (2 * bias + 1) << fractionBits;
  if (index === MINUS_ONE) return sign | (bias << fractionBits);
  if (index === MINIMUM) return 1 << fractionBits;
  if (index === INFINITY) return infinity;
  const finite = FINITE[index - 2];
  if (finite === undefined) return infinity | (1 << (fractionBits - 1));
  const [exponent, quarters] = finite;
  // Half precision does not reach 2^16, and has the smallest two as subnormal numbers.
  if (exponent > bias) return infinity;
  if (exponent <= -bias) return 1 << (fractionBits + exponent + bias - 1);
  return ((exponent + bias) << fractionBits) | (quarters << (fractionBits - 2));
}

/** As assemblers write it: min, inf, nan, or the value in hexadecimal. */
export function fliText(index: number): string {
  if (index === MINUS_ONE) return '-0x1p+0';
  if (index === MINIMUM) return 'min';
  if (index === INFINITY) return 'inf';
  const finite = FINITE[index - 2];
  if (finite === undefined) return 'nan';
  const [exponent, quarters] = finite;
  const digits = ['', '.4', '.8', '.c'][quarters] ?? '';
  return `0x1${digits}p${exponent < 0 ? '' : '+'}${exponent}`;
}
