/** Floating-point arithmetic and comparisons: spec section 31.13, up to 31.13.16. */
import type { FloatArithmetic, FloatComparison, FloatFormat } from '../ops.ts';
import { multiplyAddRows, type Options, rowsOf } from './element-rows.ts';
import { type ElementMeaning, elementRow, type Form } from './elements.ts';
import { encodingOf, MASK_WITH_VM, MASK_WITH_VS1, UNMASKED } from './encoding.ts';
import { reciprocalEstimate, rootEstimate } from './estimates.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';
import { FLOAT_WIDTHS } from './vector-state.ts';

/** Rounding as frm says. */
const DYNAMIC = 7;
const FLOAT: Options = { isFloat: true, widths: FLOAT_WIDTHS };
const VV_VF: readonly Form[] = ['vv', 'vf'];

export const formatOf = (sew: Sew): FloatFormat => (sew === 32 ? 's' : 'd');

const arithmetic =
  (operation: FloatArithmetic, isReversed = false): ElementMeaning =>
  (m, { a, b, sew }) =>
    m.floatArithmetic(operation, formatOf(sew), DYNAMIC, isReversed ? b : a, isReversed ? a : b);

/** A single as a double. */
export const widen = <V>(m: ElementOps<V>, a: V): V => m.floatConvert('s', 'd', DYNAMIC, a);

/** Operands are widened first; that of wv and wf forms is wide already. */
const wide =
  (operation: FloatArithmetic, isWide: boolean): ElementMeaning =>
  (m, { a, b }) =>
    m.floatArithmetic(operation, 'd', DYNAMIC, isWide ? a : widen(m, a), widen(m, b));

const WIDE: Options = { ...FLOAT, widths: [32], d: 1 };
const WIDE_FIRST: Options = { ...WIDE, a: 1, suffixes: { vv: 'wv', vf: 'wf' } };

const signOf = <V>(m: ElementOps<V>, sew: Sew): V => m.constant(1n << BigInt(sew - 1));
const negate = <V>(m: ElementOps<V>, value: V, sew: Sew): V => m.xor(value, signOf(m, sew));

/** (x * y) + z, with the signs of product and addend changed where asked for. */
function multiplyAdd<V>(
  m: ElementOps<V>,
  sew: Sew,
  operands: readonly [x: V, y: V, z: V],
  isNegative: boolean,
  subtracts: boolean,
): V {
  const [x, y, z] = operands;
  return m.floatMultiplyAdd(
    formatOf(sew),
    DYNAMIC,
    isNegative ? negate(m, x, sew) : x,
    y,
    subtracts ? negate(m, z, sew) : z,
  );
}

/** vd is the addend; or it is a factor, and vs2 the addend. */
const accumulate =
  (isNegative: boolean, subtracts: boolean): ElementMeaning =>
  (m, { a, b, d, sew }) =>
    multiplyAdd(m, sew, [b, a, d], isNegative, subtracts);
const overwriteFactor =
  (isNegative: boolean, subtracts: boolean): ElementMeaning =>
  (m, { a, b, d, sew }) =>
    multiplyAdd(m, sew, [b, d, a], isNegative, subtracts);
const accumulateWide =
  (isNegative: boolean, subtracts: boolean): ElementMeaning =>
  (m, { a, b, d }) =>
    multiplyAdd(m, 64, [widen(m, b), widen(m, a), d], isNegative, subtracts);

const multiplyAdds = (): readonly VectorInstruction[] => {
  const rows = (name: string, funct6: number, meaning: ElementMeaning, options = FLOAT) =>
    multiplyAddRows('OPF', name, funct6, VV_VF, meaning, options);
  return [
    ...rows('vfmadd', 40, overwriteFactor(false, false)),
    ...rows('vfnmadd', 41, overwriteFactor(true, true)),
    ...rows('vfmsub', 42, overwriteFactor(false, true)),
    ...rows('vfnmsub', 43, overwriteFactor(true, false)),
    ...rows('vfmacc', 44, accumulate(false, false)),
    ...rows('vfnmacc', 45, accumulate(true, true)),
    ...rows('vfmsac', 46, accumulate(false, true)),
    ...rows('vfnmsac', 47, accumulate(true, false)),
    ...rows('vfwmacc', 60, accumulateWide(false, false), WIDE),
    ...rows('vfwnmacc', 61, accumulateWide(true, true), WIDE),
    ...rows('vfwmsac', 62, accumulateWide(false, true), WIDE),
    ...rows('vfwnmsac', 63, accumulateWide(true, false), WIDE),
  ];
};

/** a with the sign that `sign` gives from the bits of a and b. */
const injectSign =
  (sign: <V>(m: ElementOps<V>, a: V, b: V) => V): ElementMeaning =>
  (m, { a, b, sew }) => {
    const bit = signOf(m, sew);
    const magnitude = m.and(a, m.xor(bit, m.constant(-1)));
    return m.or(magnitude, m.and(sign(m, a, b), bit));
  };

