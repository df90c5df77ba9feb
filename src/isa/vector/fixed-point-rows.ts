/** Fixed-point arithmetic: spec section 31.12. */

import { type Options, rowsOf } from './element-rows.ts';
import type { ElementMeaning, Form } from './elements.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';
import { extend } from './vector-state.ts';

const SIGNED: Options = { aSigned: true, bSigned: true };
const VV_VX: readonly Form[] = ['vv', 'vx'];
const ALL_FORMS: readonly Form[] = ['vv', 'vx', 'vi'];
const SHIFT_FORMS: readonly Form[] = ['vv', 'vx', 'uimm'];

const largest = (sew: Sew): bigint => (1n << BigInt(sew - 1)) - 1n;
const smallest = (sew: Sew): bigint => -(1n << BigInt(sew - 1));

/**
 * What is added to a value that lost bits (section 31.3.9): `half` is the highest of them, `rest` whether another was set,
 * `odd` the lowest bit that was kept.
 */
function increment<V>(m: ElementOps<V>, half: V, rest: V, odd: V): V {
  const mode = m.vxrm();
  const is = (value: number): V => m.eq(mode, m.constant(value));
  const toEven = m.and(half, m.or(rest, odd));
  const toOdd = m.and(m.xor(odd, m.constant(1)), m.or(half, rest));
  const nearest = m.select(is(0), half, toEven);
  const others = m.select(is(3), toOdd, m.constant(0));
  return m.select(m.ltU(mode, m.constant(2)), nearest, others);
}

/** value / 2^amount, rounded as vxrm says; amount is less than 64. */
function roundOff<V>(m: ElementOps<V>, value: V, amount: V, signed: boolean): V {
  const [v, d] = [m.let(value), m.let(amount)];
  const one = m.constant(1);
  const before = m.let(m.sub(d, one));
  const shifted = m.let(signed ? m.shrS(v, d) : m.shrU(v, d));
  const half = m.let(m.and(m.shrU(v, before), one));
  const rest = m.ne(m.and(v, m.sub(m.shl(one, before), one)), m.constant(0));
  const added = increment(m, half, m.let(rest), m.let(m.and(shifted, one)));
  return m.let(m.add(shifted, m.select(m.eq(d, m.constant(0)), m.constant(0), added)));
}

/** (a + b) / 2 or (a - b) / 2: `floor` is that rounded down; the lost bit is the exclusive or of the lowest ones. */
const average =
  (
    floor: <V>(m: ElementOps<V>, a: V, b: V, shift: (v: V) => V) => V,
    signed: boolean,
  ): ElementMeaning =>
  (m, { a, b }) => {
    const one = m.constant(1);
    const shift = (v: typeof a): typeof a => (signed ? m.shrS(v, one) : m.shrU(v, one));
    const down = m.let(floor(m, a, b, shift));
    const half = m.let(m.and(m.xor(a, b), one));
    return m.add(down, increment(m, half, m.constant(0), m.let(m.and(down, one))));
  };

const halfSum = <V>(m: ElementOps<V>, a: V, b: V, shift: (v: V) => V): V =>
  m.add(m.and(a, b), shift(m.xor(a, b)));
const halfDifference = <V>(m: ElementOps<V>, a: V, b: V, shift: (v: V) => V): V => {
  const borrow = m.and(m.and(m.xor(a, m.constant(-1)), b), m.constant(1));
  return m.sub(m.sub(shift(a), shift(b)), borrow);
};

const saturatingAddUnsigned: ElementMeaning = (m, { a, b, sew }) => {
  const sum = m.let(extend(m, m.add(a, b), sew, false));
  const over = m.let(m.ltU(sum, a));
  m.saturateWhen(over);
  return m.select(over, m.constant(-1), sum);
};
const saturatingSubtractUnsigned: ElementMeaning = (m, { a, b }) => {
  const under = m.let(m.ltU(a, b));
  m.saturateWhen(under);
  return m.select(under, m.constant(0), m.sub(a, b));
};

