/** Mask instructions: spec section 31.15. */
import { encodingOf, MASK_WITH_VM, MASK_WITH_VS1, UNMASKED } from './encoding.ts';
import { requireApart, requireGroup, requireMaskKept } from './register-groups.ts';
import type { VectorInstruction, VectorMeaning } from './vector-instruction.ts';
import type { VectorOperands, VectorOps } from './vector-ops.ts';
import {
  ALL_WIDTHS,
  elementOffset,
  forActive,
  isActive,
  log2,
  maskBit,
  stateOf,
  type VectorState,
  VLENB,
  writeMaskBit,
} from './vector-state.ts';

type Logical = <V>(m: VectorOps<V>, a: V, b: V) => V;

const not = <V>(m: VectorOps<V>, value: V): V => m.xor(value, m.constant(-1));

/** Halves of a mask register. */
const HALVES = 2;

function halfOffset<V>(m: VectorOps<V>, register: V, half: V): V {
  const start = m.shl(register, m.constant(log2(VLENB)));
  return m.add(start, m.shl(half, m.constant(3)));
}

/** Bits below element `end` in half `half`. */
function bitsBelow<V>(m: VectorOps<V>, end: V, half: V): V {
  const count = m.let(m.sub(end, m.shl(half, m.constant(6))));
  const some = m.sub(m.shl(m.constant(1), count), m.constant(1));
  const beyond = m.select(m.ltS(count, m.constant(64)), some, m.constant(-1));
  return m.select(m.ltS(m.constant(0), count), beyond, m.constant(0));
}

function forHalves<V>(m: VectorOps<V>, body: (half: V) => void): void {
  m.forEach(m.constant(0), () => m.constant(HALVES), body);
}

function logical(name: string, funct6: number, meaning: Logical): VectorInstruction {
  return {
    name: `${name}.mm`,
    match: (encodingOf('OPM', funct6, 'vv') | UNMASKED) >>> 0,
    mask: MASK_WITH_VM,
    assembly: 'vd,vs2,vs1',
    shape: 'plain',
    meaning: (m, i) => {
      const { vl, vstart } = stateOf(m);
      forHalves(m, (half) => {
        const read = (register: typeof vl): typeof vl =>
          m.readElement(halfOffset(m, register, half), 64, false);
        const range = m.let(m.and(bitsBelow(m, vl, half), not(m, bitsBelow(m, vstart, half))));
        const result = meaning(m, read(i.vs2), read(i.vs1));
        const kept = m.and(read(i.vd), not(m, range));
        m.writeElement(halfOffset(m, i.vd, half), 64, m.or(kept, m.and(result, range)));
      });
      m.setVstart(m.constant(0));
    },
  };
}

/** Active bits of vs2 in a half. */
function activeBits<V>(m: VectorOps<V>, i: VectorOperands<V>, vl: V, half: V): V {
  const bits = m.readElement(halfOffset(m, i.vs2, half), 64, false);
  const mask = m.readElement(halfOffset(m, m.constant(0), half), 64, false);
  const active = m.select(i.vm, m.constant(-1), mask);
  return m.let(m.and(m.and(bits, active), bitsBelow(m, vl, half)));
}

/** These start at element 0 only. */
function requireStart<V>(m: VectorOps<V>, { vstart }: VectorState<V>): void {
  m.illegalWhen(m.ne(vstart, m.constant(0)));
}

const countOnes: VectorMeaning = (m, i) => {
  const state = stateOf(m);
  requireStart(m, state);
  const count = m.variable(m.constant(0));
  forHalves(m, (half) =>
    count.set(m.add(count.get(), m.countOnes(activeBits(m, i, state.vl, half)))),
  );
  m.giveResult(count.get());
};

const findFirst: VectorMeaning = (m, i) => {
  const state = stateOf(m);
  requireStart(m, state);
  const first = m.variable(m.constant(-1));
  forHalves(m, (half) => {
    const bits = activeBits(m, i, state.vl, half);
    const isFirst = m.and(m.ltS(first.get(), m.constant(0)), m.ne(bits, m.constant(0)));
    m.when(isFirst, () => first.set(m.add(m.countTrailingZeros(bits), m.shl(half, m.constant(6)))));
  });
  m.giveResult(first.get());
};

