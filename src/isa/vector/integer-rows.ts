/** Integer arithmetic: spec section 31.11. */
import { type ElementMeaning, type ElementSpec, elementRow, type Form } from './elements.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';
import { extend } from './vector-state.ts';

/** Minor opcodes: funct3 of OP-V. */
const OPI: Readonly<Partial<Record<Form, number>>> = { vv: 0, vi: 3, uimm: 3, vx: 4 };
const OPM: Readonly<Partial<Record<Form, number>>> = { vv: 2, v: 2, vx: 6 };

const OPV = 0x57;
const MASK = 0xfc00707f;
const MASK_WITH_VM = 0xfe00707f;
const MASK_WITH_VS1 = 0xfc0ff07f;

/** Middle operands as the assembler writes them. */
const SECOND: Readonly<Record<Form, string>> = {
  vv: 'vs1',
  vx: 'x1',
  vi: 'imm',
  uimm: 'uimm',
  vf: 'f1',
  v: '',
};

type Options = Omit<Partial<ElementSpec>, 'name' | 'match' | 'form' | 'meaning'>;

function rows(
  major: typeof OPI,
  name: string,
  funct6: number,
  forms: readonly Form[],
  meaning: ElementMeaning,
  options: Options = {},
): VectorInstruction[] {
  return forms.map((form) =>
    elementRow({
      name: `${name}.${form === 'uimm' ? 'vi' : form}`,
      match: ((funct6 << 26) | ((major[form] as number) << 12) | OPV) >>> 0,
      mask: MASK,
      form,
      assembly: `vd,vs2,${SECOND[form]}vm`,
      meaning,
      ...options,
    }),
  );
}

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
  ...rows(OPI, 'vadd', 0, ['vv', 'vx', 'vi'], (m, { a, b }) => m.add(a, b)),
  ...rows(OPI, 'vsub', 2, ['vv', 'vx'], (m, { a, b }) => m.sub(a, b)),
  ...rows(OPI, 'vrsub', 3, ['vx', 'vi'], (m, { a, b }) => m.sub(b, a)),
  ...rows(OPI, 'vminu', 4, ['vv', 'vx'], minimum(less.unsigned)),
  ...rows(OPI, 'vmin', 5, ['vv', 'vx'], minimum(less.signed), SIGNED),
  ...rows(OPI, 'vmaxu', 6, ['vv', 'vx'], maximum(less.unsigned)),
  ...rows(OPI, 'vmax', 7, ['vv', 'vx'], maximum(less.signed), SIGNED),
  ...rows(OPI, 'vand', 9, ['vv', 'vx', 'vi'], (m, { a, b }) => m.and(a, b)),
  ...rows(OPI, 'vor', 10, ['vv', 'vx', 'vi'], (m, { a, b }) => m.or(a, b)),
  ...rows(OPI, 'vxor', 11, ['vv', 'vx', 'vi'], (m, { a, b }) => m.xor(a, b)),
  ...rows(OPI, 'vsll', 37, ['vv', 'vx', 'uimm'], (m, { a, b, sew }) => m.shl(a, amount(m, b, sew))),
  ...rows(OPI, 'vsrl', 40, ['vv', 'vx', 'uimm'], (m, { a, b, sew }) =>
    m.shrU(a, amount(m, b, sew)),
  ),
  ...rows(
    OPI,
    'vsra',
    41,
    ['vv', 'vx', 'uimm'],
    (m, { a, b, sew }) => m.shrS(a, amount(m, b, sew)),
    { aSigned: true },
  ),
];

const NARROWING_WIDTHS: readonly Sew[] = [8, 16, 32];
const NARROWING: Options = { a: 1, widths: NARROWING_WIDTHS };

function narrowingShifts(): VectorInstruction[] {
  const forms = [
    ['vv', 'wv'],
    ['vx', 'wx'],
    ['uimm', 'wi'],
  ] as const;
  return forms.flatMap(([form, suffix]) =>
    [
      ...rows(
        OPI,
        'vnsrl',
        44,
        [form],
        (m, { a, b, sew }) => m.shrU(a, amount(m, b, 2 * sew)),
        NARROWING,
      ),
      ...rows(OPI, 'vnsra', 45, [form], (m, { a, b, sew }) => m.shrS(a, amount(m, b, 2 * sew)), {
        ...NARROWING,
        aSigned: true,
      }),
    ].map((row) => ({ ...row, name: `${row.name.split('.')[0]}.${suffix}` })),
  );
}

