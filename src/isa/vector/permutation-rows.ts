/** Permutations: spec section 31.16. */

import type { Form } from './elements.ts';
import {
  type Category,
  encodingOf,
  MASK,
  MASK_WITH_VM,
  MASK_WITH_VM_VS1,
  UNMASKED,
} from './encoding.ts';
import { requireApart, requireEmul, requireGroup, requireMaskKept } from './register-groups.ts';
import type { VectorInstruction, VectorMeaning, VectorShape } from './vector-instruction.ts';
import type { Sew, VectorOperands, VectorOps } from './vector-ops.ts';
import {
  ALL_WIDTHS,
  elementOffset,
  FLOAT_WIDTHS,
  floatScalar,
  forActive,
  log2,
  maskBit,
  stateOf,
  type VectorState,
  VLENB,
  vlmaxOf,
} from './vector-state.ts';

const SECOND: Readonly<Partial<Record<Form, string>>> = {
  vv: 'vs1',
  vx: 'x1',
  uimm: 'uimm',
  vf: 'f1',
};
const SHAPES: Readonly<Partial<Record<Form, VectorShape>>> = { vx: 'x', vf: 'f' };

function row(
  category: Category,
  name: string,
  funct6: number,
  form: Form,
  meaning: VectorMeaning,
): VectorInstruction {
  return {
    name: `${name}.${form === 'uimm' ? 'vi' : form}`,
    match: encodingOf(category, funct6, form),
    mask: MASK,
    assembly: `vd,vs2,${SECOND[form]}vm`,
    shape: SHAPES[form] ?? 'plain',
    meaning,
  };
}

interface Permutation<V> {
  readonly state: VectorState<V>;
  /** Illegal widths are refused. */
  readonly bySew: (body: (sew: Sew) => void) => void;
}

/** vd and vs2 are groups; vd is kept apart from vs2 unless elements only move down. */
function begin<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  isApart: boolean,
  isFloat = false,
): Permutation<V> {
  if (isFloat) m.requireFloat();
  const state = stateOf(m);
  requireGroup(m, i.vd, state.lmul);
  requireGroup(m, i.vs2, state.lmul);
  requireMaskKept(m, i);
  if (isApart) requireApart(m, i.vd, state.lmul, i.vs2, state.lmul);
  return {
    state,
    bySew: (body) => {
      m.bySew(state.sew, isFloat ? FLOAT_WIDTHS : ALL_WIDTHS, body);
      m.setVstart(m.constant(0));
    },
  };
}

const readAt = <V>(m: VectorOps<V>, register: V, index: V, sew: Sew): V =>
  m.readElement(elementOffset(m, register, index, sew), sew, false);
const writeAt = <V>(m: VectorOps<V>, register: V, index: V, sew: Sew, value: V): void =>
  m.writeElement(elementOffset(m, register, index, sew), sew, value);

const slideUp =
  (form: 'vx' | 'uimm'): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, true);
    const offset = form === 'vx' ? i.scalar : i.vs1;
    const { vstart } = state;
    const first = m.let(m.select(m.ltU(vstart, offset), offset, vstart));
    bySew((sew) =>
      forActive(
        m,
        i,
        state,
        (index) => writeAt(m, i.vd, index, sew, readAt(m, i.vs2, m.sub(index, offset), sew)),
        first,
      ),
    );
  };

/** Element `source` of vs2, or 0 where it lies beyond the group. */
function elementOrZero<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  source: V,
  isInside: V,
  sew: Sew,
): V {
  const inside = m.let(isInside);
  // An index that is certain to lie in the register file.
  const index = m.let(m.select(inside, source, m.constant(0)));
  return m.select(inside, readAt(m, i.vs2, index, sew), m.constant(0));
}

const slideDown =
  (form: 'vx' | 'uimm'): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, false);
    const offset = form === 'vx' ? i.scalar : i.vs1;
    const vlmax = vlmaxOf(m, state);
    bySew((sew) =>
      forActive(m, i, state, (index) => {
        // Not index + offset < vlmax, which may wrap.
        const isInside = m.ltU(offset, m.sub(vlmax, index));
        const value = elementOrZero(m, i, m.add(index, offset), isInside, sew);
        writeAt(m, i.vd, index, sew, value);
      }),
    );
  };