const toScalar = (name: string, vs1: number, meaning: VectorMeaning): VectorInstruction => ({
  name,
  match: encodingOf('OPM', 16, 'v', vs1),
  mask: MASK_WITH_VS1,
  assembly: 'xd,vs2vm',
  shape: 'toX',
  meaning,
});

/** The result's bit from the element's and from whether a bit before it was set. */
function setFirst(
  name: string,
  vs1: number,
  result: <V>(m: VectorOps<V>, bit: V, found: V) => V,
): VectorInstruction {
  return {
    name,
    match: encodingOf('OPM', 20, 'v', vs1),
    mask: MASK_WITH_VS1,
    assembly: 'vd,vs2vm',
    shape: 'plain',
    meaning: (m, i) => {
      const state = stateOf(m);
      requireStart(m, state);
      requireMaskKept(m, i);
      m.illegalWhen(m.eq(i.vd, i.vs2));
      const found = m.variable(m.constant(0));
      forActive(m, i, state, (index) => {
        const bit = m.let(maskBit(m, i.vs2, index));
        const before = found.get();
        writeMaskBit(m, i.vd, index, m.let(result(m, bit, before)));
        found.set(m.or(before, bit));
      });
    },
  };
}

const flip = <V>(m: VectorOps<V>, bit: V): V => m.xor(bit, m.constant(1));

/** Each element is the number of set bits before it. */
const iota: VectorMeaning = (m, i) => {
  const state = stateOf(m);
  requireStart(m, state);
  requireGroup(m, i.vd, state.lmul);
  requireMaskKept(m, i);
  requireApart(m, i.vd, state.lmul, i.vs2, m.constant(0));
  m.bySew(state.sew, ALL_WIDTHS, (sew) => {
    const count = m.variable(m.constant(0));
    forActive(m, i, state, (index) => {
      const before = count.get();
      m.writeElement(elementOffset(m, i.vd, index, sew), sew, before);
      count.set(m.add(before, maskBit(m, i.vs2, index)));
    });
  });
};

const elementIndices: VectorMeaning = (m, i) => {
  const state = stateOf(m);
  requireGroup(m, i.vd, state.lmul);
  requireMaskKept(m, i);
  m.bySew(state.sew, ALL_WIDTHS, (sew) =>
    m.forEach(
      state.vstart,
      () => state.vl,
      (index) =>
        m.when(isActive(m, i, index), () =>
          m.writeElement(elementOffset(m, i.vd, index, sew), sew, index),
        ),
    ),
  );
  m.setVstart(m.constant(0));
};

export const maskRows = (): readonly VectorInstruction[] => [
  logical('vmandn', 24, (m, a, b) => m.and(a, not(m, b))),
  logical('vmand', 25, (m, a, b) => m.and(a, b)),
  logical('vmor', 26, (m, a, b) => m.or(a, b)),
  logical('vmxor', 27, (m, a, b) => m.xor(a, b)),
  logical('vmorn', 28, (m, a, b) => m.or(a, not(m, b))),
  logical('vmnand', 29, (m, a, b) => not(m, m.and(a, b))),
  logical('vmnor', 30, (m, a, b) => not(m, m.or(a, b))),
  logical('vmxnor', 31, (m, a, b) => not(m, m.xor(a, b))),
  toScalar('vcpop.m', 16, countOnes),
  toScalar('vfirst.m', 17, findFirst),
  setFirst('vmsbf.m', 1, (m, bit, found) => m.and(flip(m, bit), flip(m, found))),
  setFirst('vmsof.m', 2, (m, bit, found) => m.and(bit, flip(m, found))),
  setFirst('vmsif.m', 3, (m, _bit, found) => flip(m, found)),
  {
    name: 'viota.m',
    match: encodingOf('OPM', 20, 'v', 16),
    mask: MASK_WITH_VS1,
    assembly: 'vd,vs2vm',
    shape: 'plain',
    meaning: iota,
  },
  {
    name: 'vid.v',
    match: encodingOf('OPM', 20, 'v', 17),
    mask: 0xfdfff07f,
    assembly: 'vdvm',
    shape: 'plain',
    meaning: elementIndices,
  },
];