const COMPARE: Options = { d: 'mask' };
const COMPARE_SIGNED: Options = { d: 'mask', ...SIGNED };
const ALL_FORMS: readonly Form[] = ['vv', 'vx', 'vi'];

const comparisons = (): readonly VectorInstruction[] => [
  ...rows(OPI, 'vmseq', 24, ALL_FORMS, (m, { a, b }) => m.eq(a, b), COMPARE),
  ...rows(OPI, 'vmsne', 25, ALL_FORMS, (m, { a, b }) => m.ne(a, b), COMPARE),
  ...rows(OPI, 'vmsltu', 26, ['vv', 'vx'], (m, { a, b }) => m.ltU(a, b), COMPARE),
  ...rows(OPI, 'vmslt', 27, ['vv', 'vx'], (m, { a, b }) => m.ltS(a, b), COMPARE_SIGNED),
  ...rows(OPI, 'vmsleu', 28, ALL_FORMS, (m, { a, b }) => m.geU(b, a), COMPARE),
  ...rows(OPI, 'vmsle', 29, ALL_FORMS, (m, { a, b }) => m.geS(b, a), COMPARE_SIGNED),
  ...rows(OPI, 'vmsgtu', 30, ['vx', 'vi'], (m, { a, b }) => m.ltU(b, a), COMPARE),
  ...rows(OPI, 'vmsgt', 31, ['vx', 'vi'], (m, { a, b }) => m.ltS(b, a), COMPARE_SIGNED),
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

/** Add and subtract with carry: v0 holds the carries in; the forms without one exist for the carry out only. */
function carryRows(): VectorInstruction[] {
  const forms = (name: string, suffixes: readonly Form[]) =>
    suffixes.map((form) => [form, `${name}.${form}`] as const);
  const withCarry = (
    name: string,
    funct6: number,
    list: readonly Form[],
    meaning: ElementMeaning,
    options: Options,
  ) =>
    forms(name, list).flatMap(([form, full]) =>
      rows(OPI, name, funct6, [form], meaning, {
        ...options,
        maskIsOperand: true,
        mask: MASK_WITH_VM,
        assembly: `vd,vs2,${SECOND[form]},v0`,
      }).map((row) => ({ ...row, name: `${full}m` })),
    );
  const without = (name: string, funct6: number, list: readonly Form[], meaning: ElementMeaning) =>
    rows(OPI, name, funct6, list, meaning, {
      d: 'mask',
      maskIsOperand: true,
      mask: MASK_WITH_VM,
    }).map((row) => ({ ...row, match: (row.match | (1 << 25)) >>> 0 }));
  return [
    ...withCarry('vadc', 16, ALL_FORMS, sum, {}),
    ...withCarry('vmadc', 17, ALL_FORMS, carryOut, { d: 'mask' }),
    ...without('vmadc', 17, ALL_FORMS, carryOut),
    ...withCarry('vsbc', 18, ['vv', 'vx'], difference, {}),
    ...withCarry('vmsbc', 19, ['vv', 'vx'], borrowOut, { d: 'mask' }),
    ...without('vmsbc', 19, ['vv', 'vx'], borrowOut),
    ...withCarry('vmerge', 23, ALL_FORMS, (m, { a, b, carry }) => m.select(carry, b, a), {}),
  ];
}

/** vmv.v.v, vmv.v.x, vmv.v.i: vs2 is v0 by encoding. */
function moveRows(): VectorInstruction[] {
  const suffix: Readonly<Partial<Record<Form, string>>> = { vv: 'v', vx: 'x', vi: 'i' };
  return ALL_FORMS.flatMap((form) =>
    rows(OPI, 'vmv', 23, [form], (_m, { b }) => b, {
      mask: 0xfff0707f,
      assembly: `vd,${SECOND[form]}`,
    }).map((row) => ({
      ...row,
      name: `vmv.v.${suffix[form]}`,
      match: (row.match | (1 << 25)) >>> 0,
    })),
  );
}

/** High half of a product: of 64 bits by the scalar operator, of narrower elements from the whole product. */
const highHalf =
  (wide: <V>(m: ElementOps<V>, a: V, b: V) => V): ElementMeaning =>
  (m, { a, b, sew }) =>
    sew === 64 ? wide(m, a, b) : m.shrU(m.mul(a, b), m.constant(sew));

const multiplication = (): readonly VectorInstruction[] => [
  ...rows(OPM, 'vdivu', 32, ['vv', 'vx'], (m, { a, b }) => m.divu(a, b)),
  ...rows(OPM, 'vdiv', 33, ['vv', 'vx'], (m, { a, b }) => m.div(a, b), SIGNED),
  ...rows(OPM, 'vremu', 34, ['vv', 'vx'], (m, { a, b }) => m.remu(a, b)),
  ...rows(OPM, 'vrem', 35, ['vv', 'vx'], (m, { a, b }) => m.rem(a, b), SIGNED),
  ...rows(
    OPM,
    'vmulhu',
    36,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulhu(a, b)),
  ),
  ...rows(OPM, 'vmul', 37, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b)),
  ...rows(
    OPM,
    'vmulhsu',
    38,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulhsu(a, b)),
    {
      aSigned: true,
    },
  ),
  ...rows(
    OPM,
    'vmulh',
    39,
    ['vv', 'vx'],
    highHalf((m, a, b) => m.mulh(a, b)),
    SIGNED,
  ),
];