/** `result` where it fits; else the limit on a's side. */
function saturated<V>(m: ElementOps<V>, over: V, a: V, result: V, sew: Sew): V {
  const isOver = m.let(over);
  m.saturateWhen(isOver);
  const limit = m.select(
    m.ltS(a, m.constant(0)),
    m.constant(smallest(sew)),
    m.constant(largest(sew)),
  );
  return m.select(isOver, limit, result);
}
const saturatingAdd: ElementMeaning = (m, { a, b, sew }) => {
  const sum = m.let(extend(m, m.add(a, b), sew, true));
  const signs = m.and(m.xor(a, sum), m.xor(b, sum));
  return saturated(m, m.ltS(signs, m.constant(0)), a, sum, sew);
};
const saturatingSubtract: ElementMeaning = (m, { a, b, sew }) => {
  const difference = m.let(extend(m, m.sub(a, b), sew, true));
  const signs = m.and(m.xor(a, b), m.xor(a, difference));
  return saturated(m, m.ltS(signs, m.constant(0)), a, difference, sew);
};

/** Product of fractions: only (-1) * (-1) does not fit. */
const fractionalMultiply: ElementMeaning = (m, { a, b, sew }) => {
  const least = m.constant(smallest(sew));
  const over = m.let(m.and(m.eq(a, least), m.eq(b, least)));
  m.saturateWhen(over);
  const result =
    sew === 64 ? wideFraction(m, a, b) : roundOff(m, m.mul(a, b), m.constant(sew - 1), true);
  return m.select(over, m.constant(largest(sew)), result);
};
function wideFraction<V>(m: ElementOps<V>, a: V, b: V): V {
  const low = m.let(m.mul(a, b));
  const high = m.mulh(a, b);
  const one = m.constant(1);
  const kept = m.let(m.or(m.shl(high, one), m.shrU(low, m.constant(63))));
  const half = m.let(m.and(m.shrU(low, m.constant(62)), one));
  const rest = m.let(m.ne(m.shl(low, m.constant(2)), m.constant(0)));
  return m.add(kept, increment(m, half, rest, m.let(m.and(kept, one))));
}

const amount = <V>(m: ElementOps<V>, b: V, bits: number): V => m.and(b, m.constant(bits - 1));

const clipUnsigned: ElementMeaning = (m, { a, b, sew }) => {
  const value = roundOff(m, a, amount(m, b, 2 * sew), false);
  const limit = m.constant((1n << BigInt(sew)) - 1n);
  const over = m.let(m.ltU(limit, value));
  m.saturateWhen(over);
  return m.select(over, limit, value);
};
const clipSigned: ElementMeaning = (m, { a, b, sew }) => {
  const value = roundOff(m, a, amount(m, b, 2 * sew), true);
  const high = m.constant(largest(sew));
  const low = m.constant(smallest(sew));
  const [over, under] = [m.let(m.ltS(high, value)), m.let(m.ltS(value, low))];
  m.saturateWhen(m.or(over, under));
  return m.select(over, high, m.select(under, low, value));
};

const CLIP: Options = {
  a: 1,
  widths: [8, 16, 32],
  suffixes: { vv: 'wv', vx: 'wx', uimm: 'wi' },
};

export const fixedPointRows = (): readonly VectorInstruction[] => [
  ...rowsOf('OPI', 'vsaddu', 32, ALL_FORMS, saturatingAddUnsigned),
  ...rowsOf('OPI', 'vsadd', 33, ALL_FORMS, saturatingAdd, SIGNED),
  ...rowsOf('OPI', 'vssubu', 34, VV_VX, saturatingSubtractUnsigned),
  ...rowsOf('OPI', 'vssub', 35, VV_VX, saturatingSubtract, SIGNED),
  ...rowsOf('OPM', 'vaaddu', 8, VV_VX, average(halfSum, false)),
  ...rowsOf('OPM', 'vaadd', 9, VV_VX, average(halfSum, true), SIGNED),
  ...rowsOf('OPM', 'vasubu', 10, VV_VX, average(halfDifference, false)),
  ...rowsOf('OPM', 'vasub', 11, VV_VX, average(halfDifference, true), SIGNED),
  ...rowsOf('OPI', 'vsmul', 39, VV_VX, fractionalMultiply, SIGNED),
  ...rowsOf('OPI', 'vssrl', 42, SHIFT_FORMS, (m, { a, b, sew }) =>
    roundOff(m, a, amount(m, b, sew), false),
  ),
  ...rowsOf(
    'OPI',
    'vssra',
    43,
    SHIFT_FORMS,
    (m, { a, b, sew }) => roundOff(m, a, amount(m, b, sew), true),
    { aSigned: true },
  ),
  ...rowsOf('OPI', 'vnclipu', 46, SHIFT_FORMS, clipUnsigned, CLIP),
  ...rowsOf('OPI', 'vnclip', 47, SHIFT_FORMS, clipSigned, { ...CLIP, aSigned: true }),
];
