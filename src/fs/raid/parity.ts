/** Parity of RAID 4, 5 and 6: P is the sum, Q the sum weighted by powers of 2 in GF(2^8). H. P. Anvin, "The mathematics of RAID-6". */

/** x^8 + x^4 + x^3 + x^2 + 1. */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const powers = new Uint8Array(2 * ORDER);
const logarithms = new Uint8Array(256);
for (let i = 0, value = 1; i < ORDER; i++) {
  powers[i] = powers[i + ORDER] = value;
  logarithms[value] = i;
  value = value & 0x80 ? (value << 1) ^ POLYNOMIAL : value << 1;
}

function multiply(one: number, other: number): number {
  if (one === 0 || other === 0) return 0;
  return powers[(logarithms[one] as number) + (logarithms[other] as number)] as number;
}

function inverse(value: number): number {
  return powers[ORDER - (logarithms[value] as number)] as number;
}

/** 2 to the power `index`. */
function power(index: number): number {
  return powers[index % ORDER] as number;
}

function addTo(sum: Uint8Array, bytes: Uint8Array, factor = 1): void {
  if (factor === 1) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) ^ (bytes[i] as number);
    return;
  }
  for (let i = 0; i < sum.length; i++) {
    sum[i] = (sum[i] as number) ^ multiply(factor, bytes[i] as number);
  }
}

/** Over the columns that are there. */
export function sumOf(columns: readonly (Uint8Array | undefined)[], length: number): Uint8Array {
  const sum = new Uint8Array(length);
  for (const column of columns) if (column) addTo(sum, column);
  return sum;
}

export function weightedSumOf(
  columns: readonly (Uint8Array | undefined)[],
  length: number,
): Uint8Array {
  const sum = new Uint8Array(length);
  columns.forEach((column, i) => {
    if (column) addTo(sum, column, power(i));
  });
  return sum;
}

/** Of columns of which one is missing: that one, from Q. */
export function fromWeighted(
  columns: readonly (Uint8Array | undefined)[],
  missing: number,
  q: Uint8Array,
): Uint8Array {
  const rest = weightedSumOf(columns, q.length);
  addTo(rest, q);
  const found = new Uint8Array(q.length);
  addTo(found, rest, inverse(power(missing)));
  return found;
}

/** Of columns of which two are missing: both, from P and Q. */
export function fromBoth(
  columns: readonly (Uint8Array | undefined)[],
  [first, second]: readonly [number, number],
  p: Uint8Array,
  q: Uint8Array,
): [Uint8Array, Uint8Array] {
  // first + second = a, 2^i first + 2^j second = b.
  const a = sumOf(columns, p.length);
  addTo(a, p);
  const b = weightedSumOf(columns, q.length);
  addTo(b, q);
  const factor = inverse(power(first) ^ power(second));
  const one = new Uint8Array(p.length);
  addTo(one, b, factor);
  addTo(one, a, multiply(power(second), factor));
  const other = Uint8Array.from(a);
  addTo(other, one);
  return [one, other];
}