const compare =
  (operation: FloatComparison, isReversed = false): ElementMeaning =>
  (m, { a, b, sew }) =>
    m.floatCompare(operation, formatOf(sew), isReversed ? b : a, isReversed ? a : b);
const notEqual: ElementMeaning = (m, { a, b, sew }) =>
  m.eq(m.floatCompare('eq', formatOf(sew), a, b), m.constant(0));

const COMPARE: Options = { ...FLOAT, d: 'mask' };

const unary = (name: string, vs1: number, meaning: ElementMeaning): VectorInstruction =>
  elementRow({
    name,
    match: encodingOf('OPF', 19, 'v', vs1),
    mask: MASK_WITH_VS1,
    form: 'v',
    assembly: 'vd,vs2vm',
    isFloat: true,
    widths: FLOAT_WIDTHS,
    meaning,
  });

export const floatRows = (): readonly VectorInstruction[] => [
  ...rowsOf('OPF', 'vfadd', 0, VV_VF, arithmetic('add'), FLOAT),
  ...rowsOf('OPF', 'vfsub', 2, VV_VF, arithmetic('sub'), FLOAT),
  ...rowsOf('OPF', 'vfmin', 4, VV_VF, arithmetic('min'), FLOAT),
  ...rowsOf('OPF', 'vfmax', 6, VV_VF, arithmetic('max'), FLOAT),
  ...rowsOf(
    'OPF',
    'vfsgnj',
    8,
    VV_VF,
    injectSign((_m, _a, b) => b),
    FLOAT,
  ),
  ...rowsOf(
    'OPF',
    'vfsgnjn',
    9,
    VV_VF,
    injectSign((m, _a, b) => m.xor(b, m.constant(-1))),
    FLOAT,
  ),
  ...rowsOf(
    'OPF',
    'vfsgnjx',
    10,
    VV_VF,
    injectSign((m, a, b) => m.xor(a, b)),
    FLOAT,
  ),
  ...rowsOf('OPF', 'vfmerge', 23, ['vf'], (m, { a, b, carry }) => m.select(carry, b, a), {
    ...FLOAT,
    maskIsOperand: true,
    mask: MASK_WITH_VM,
    assembly: 'vd,vs2,f1,v0',
    suffixes: { vf: 'vfm' },
  }),
  ...rowsOf('OPF', 'vfmv.v', 23, ['vf'], (_m, { b }) => b, {
    ...FLOAT,
    mask: 0xfff0707f,
    fixed: UNMASKED,
    assembly: 'vd,f1',
    suffixes: { vf: 'f' },
  }),
  ...rowsOf('OPF', 'vmfeq', 24, VV_VF, compare('eq'), COMPARE),
  ...rowsOf('OPF', 'vmfle', 25, VV_VF, compare('le'), COMPARE),
  ...rowsOf('OPF', 'vmflt', 27, VV_VF, compare('lt'), COMPARE),
  ...rowsOf('OPF', 'vmfne', 28, VV_VF, notEqual, COMPARE),
  ...rowsOf('OPF', 'vmfgt', 29, ['vf'], compare('lt', true), COMPARE),
  ...rowsOf('OPF', 'vmfge', 31, ['vf'], compare('le', true), COMPARE),
  ...rowsOf('OPF', 'vfdiv', 32, VV_VF, arithmetic('div'), FLOAT),
  ...rowsOf('OPF', 'vfrdiv', 33, ['vf'], arithmetic('div', true), FLOAT),
  ...rowsOf('OPF', 'vfmul', 36, VV_VF, arithmetic('mul'), FLOAT),
  ...rowsOf('OPF', 'vfrsub', 39, ['vf'], arithmetic('sub', true), FLOAT),
  ...multiplyAdds(),
  ...rowsOf('OPF', 'vfwadd', 48, VV_VF, wide('add', false), WIDE),
  ...rowsOf('OPF', 'vfwsub', 50, VV_VF, wide('sub', false), WIDE),
  ...rowsOf('OPF', 'vfwadd', 52, VV_VF, wide('add', true), WIDE_FIRST),
  ...rowsOf('OPF', 'vfwsub', 54, VV_VF, wide('sub', true), WIDE_FIRST),
  ...rowsOf('OPF', 'vfwmul', 56, VV_VF, wide('mul', false), WIDE),
  unary('vfsqrt.v', 0, (m, { a, sew }) => m.floatArithmetic('sqrt', formatOf(sew), DYNAMIC, a, a)),
  unary('vfrsqrt7.v', 4, rootEstimate),
  unary('vfrec7.v', 5, reciprocalEstimate),
  unary('vfclass.v', 16, (m, { a, sew }) => m.floatClassify(formatOf(sew), a)),
];
