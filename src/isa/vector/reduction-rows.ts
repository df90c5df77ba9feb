/** Reductions: spec section 31.14. The scalars are elements 0 of vs1 and vd. */
import { type Category, encodingOf, MASK } from './encoding.ts';
import { requireGroup } from './register-groups.ts';
import type { VectorInstruction } from './vector-instruction.ts';
import type { ElementOps, Sew } from './vector-ops.ts';
import {
  ALL_WIDTHS,
  elementOffset,
  extend,
  FLOAT_WIDTHS,
  forActive,
  stateOf,
} from './vector-state.ts';

/** `element` is SEW wide, the sum twice that in widening ones. */
type Combine = <V>(m: ElementOps<V>, sum: V, element: V, sew: Sew) => V;

interface Options {
  readonly signed?: boolean;
  readonly isWidening?: boolean;
}

function reduction(
  category: Category,
  name: string,
  funct6: number,
  combine: Combine,
  { signed = false, isWidening = false }: Options = {},
): VectorInstruction {
  const widths = category === 'OPF' ? FLOAT_WIDTHS : ALL_WIDTHS;
  return {
    name: `${name}.vs`,
    match: encodingOf(category, funct6, 'vv'),
    mask: MASK,
    assembly: 'vd,vs2,vs1vm',
    shape: 'plain',
    meaning: (m, i) => {
      if (category === 'OPF') m.requireFloat();
      const state = stateOf(m);
      m.illegalWhen(m.ne(state.vstart, m.constant(0)));
      requireGroup(m, i.vs2, state.lmul);
      const narrow = isWidening ? widths.filter((width) => width < 64) : widths;
      m.bySew(state.sew, narrow, (sew) => {
        const width = isWidening ? ((2 * sew) as Sew) : sew;
        const first = m.constant(0);
        m.when(m.ne(state.vl, first), () => {
          const start = m.readElement(elementOffset(m, i.vs1, first, width), width, signed);
          const sum = m.variable(start);
          forActive(m, i, state, (index) => {
            const element = m.readElement(elementOffset(m, i.vs2, index, sew), sew, signed);
            sum.set(extend(m, combine(m, sum.get(), element, sew), width, signed));
          });
          m.writeElement(elementOffset(m, i.vd, first, width), width, sum.get());
        });
      });
    },
  };
}

const lesser: Combine = (m, a, b) => m.select(m.ltU(a, b), a, b);
const lesserSigned: Combine = (m, a, b) => m.select(m.ltS(a, b), a, b);
const greater: Combine = (m, a, b) => m.select(m.ltU(a, b), b, a);
const greaterSigned: Combine = (m, a, b) => m.select(m.ltS(a, b), b, a);
const total: Combine = (m, a, b) => m.add(a, b);

const formatOf = (sew: Sew): 's' | 'd' => (sew === 32 ? 's' : 'd');
/** In order, also the unordered ones: one of the orders that section 31.14.3 allows, and QEMU's. */
const floatTotal: Combine = (m, a, b, sew) => m.floatArithmetic('add', formatOf(sew), 7, a, b);
const floatWideTotal: Combine = (m, a, b) =>
  m.floatArithmetic('add', 'd', 7, a, m.floatConvert('s', 'd', 7, b));
const WIDE: Options = { isWidening: true };

export const reductionRows = (): readonly VectorInstruction[] => [
  reduction('OPM', 'vredsum', 0, total),
  reduction('OPM', 'vredand', 1, (m, a, b) => m.and(a, b)),
  reduction('OPM', 'vredor', 2, (m, a, b) => m.or(a, b)),
  reduction('OPM', 'vredxor', 3, (m, a, b) => m.xor(a, b)),
  reduction('OPM', 'vredminu', 4, lesser),
  reduction('OPM', 'vredmin', 5, lesserSigned, { signed: true }),
  reduction('OPM', 'vredmaxu', 6, greater),
  reduction('OPM', 'vredmax', 7, greaterSigned, { signed: true }),
  reduction('OPI', 'vwredsumu', 48, total, WIDE),
  reduction('OPI', 'vwredsum', 49, total, { ...WIDE, signed: true }),
  reduction('OPF', 'vfredusum', 1, floatTotal),
  reduction('OPF', 'vfredosum', 3, floatTotal),
  reduction('OPF', 'vfredmin', 5, (m, a, b, sew) =>
    m.floatArithmetic('min', formatOf(sew), 7, a, b),
  ),
  reduction('OPF', 'vfredmax', 7, (m, a, b, sew) =>
    m.floatArithmetic('max', formatOf(sew), 7, a, b),
  ),
  reduction('OPF', 'vfwredusum', 49, floatWideTotal, WIDE),
  reduction('OPF', 'vfwredosum', 51, floatWideTotal, WIDE),
];
