/** Values of the reference evaluator: unsigned 64-bit BigInts, and what needs no state. */

export const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
export const bool = (condition: boolean): bigint => (condition ? 1n : 0n);

/** Binary digits, none for zero. */
const digitsOf = (value: bigint): string => (value === 0n ? '' : value.toString(2));

function carrylessProduct(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let k = 0n; k < 64n; k++) if ((b >> k) & 1n) product ^= a << k;
  return product;
}

/** The part of Ops that computes integers. */
export class EvaluatorValues {
  constant = (value: bigint | number): bigint => unsigned(BigInt(value));
  let = (value: bigint): bigint => value;
  when(condition: bigint, body: () => void): void {
    if (condition !== 0n) body();
  }
  select = (condition: bigint, whenTrue: bigint, whenFalse: bigint): bigint =>
    condition !== 0n ? whenTrue : whenFalse;

  add = (a: bigint, b: bigint): bigint => unsigned(a + b);
  sub = (a: bigint, b: bigint): bigint => unsigned(a - b);
  mul = (a: bigint, b: bigint): bigint => unsigned(a * b);
  mulh = (a: bigint, b: bigint): bigint => unsigned((signed(a) * signed(b)) >> 64n);
  mulhu = (a: bigint, b: bigint): bigint => (a * b) >> 64n;
  mulhsu = (a: bigint, b: bigint): bigint => unsigned((signed(a) * b) >> 64n);
  // BigInt division truncates towards zero; the quotient of an overflow wraps to the dividend.
  div = (a: bigint, b: bigint): bigint => unsigned(b === 0n ? -1n : signed(a) / signed(b));
  divu = (a: bigint, b: bigint): bigint => (b === 0n ? unsigned(-1n) : a / b);
  rem = (a: bigint, b: bigint): bigint => (b === 0n ? a : unsigned(signed(a) % signed(b)));
  remu = (a: bigint, b: bigint): bigint => (b === 0n ? a : a % b);
  and = (a: bigint, b: bigint): bigint => a & b;
  or = (a: bigint, b: bigint): bigint => a | b;
  xor = (a: bigint, b: bigint): bigint => a ^ b;
  shl = (a: bigint, b: bigint): bigint => unsigned(a << (b & 63n));
  shrU = (a: bigint, b: bigint): bigint => a >> (b & 63n);
  shrS = (a: bigint, b: bigint): bigint => unsigned(signed(a) >> (b & 63n));
  rotateLeft(a: bigint, b: bigint, bits: 32 | 64): bigint {
    const value = BigInt.asUintN(bits, a);
    const amount = b & BigInt(bits - 1);
    return this.fromWidth((value << amount) | (value >> (BigInt(bits) - amount)), bits);
  }
  rotateRight(a: bigint, b: bigint, bits: 32 | 64): bigint {
    const value = BigInt.asUintN(bits, a);
    const amount = b & BigInt(bits - 1);
    return this.fromWidth((value >> amount) | (value << (BigInt(bits) - amount)), bits);
  }
  private fromWidth = (value: bigint, bits: 32 | 64): bigint =>
    unsigned(BigInt.asIntN(bits, value));
  countLeadingZeros = (a: bigint): bigint => BigInt(64 - digitsOf(a).length);
  countTrailingZeros = (a: bigint): bigint =>
    a === 0n ? 64n : BigInt(digitsOf(a).length - 1 - digitsOf(a).lastIndexOf('1'));
  countOnes = (a: bigint): bigint => BigInt(digitsOf(a).replaceAll('0', '').length);
  carrylessMultiply = (a: bigint, b: bigint): bigint => unsigned(carrylessProduct(a, b));
  carrylessMultiplyHigh = (a: bigint, b: bigint): bigint => carrylessProduct(a, b) >> 64n;
  eq = (a: bigint, b: bigint): bigint => bool(a === b);
  ne = (a: bigint, b: bigint): bigint => bool(a !== b);
  ltS = (a: bigint, b: bigint): bigint => bool(signed(a) < signed(b));
  ltU = (a: bigint, b: bigint): bigint => bool(a < b);
  geS = (a: bigint, b: bigint): bigint => bool(signed(a) >= signed(b));
  geU = (a: bigint, b: bigint): bigint => bool(a >= b);
  sext = (value: bigint, bits: 8 | 16 | 32): bigint => unsigned(BigInt.asIntN(bits, value));
  zext = (value: bigint, bits: 8 | 16 | 32): bigint => BigInt.asUintN(bits, value);
}
