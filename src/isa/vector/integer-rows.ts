/** Integer arithmetic: spec section 31.11. */
import { multiplyAddRows, type Options, rowsOf } from './element-rows.ts';
import { type ElementMeaning, elementRow, type Form } from './elements.ts';
import { encodingOf, MASK_WITH_VM, MASK_WITH_VS1, SECOND, UNMASKED } from './encoding.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';
import { extend } from './vector-state.ts';

const SIGNED: Options = { aSigned: true, bSigned: true };

/** The low log2(bits) bits of b are the amount of a shift. */
const amount = <V>(m: ElementOps<V>, b: V, bits: number): V => m.and(b, m.constant(bits - 1));

const less = {
  signed: <V>(m: ElementOps<V>, a: V, b: V): V => m.ltS(a, b),
  unsigned: <V>(m: ElementOps<V>, a: V, b: V): V => m.ltU(a, b),
};

const minimum =
  (lessThan: typeof less.signed): ElementMeaning =>
  (m, { a, b }) =>
    m.select(lessThan(m, a, b), a, b);
const maximum =
  (lessThan: typeof less.signed): ElementMeaning =>
  (m, { a, b }) =>
    m.select(lessThan(m, a, b), b, a);

const singleWidth = (): readonly VectorInstruction[] => [
  ...rowsOf('OPI', 'vadd', 0, ['vv', 'vx', 'vi'], (m, { a, b }) => m.add(a, b)),
  ...rowsOf('OPI', 'vsub', 2, ['vv', 'vx'], (m, { a, b }) => m.sub(a, b)),
  ...rowsOf('OPI', 'vrsub', 3, ['vx', 'vi'], (m, { a, b }) => m.sub(b, a)),
  ...rowsOf('OPI', 'vminu', 4, ['vv', 'vx'], minimum(less.unsigned)),
  ...rowsOf('OPI', 'vmin', 5, ['vv', 'vx'], minimum(less.signed), SIGNED),
  ...rowsOf('OPI', 'vmaxu', 6, ['vv', 'vx'], maximum(less.unsigned)),
  ...rowsOf('OPI', 'vmax', 7, ['vv', 'vx'], maximum(less.signed), SIGNED),
  ...rowsOf('OPI', 'vand', 9, ['vv', 'vx', 'vi'], (m, { a, b }) => m.and(a, b)),
  ...rowsOf('OPI', 'vor', 10, ['vv', 'vx', 'vi'], (m, { a, b }) => m.or(a, b)),
  ...rowsOf('OPI', 'vxor', 11, ['vv', 'vx', 'vi'], (m, { a, b }) => m.xor(a, b)),
  ...rowsOf('OPI', 'vsll', 37, ['vv', 'vx', 'uimm'], (m, { a, b, sew }) =>
    m.shl(a, amount(m, b, sew)),
  ),
  ...rowsOf('OPI', 'vsrl', 40, ['vv', 'vx', 'uimm'], (m, { a, b, sew }) =>
    m.shrU(a, amount(m, b, sew)),
  ),
  ...rowsOf(
    'OPI',
    'vsra',
    41,
    ['vv', 'vx', 'uimm'],
    (m, { a, b, sew }) => m.shrS(a, amount(m, b, sew)),
    { aSigned: true },
  ),
];

const NARROWING_WIDTHS: readonly Sew[] = [8, 16, 32];
const SHIFT_FORMS: readonly Form[] = ['vv', 'vx', 'uimm'];
const NARROWING: Options = {
  a: 1,
  widths: NARROWING_WIDTHS,
  suffixes: { vv: 'wv', vx: 'wx', uimm: 'wi' },
};

const narrowingShifts = (): readonly VectorInstruction[] => [
  ...rowsOf(
    'OPI',
    'vnsrl',
    44,
    SHIFT_FORMS,
    (m, { a, b, sew }) => m.shrU(a, amount(m, b, 2 * sew)),
    NARROWING,
  ),
  ...rowsOf(
    'OPI',
    'vnsra',
    45,
    SHIFT_FORMS,
    (m, { a, b, sew }) => m.shrS(a, amount(m, b, 2 * sew)),
    {
      ...NARROWING,
      aSigned: true,
    },
  ),
];

const MASK_MOVE = 0xfff0707f;

const COMPARE: Options = { d: 'mask' };
const COMPARE_SIGNED: Options = { d: 'mask', ...SIGNED };
const ALL_FORMS: readonly Form[] = ['vv', 'vx', 'vi'];