const slideOneUp =
  (form: 'vx' | 'vf'): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, true, form === 'vf');
    bySew((sew) => {
      const scalar = form === 'vf' ? m.let(floatScalar(m, i.scalar, sew)) : i.scalar;
      forActive(m, i, state, (index) => {
        const isFirst = m.let(m.eq(index, m.constant(0)));
        const source = m.select(isFirst, index, m.sub(index, m.constant(1)));
        const value = m.select(isFirst, scalar, readAt(m, i.vs2, source, sew));
        writeAt(m, i.vd, index, sew, value);
      });
    });
  };

const slideOneDown =
  (form: 'vx' | 'vf'): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, false, form === 'vf');
    bySew((sew) => {
      const scalar = form === 'vf' ? m.let(floatScalar(m, i.scalar, sew)) : i.scalar;
      const last = m.let(m.sub(state.vl, m.constant(1)));
      forActive(m, i, state, (index) => {
        const isLast = m.let(m.eq(index, last));
        const source = m.select(isLast, index, m.add(index, m.constant(1)));
        const value = m.select(isLast, scalar, readAt(m, i.vs2, source, sew));
        writeAt(m, i.vd, index, sew, value);
      });
    });
  };

/** Indices of `indexWidth` bits, or as wide as the elements, from vs1. */
const gather =
  (indexWidth: 16 | undefined): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, true);
    const { lmul, sew: code } = state;
    const indexEmul =
      indexWidth === undefined ? lmul : m.let(m.add(m.sub(m.constant(1), code), lmul));
    requireEmul(m, indexEmul);
    requireGroup(m, i.vs1, indexEmul);
    requireApart(m, i.vd, lmul, i.vs1, indexEmul);
    const vlmax = vlmaxOf(m, state);
    bySew((sew) =>
      forActive(m, i, state, (index) => {
        const source = readAt(m, i.vs1, index, indexWidth ?? sew);
        const value = elementOrZero(m, i, source, m.ltU(source, vlmax), sew);
        writeAt(m, i.vd, index, sew, value);
      }),
    );
  };

const gatherOne =
  (form: 'vx' | 'uimm'): VectorMeaning =>
  (m, i) => {
    const { state, bySew } = begin(m, i, true);
    const source = form === 'vx' ? i.scalar : i.vs1;
    const isInside = m.let(m.ltU(source, vlmaxOf(m, state)));
    bySew((sew) => {
      const value = m.let(elementOrZero(m, i, source, isInside, sew));
      forActive(m, i, state, (index) => writeAt(m, i.vd, index, sew, value));
    });
  };

/** The elements of vs2 that the mask vs1 selects, one beside the other. */
const compress: VectorMeaning = (m, i) => {
  const { state, bySew } = begin(m, i, true);
  m.illegalWhen(m.ne(state.vstart, m.constant(0)));
  requireApart(m, i.vd, state.lmul, i.vs1, m.constant(0));
  bySew((sew) => {
    const count = m.variable(m.constant(0));
    m.forEach(
      m.constant(0),
      () => state.vl,
      (index) =>
        m.when(maskBit(m, i.vs1, index), () => {
          const to = count.get();
          writeAt(m, i.vd, to, sew, readAt(m, i.vs2, index, sew));
          count.set(m.add(to, m.constant(1)));
        }),
    );
  });
};

/** vmv.x.s, vmv.s.x, vfmv.f.s, vfmv.s.f: element 0, whatever the group. */
const toX: VectorMeaning = (m, i) => {
  const state = stateOf(m);
  m.bySew(state.sew, ALL_WIDTHS, (sew) =>
    m.giveResult(m.readElement(elementOffset(m, i.vs2, m.constant(0), sew), sew, true)),
  );
  m.setVstart(m.constant(0));
};
const NAN_BOX = 0xffff_ffff_0000_0000n;
const toF: VectorMeaning = (m, i) => {
  m.requireFloat();
  const state = stateOf(m);
  m.bySew(state.sew, FLOAT_WIDTHS, (sew) => {
    const value = readAt(m, i.vs2, m.constant(0), sew);
    m.giveResult(sew === 32 ? m.or(value, m.constant(NAN_BOX)) : value);
  });
  m.setVstart(m.constant(0));
};
const fromScalar =
  (isFloat: boolean): VectorMeaning =>
  (m, i) => {
    if (isFloat) m.requireFloat();
    const { sew: code, vl, vstart } = stateOf(m);
    m.bySew(code, isFloat ? FLOAT_WIDTHS : ALL_WIDTHS, (sew) =>
      m.when(m.ltU(vstart, vl), () => {
        const value = isFloat ? floatScalar(m, i.scalar, sew) : i.scalar;
        writeAt(m, i.vd, m.constant(0), sew, value);
      }),
    );
    m.setVstart(m.constant(0));
  };

