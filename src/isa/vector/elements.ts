/** Rows whose result at each element depends on the operands at that element only: spec sections 31.11 to 31.13. */
import {
  emulOf,
  requireEmul,
  requireGroup,
  requireMaskKept,
  requireNarrower,
  requireWider,
} from './register-groups.ts';
import type { LaneMeaning, VectorInstruction, VectorShape } from './vector-instruction.ts';
import type { ElementOps, Sew, VectorOperands, VectorOps } from './vector-ops.ts';
import {
  ALL_WIDTHS,
  elementOffset,
  extend,
  floatScalar,
  forActive,
  maskBit,
  simm5,
  stateOf,
  type VectorState,
  writeMaskBit,
} from './vector-state.ts';

/** a: of vs2; b: of vs1, or the scalar, or the immediate; d: old one of vd; carry: bit of v0. */
export interface Element<V> {
  readonly a: V;
  readonly b: V;
  readonly d: V;
  readonly carry: V;
  readonly sew: Sew;
}

export type ElementMeaning = <V>(m: ElementOps<V>, e: Element<V>) => V;

/** uimm: vs1 is an unsigned immediate. v: vs1 is part of the opcode. */
export type Form = 'vv' | 'vx' | 'vi' | 'uimm' | 'vf' | 'v';

export interface ElementSpec {
  readonly name: string;
  readonly match: number;
  readonly mask: number;
  readonly form: Form;
  readonly assembly: string;
  readonly widths?: readonly Sew[];
  readonly isFloat?: boolean;
  /** Width of an operand is 2^ratio times SEW; a mask is one bit. */
  readonly d?: 0 | 1 | 'mask';
  readonly a?: number;
  readonly aSigned?: boolean;
  readonly bSigned?: boolean;
  /** The old value of the destination is an operand. */
  readonly readsD?: boolean;
  /** v0 is an operand where vm is 0, and all elements are active. */
  readonly maskIsOperand?: boolean;
  readonly meaning: ElementMeaning;
}

const SHAPES: Readonly<Record<Form, VectorShape>> = {
  vv: 'plain',
  vx: 'x',
  vi: 'plain',
  uimm: 'plain',
  vf: 'f',
  v: 'plain',
};

function check<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  { lmul }: VectorState<V>,
  { d = 0, a = 0, form }: ElementSpec,
): void {
  const aEmul = emulOf(m, lmul, a);
  if (a !== 0) requireEmul(m, aEmul);
  requireGroup(m, i.vs2, aEmul);
  if (form === 'vv') requireGroup(m, i.vs1, lmul);
  if (d === 'mask') {
    const single = m.constant(0);
    requireNarrower(m, i.vd, single, i.vs2, aEmul);
    if (form === 'vv') requireNarrower(m, i.vd, single, i.vs1, lmul);
    return;
  }
  const dEmul = emulOf(m, lmul, d);
  if (d !== 0) requireEmul(m, dEmul);
  requireGroup(m, i.vd, dEmul);
  requireMaskKept(m, i);
  if (d > a) requireWider(m, i.vd, dEmul, i.vs2, aEmul);
  if (d < a) requireNarrower(m, i.vd, dEmul, i.vs2, aEmul);
  if (d > 0 && form === 'vv') requireWider(m, i.vd, dEmul, i.vs1, lmul);
}

/** The second operand where it is the same for all elements. */
function constantOperand<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  { form, bSigned = false }: ElementSpec,
  sew: Sew,
): V {
  if (form === 'vx') return m.let(extend(m, i.scalar, sew, bSigned));
  if (form === 'vi') return m.let(extend(m, simm5(m, i), sew, bSigned));
  if (form === 'vf') return m.let(floatScalar(m, i.scalar, sew));
  return i.vs1;
}

const widthOf = (sew: Sew, ratio: number): Sew => (sew * 2 ** ratio) as Sew;

function compute<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  state: VectorState<V>,
  spec: ElementSpec,
  sew: Sew,
): void {
  const { d = 0, a = 0, aSigned = false, bSigned = false, form, meaning } = spec;
  const constant = constantOperand(m, i, spec, sew);
  const read = (register: V, index: V, width: Sew, signed: boolean): V =>
    m.readElement(elementOffset(m, register, index, width), width, signed);
  const body = (index: V): void => {
    const zero = m.constant(0);
    const aWidth = widthOf(sew, a);
    const dWidth = d === 'mask' ? sew : widthOf(sew, d);
    const result = meaning(m, {
      a: read(i.vs2, index, aWidth, aSigned),
      b: form === 'vv' ? read(i.vs1, index, sew, bSigned) : constant,
      d: spec.readsD ? read(i.vd, index, dWidth, aSigned) : zero,
      carry: spec.maskIsOperand
        ? m.let(m.and(m.xor(i.vm, m.constant(1)), maskBit(m, zero, index)))
        : zero,
      sew,
    });
    if (d === 'mask') writeMaskBit(m, i.vd, index, m.let(result));
    else m.writeElement(elementOffset(m, i.vd, index, dWidth), dWidth, result);
  };
  if (spec.maskIsOperand) m.forEach(state.vstart, () => state.vl, body);
  else forActive(m, i, state, body);
}

export function elementRow(spec: ElementSpec): VectorInstruction {
  const { name, match, mask, assembly, form, widths = ALL_WIDTHS } = spec;
  const lanes: LaneMeaning | undefined = spec.maskIsOperand ? undefined : { kind: 'element', spec };
  return {
    name,
    match,
    mask,
    assembly,
    shape: SHAPES[form],
    ...(lanes && { lanes }),
    meaning: (m, i) => {
      if (spec.isFloat) m.requireFloat();
      const state = stateOf(m);
      check(m, i, state, spec);
      m.bySew(state.sew, widths, (sew) => compute(m, i, state, spec, sew));
      m.setVstart(m.constant(0));
    },
  };
}