/** Multiply-add: the assembler writes vs1 before vs2. */
function multiplyAdd(
  name: string,
  funct6: number,
  meaning: ElementMeaning,
  options: Options = {},
  forms: readonly Form[] = ['vv', 'vx'],
): VectorInstruction[] {
  return forms.flatMap((form) =>
    rows(OPM, name, funct6, [form], meaning, {
      ...options,
      readsD: true,
      assembly: `vd,${SECOND[form]},vs2vm`,
    }),
  );
}

const product = <V>(m: ElementOps<V>, a: V, b: V): V => m.mul(a, b);
const WIDE: Options = { d: 1, widths: NARROWING_WIDTHS };
const WIDE_SIGNED: Options = { ...WIDE, ...SIGNED };
const accumulate: ElementMeaning = (m, { a, b, d }) => m.add(product(m, a, b), d);

const multiplyAdds = (): readonly VectorInstruction[] => [
  ...multiplyAdd('vmadd', 41, (m, { a, b, d }) => m.add(product(m, b, d), a)),
  ...multiplyAdd('vnmsub', 43, (m, { a, b, d }) => m.sub(a, product(m, b, d))),
  ...multiplyAdd('vmacc', 45, accumulate),
  ...multiplyAdd('vnmsac', 47, (m, { a, b, d }) => m.sub(d, product(m, a, b))),
  ...multiplyAdd('vwmaccu', 60, accumulate, WIDE),
  ...multiplyAdd('vwmacc', 61, accumulate, WIDE_SIGNED),
  ...multiplyAdd('vwmaccus', 62, accumulate, { ...WIDE, aSigned: true }, ['vx']),
  ...multiplyAdd('vwmaccsu', 63, accumulate, { ...WIDE, bSigned: true }),
];

/** Widening: wv and wx have a first operand that is wide already. */
function wide(
  name: string,
  funct6: number,
  options: Options,
  meaning: ElementMeaning,
): VectorInstruction[] {
  return [
    ...rows(OPM, name, funct6, ['vv', 'vx'], meaning, { ...WIDE, ...options }),
    ...rows(OPM, name, funct6 + 4, ['vv', 'vx'], meaning, { ...WIDE, ...options, a: 1 }).map(
      (row) => ({ ...row, name: row.name.replace('.v', '.w') }),
    ),
  ];
}

const widening = (): readonly VectorInstruction[] => [
  ...wide('vwaddu', 48, {}, (m, { a, b }) => m.add(a, b)),
  ...wide('vwadd', 49, SIGNED, (m, { a, b }) => m.add(a, b)),
  ...wide('vwsubu', 50, {}, (m, { a, b }) => m.sub(a, b)),
  ...wide('vwsub', 51, SIGNED, (m, { a, b }) => m.sub(a, b)),
  ...rows(OPM, 'vwmulu', 56, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), WIDE),
  ...rows(OPM, 'vwmulsu', 58, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), {
    ...WIDE,
    aSigned: true,
  }),
  ...rows(OPM, 'vwmul', 59, ['vv', 'vx'], (m, { a, b }) => m.mul(a, b), WIDE_SIGNED),
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
        match: ((18 << 26) | ((code + (sign === 's' ? 1 : 0)) << 15) | (2 << 12) | OPV) >>> 0,
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