const comparisons = (): readonly VectorInstruction[] => [
  ...rowsOf('OPI', 'vmseq', 24, ALL_FORMS, (m, { a, b }) => m.eq(a, b), COMPARE),
  ...rowsOf('OPI', 'vmsne', 25, ALL_FORMS, (m, { a, b }) => m.ne(a, b), COMPARE),
  ...rowsOf('OPI', 'vmsltu', 26, ['vv', 'vx'], (m, { a, b }) => m.ltU(a, b), COMPARE),
  ...rowsOf('OPI', 'vmslt', 27, ['vv', 'vx'], (m, { a, b }) => m.ltS(a, b), COMPARE_SIGNED),
  ...rowsOf('OPI', 'vmsleu', 28, ALL_FORMS, (m, { a, b }) => m.geU(b, a), COMPARE),
  ...rowsOf('OPI', 'vmsle', 29, ALL_FORMS, (m, { a, b }) => m.geS(b, a), COMPARE_SIGNED),
  ...rowsOf('OPI', 'vmsgtu', 30, ['vx', 'vi'], (m, { a, b }) => m.ltU(b, a), COMPARE),
  ...rowsOf('OPI', 'vmsgt', 31, ['vx', 'vi'], (m, { a, b }) => m.ltS(b, a), COMPARE_SIGNED),
];

/** a + b + carry, cut to the element. */
const sum: ElementMeaning = (m, { a, b, carry }) => m.add(m.add(a, b), carry);
const difference: ElementMeaning = (m, { a, b, carry }) => m.sub(m.sub(a, b), carry);

const carryOut: ElementMeaning = (m, e) => {
  const total = m.let(extend(m, sum(m, e), e.sew, false));
  return m.or(m.ltU(total, e.a), m.and(e.carry, m.eq(total, e.a)));
};
const borrowOut: ElementMeaning = (m, { a, b, carry }) =>
  m.or(m.ltU(a, b), m.and(carry, m.eq(a, b)));

/** Add and subtract with carry: v0 holds the carries in. */
function withCarry(
  name: string,
  funct6: number,
  forms: readonly Form[],
  meaning: ElementMeaning,
  options: Options = {},
): VectorInstruction[] {
  return forms.flatMap((form) =>
    rowsOf('OPI', name, funct6, [form], meaning, {
      ...options,
      maskIsOperand: true,
      mask: MASK_WITH_VM,
      assembly: `vd,vs2,${SECOND[form]},v0`,
      suffixes: { [form]: `${form}m` },
    }),
  );
}

/** The forms without a carry in exist for the carry out only. */
function withoutCarry(
  name: string,
  funct6: number,
  forms: readonly Form[],
  meaning: ElementMeaning,
): VectorInstruction[] {
  return forms.flatMap((form) =>
    rowsOf('OPI', name, funct6, [form], meaning, {
      d: 'mask',
      maskIsOperand: true,
      mask: MASK_WITH_VM,
      fixed: UNMASKED,
      assembly: `vd,vs2,${SECOND[form]}`,
    }),
  );
}

const carryRows = (): readonly VectorInstruction[] => [
  ...withCarry('vadc', 16, ALL_FORMS, sum),
  ...withCarry('vmadc', 17, ALL_FORMS, carryOut, { d: 'mask' }),
  ...withoutCarry('vmadc', 17, ALL_FORMS, carryOut),
  ...withCarry('vsbc', 18, ['vv', 'vx'], difference),
  ...withCarry('vmsbc', 19, ['vv', 'vx'], borrowOut, { d: 'mask' }),
  ...withoutCarry('vmsbc', 19, ['vv', 'vx'], borrowOut),
  ...withCarry('vmerge', 23, ALL_FORMS, (m, { a, b, carry }) => m.select(carry, b, a)),
];

/** vmv.v.v, vmv.v.x, vmv.v.i: vs2 is v0 by encoding. */
const moveRows = (): readonly VectorInstruction[] =>
  ALL_FORMS.flatMap((form) =>
    rowsOf('OPI', 'vmv.v', 23, [form], (_m, { b }) => b, {
      mask: MASK_MOVE,
      fixed: UNMASKED,
      assembly: `vd,${SECOND[form]}`,
      suffixes: { vv: 'v', vx: 'x', vi: 'i' },
    }),
  );

/** High half of a product: of 64 bits by the scalar operator, of narrower elements from the whole product. */
const highHalf =
  (wide: <V>(m: ElementOps<V>, a: V, b: V) => V): ElementMeaning =>
  (m, { a, b, sew }) =>
    sew === 64 ? wide(m, a, b) : m.shrU(m.mul(a, b), m.constant(sew));

