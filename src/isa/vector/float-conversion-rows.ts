/** Conversions: spec sections 31.13.17 to 31.13.19. */
import { FFLAGS, ROUNDING } from '../csr.ts';
import type { FloatFormat, IntegerType } from '../ops.ts';
import { type ElementMeaning, elementRow } from './elements.ts';
import { encodingOf, MASK_WITH_VS1 } from './encoding.ts';
import { formatOf, widen } from './float-rows.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';

const DYNAMIC = 7;

interface Widths {
  readonly widths: readonly Sew[];
  /** Destination and source, as powers of two times SEW. */
  readonly d?: 1;
  readonly a?: 1;
}
const SAME: Widths = { widths: [32, 64] };
const WIDER: Widths = { widths: [32], d: 1 };
const NARROWER: Widths = { widths: [32], a: 1 };

const conversion = (
  name: string,
  vs1: number,
  { widths, d = undefined, a = undefined }: Widths,
  meaning: ElementMeaning,
  aSigned = false,
): VectorInstruction =>
  elementRow({
    name,
    match: encodingOf('OPF', 18, 'v', vs1),
    mask: MASK_WITH_VS1,
    form: 'v',
    assembly: 'vd,vs2vm',
    isFloat: true,
    widths,
    ...(d && { d }),
    ...(a && { a }),
    aSigned,
    meaning,
  });

const integerOf = (bits: number, signed: boolean): IntegerType =>
  bits === 64 ? (signed ? 'l' : 'lu') : signed ? 'w' : 'wu';

/** Formats and integers of 2^ratio times SEW. */
const toInteger =
  (rm: number, signed: boolean, from: 0 | 1, to: 0 | 1): ElementMeaning =>
  (m, { a, sew }) => {
    const format = formatOf((sew << from) as Sew);
    const bits = sew << to;
    return bits === 16
      ? toHalfword(m, format, rm, signed, a)
      : m.floatToInteger(format, integerOf(bits, signed), rm, a);
  };

/** By way of a word: what does not fit is invalid and nothing else. */
function toHalfword<V>(
  m: ElementOps<V>,
  format: FloatFormat,
  rm: number,
  signed: boolean,
  a: V,
): V {
  const before = m.let(m.fflags());
  const word = m.floatToInteger(format, integerOf(32, signed), rm, a);
  const value = m.let(signed ? word : m.zext(word, 32));
  const high = m.constant(signed ? 0x7fff : 0xffff);
  const low = m.constant(signed ? -0x8000 : 0);
  const [over, under] = [m.let(m.ltS(high, value)), m.let(m.ltS(value, low))];
  const invalid = m.or(before, m.constant(FFLAGS.NV));
  m.setFflags(m.select(m.or(over, under), invalid, m.fflags()));
  return m.select(over, high, m.select(under, low, value));
}

const fromInteger =
  (signed: boolean, from: 0 | 1, to: 0 | 1): ElementMeaning =>
  (m, { a, sew }) =>
    m.integerToFloat(formatOf((sew << to) as Sew), integerOf(sew << from, signed), DYNAMIC, a);

const narrow: ElementMeaning = (m, { a }) => m.floatConvert('d', 's', DYNAMIC, a);

/** Round to odd: truncated, and the last bit set where that lost something. */
const narrowToOdd: ElementMeaning = (m, { a }) => {
  const before = m.let(m.fflags());
  m.setFflags(m.constant(0));
  const truncated = m.let(m.floatConvert('d', 's', ROUNDING.RTZ, a));
  const raised = m.let(m.fflags());
  m.setFflags(m.or(before, raised));
  return m.or(truncated, m.and(raised, m.constant(FFLAGS.NX)));
};

function integerRows(
  name: string,
  codes: readonly [unsigned: number, signed: number],
  widths: Widths,
  meaning: (signed: boolean) => ElementMeaning,
): VectorInstruction[] {
  return [false, true].map((signed) =>
    conversion(
      name.replace('x', signed ? 'x' : 'xu'),
      codes[signed ? 1 : 0],
      widths,
      meaning(signed),
      signed,
    ),
  );
}

export const floatConversionRows = (): readonly VectorInstruction[] => [
  ...integerRows('vfcvt.x.f.v', [0, 1], SAME, (s) => toInteger(DYNAMIC, s, 0, 0)),
  ...integerRows('vfcvt.f.x.v', [2, 3], SAME, (s) => fromInteger(s, 0, 0)),
  ...integerRows('vfcvt.rtz.x.f.v', [6, 7], SAME, (s) => toInteger(ROUNDING.RTZ, s, 0, 0)),
  ...integerRows('vfwcvt.x.f.v', [8, 9], WIDER, (s) => toInteger(DYNAMIC, s, 0, 1)),
  ...integerRows('vfwcvt.f.x.v', [10, 11], { ...WIDER, widths: [16, 32] }, (s) =>
    fromInteger(s, 0, 1),
  ),
  conversion('vfwcvt.f.f.v', 12, WIDER, (m, { a }) => widen(m, a)),
  ...integerRows('vfwcvt.rtz.x.f.v', [14, 15], WIDER, (s) => toInteger(ROUNDING.RTZ, s, 0, 1)),
  ...integerRows('vfncvt.x.f.w', [16, 17], { ...NARROWER, widths: [16, 32] }, (s) =>
    toInteger(DYNAMIC, s, 1, 0),
  ),
  ...integerRows('vfncvt.f.x.w', [18, 19], NARROWER, (s) => fromInteger(s, 1, 0)),
  conversion('vfncvt.f.f.w', 20, NARROWER, narrow),
  conversion('vfncvt.rod.f.f.w', 21, NARROWER, narrowToOdd),
  ...integerRows('vfncvt.rtz.x.f.w', [22, 23], { ...NARROWER, widths: [16, 32] }, (s) =>
    toInteger(ROUNDING.RTZ, s, 1, 0),
  ),
];