/** vmv<nr>r.v: registers, from byte vstart * SEW / 8 on. */
function wholeMove(count: 1 | 2 | 4 | 8): VectorInstruction {
  return {
    name: `vmv${count}r.v`,
    match: (encodingOf('OPI', 39, 'vi', count - 1) | UNMASKED) >>> 0,
    mask: MASK_WITH_VM_VS1,
    assembly: 'vd,vs2',
    shape: 'plain',
    meaning: (m, i) => {
      const { sew, vstart } = stateOf(m);
      const emul = m.constant(log2(count));
      requireGroup(m, i.vd, emul);
      requireGroup(m, i.vs2, emul);
      const end = m.constant(count * VLENB);
      m.forEach(
        m.shl(vstart, sew),
        () => end,
        (index) => writeAt(m, i.vd, index, 8, readAt(m, i.vs2, index, 8)),
      );
      m.setVstart(m.constant(0));
    },
  };
}

const ELEMENT_0 = 16;

export const permutationRows = (): readonly VectorInstruction[] => [
  row('OPI', 'vrgather', 12, 'vv', gather(undefined)),
  row('OPI', 'vrgather', 12, 'vx', gatherOne('vx')),
  row('OPI', 'vrgather', 12, 'uimm', gatherOne('uimm')),
  row('OPI', 'vrgatherei16', 14, 'vv', gather(16)),
  row('OPI', 'vslideup', 14, 'vx', slideUp('vx')),
  row('OPI', 'vslideup', 14, 'uimm', slideUp('uimm')),
  row('OPI', 'vslidedown', 15, 'vx', slideDown('vx')),
  row('OPI', 'vslidedown', 15, 'uimm', slideDown('uimm')),
  row('OPM', 'vslide1up', 14, 'vx', slideOneUp('vx')),
  row('OPM', 'vslide1down', 15, 'vx', slideOneDown('vx')),
  row('OPF', 'vfslide1up', 14, 'vf', slideOneUp('vf')),
  row('OPF', 'vfslide1down', 15, 'vf', slideOneDown('vf')),
  {
    name: 'vcompress.vm',
    match: (encodingOf('OPM', 23, 'vv') | UNMASKED) >>> 0,
    mask: MASK_WITH_VM,
    assembly: 'vd,vs2,vs1',
    shape: 'plain',
    meaning: compress,
  },
  {
    name: 'vmv.x.s',
    match: (encodingOf('OPM', ELEMENT_0, 'v') | UNMASKED) >>> 0,
    mask: MASK_WITH_VM_VS1,
    assembly: 'xd,vs2',
    shape: 'toX',
    meaning: toX,
  },
  {
    name: 'vmv.s.x',
    match: (encodingOf('OPM', ELEMENT_0, 'vx') | UNMASKED) >>> 0,
    mask: 0xfff0707f,
    assembly: 'vd,x1',
    shape: 'x',
    meaning: fromScalar(false),
  },
  {
    name: 'vfmv.f.s',
    match: (encodingOf('OPF', ELEMENT_0, 'v') | UNMASKED) >>> 0,
    mask: MASK_WITH_VM_VS1,
    assembly: 'fd,vs2',
    shape: 'toF',
    meaning: toF,
  },
  {
    name: 'vfmv.s.f',
    match: (encodingOf('OPF', ELEMENT_0, 'vf') | UNMASKED) >>> 0,
    mask: 0xfff0707f,
    assembly: 'vd,f1',
    shape: 'f',
    meaning: fromScalar(true),
  },
  ...([1, 2, 4, 8] as const).map(wholeMove),
];