const multiplication = (): readonly VectorInstruction[] => [
  ...rowsOf('OPM', 'vdivu', 32, ['vv', 'vx'], (m, { a, b }) => m.divu(a, b)),
  ...rowsOf('OPM', 'vdiv', 33, ['vv', 'vx'], (m, { a, b }) => m.div(a, b), SIGNED),
  ...rowsOf('OPM', 'vremu', 34, ['vv', 'vx'], (m, { a, b }) => m.remu(a, b)),
  ...rowsOf('OPM', 'vrem', 35, ['vv', 'vx'], (m, { a, b }) => m.rem(a, b), SIGNED),
  ...rowsOf(
    'OPM',
    'vmulhu',
    36,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulhu(a, b)),
  ),
  ...rowsOf('OPM', 'vmul', 37, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b)),
  ...rowsOf(
    'OPM',
    'vmulhsu',
    38,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulhsu(a, b)),
    {
      aSigned: true,
    },
  ),
  ...rowsOf(
    'OPM',
    'vmulh',
    39,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulh(a, b)),
    SIGNED,
  ),
];

const product = <V>(m: ElementOps<V>, a: V, b: V): V => m.mul(a, b);
const WIDE: Options = { d: 1, widths: NARROWING_WIDTHS };
const WIDE_SIGNED: Options = { ...WIDE, ...SIGNED };
const accumulate: ElementMeaning = (m, { a, b, d }) => m.add(product(m, a, b), d);

const multiplyAdds = (): readonly VectorInstruction[] => [
  ...multiplyAddRows('OPM', 'vmadd', 41, ['vv', 'vx'], (m, { a, b, d }) =>
    m.add(product(m, b, d), a),
  ),
  ...multiplyAddRows('OPM', 'vnmsub', 43, ['vv', 'vx'], (m, { a, b, d }) =>
    m.sub(a, product(m, b, d)),
  ),
  ...multiplyAddRows('OPM', 'vmacc', 45, ['vv', 'vx'], accumulate),
  ...multiplyAddRows('OPM', 'vnmsac', 47, ['vv', 'vx'], (m, { a, b, d }) =>
    m.sub(d, product(m, a, b)),
  ),
  ...multiplyAddRows('OPM', 'vwmaccu', 60, ['vv', 'vx'], accumulate, WIDE),
  ...multiplyAddRows('OPM', 'vwmacc', 61, ['vv', 'vx'], accumulate, WIDE_SIGNED),
  ...multiplyAddRows('OPM', 'vwmaccus', 62, ['vx'], accumulate, { ...WIDE, aSigned: true }),
  ...multiplyAddRows('OPM', 'vwmaccsu', 63, ['vv', 'vx'], accumulate, { ...WIDE, bSigned: true }),
];

/** Widening: wv and wx have a first operand that is wide already. */
function wide(
  name: string,
  funct6: number,
  options: Options,
  meaning: ElementMeaning,
): VectorInstruction[] {
  const forms: readonly Form[] = ['vv', 'vx'];
  return [
    ...rowsOf('OPM', name, funct6, forms, meaning, { ...WIDE, ...options }),
    ...rowsOf('OPM', name, funct6 + 4, forms, meaning, {
      ...WIDE,
      ...options,
      a: 1,
      suffixes: { vv: 'wv', vx: 'wx' },
    }),
  ];
}

const widening = (): readonly VectorInstruction[] => [
  ...wide('vwaddu', 48, {}, (m, { a, b }) => m.add(a, b)),
  ...wide('vwadd', 49, SIGNED, (m, { a, b }) => m.add(a, b)),
  ...wide('vwsubu', 50, {}, (m, { a, b }) => m.sub(a, b)),
  ...wide('vwsub', 51, SIGNED, (m, { a, b }) => m.sub(a, b)),
  ...rowsOf('OPM', 'vwmulu', 56, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), WIDE),
  ...rowsOf('OPM', 'vwmulsu', 58, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), {
    ...WIDE,
    aSigned: true,
  }),
  ...rowsOf('OPM', 'vwmul', 59, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), WIDE_SIGNED),
];

/** vzext and vsext: the operand is a half, a quarter or an eighth of SEW. */
function extensions(): VectorInstruction[] {
  const parts = [
    [8, -3, 2, [64]],
    [4, -2, 4, [32, 64]],
    [2, -1, 6, [16, 32, 64]],
  ] as const;
  return parts.flatMap(([part, a, code, widths]) =>
    (['z', 's'] as const).map((sign) =>
      elementRow({
        name: `v${sign}ext.vf${part}`,
        match: encodingOf('OPM', 18, 'v', code + (sign === 's' ? 1 : 0)),
        mask: MASK_WITH_VS1,
        form: 'v',
        assembly: 'vd,vs2vm',
        widths,
        a,
        aSigned: sign === 's',
        meaning: (_m, e) => e.a,
      }),
    ),
  );
}

export const integerRows = (): readonly VectorInstruction[] => [
  ...singleWidth(),
  ...narrowingShifts(),
  ...comparisons(),
  ...carryRows(),
  ...moveRows(),
  ...multiplication(),
  ...multiplyAdds(),
  ...widening(),
  ...extensions(),
];
