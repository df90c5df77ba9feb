/** vtype taken apart, operand fields, and the loops that nearly all rows share: spec sections 31.3.4, 31.5.3 and 31.7. */
import type { ElementOps, Sew, VectorOperands, VectorOps } from './vector-ops.ts';

/** Bytes of a register. VLEN is 128, ELEN 64. */
export const VLENB = 16;
export const ALL_WIDTHS: readonly Sew[] = [8, 16, 32, 64];

/** Widths of floating-point elements. */
export const FLOAT_WIDTHS: readonly Sew[] = [32, 64];

export const bytesOf = (sew: Sew): 1 | 2 | 4 | 8 => (sew / 8) as 1 | 2 | 4 | 8;
export const log2 = (n: number): number => 31 - Math.clz32(n);

/** What an instruction sees of vtype, vl and vstart. `lmul` is a signed power of two, `sew` the code of vsew. */
export interface VectorState<V> {
  readonly lmul: V;
  readonly sew: V;
  readonly vl: V;
  readonly vstart: V;
}

export function operandsOfWord<V>(
  m: VectorOps<V>,
  word: V,
  scalar: V,
  second: V,
): VectorOperands<V> {
  const field = (at: number): V => m.let(m.and(m.shrU(word, m.constant(at)), m.constant(31)));
  return {
    word,
    vd: field(7),
    vs1: field(15),
    vs2: field(20),
    vm: m.let(m.and(m.shrU(word, m.constant(25)), m.constant(1))),
    scalar,
    second,
  };
}

/** vlmul of a legal vtype as a signed number. */
export function lmulOf<V>(m: VectorOps<V>, vtype: V): V {
  const field = m.and(vtype, m.constant(7));
  return m.let(m.sub(m.xor(field, m.constant(4)), m.constant(4)));
}

export function sewCodeOf<V>(m: VectorOps<V>, vtype: V): V {
  return m.let(m.and(m.shrU(vtype, m.constant(3)), m.constant(7)));
}

/** Illegal while vill is set. */
export function stateOf<V>(m: VectorOps<V>): VectorState<V> {
  const vtype = m.let(m.vtype());
  m.illegalWhen(m.ltS(vtype, m.constant(0)));
  return {
    lmul: lmulOf(m, vtype),
    sew: sewCodeOf(m, vtype),
    vl: m.let(m.vl()),
    vstart: m.let(m.vstart()),
  };
}

/** Elements of a group: 2^(4 - sew + lmul), at least 1. */
export function vlmaxOf<V>(m: VectorOps<V>, state: Pick<VectorState<V>, 'lmul' | 'sew'>): V {
  const exponent = m.add(m.sub(m.constant(4), state.sew), state.lmul);
  return m.let(m.shl(m.constant(1), exponent));
}

/** Byte offset of element `index` of the group that begins at `register`. */
export function elementOffset<V>(m: ElementOps<V>, register: V, index: V, bits: Sew): V {
  const start = m.shl(register, m.constant(log2(VLENB)));
  return m.add(start, bits === 8 ? index : m.shl(index, m.constant(log2(bits / 8))));
}

/** Bit `index` of the mask in `register`. */
export function maskBit<V>(m: VectorOps<V>, register: V, index: V): V {
  const byte = m.readElement(
    m.add(m.shl(register, m.constant(log2(VLENB))), m.shrU(index, m.constant(3))),
    8,
    false,
  );
  return m.and(m.shrU(byte, m.and(index, m.constant(7))), m.constant(1));
}

export function writeMaskBit<V>(m: VectorOps<V>, register: V, index: V, bit: V): void {
  const offset = m.let(
    m.add(m.shl(register, m.constant(log2(VLENB))), m.shrU(index, m.constant(3))),
  );
  const position = m.let(m.and(index, m.constant(7)));
  const others = m.and(
    m.readElement(offset, 8, false),
    m.xor(m.shl(m.constant(1), position), m.constant(-1)),
  );
  m.writeElement(offset, 8, m.or(others, m.shl(bit, position)));
}

/** Not masked, or the bit of v0 is set. */
export function isActive<V>(m: VectorOps<V>, i: VectorOperands<V>, index: V): V {
  return m.or(i.vm, maskBit(m, m.constant(0), index));
}

/** Run `body` for the active elements from `first` (vstart if absent) to vl. */
export function forActive<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  state: VectorState<V>,
  body: (index: V) => void,
  first: V = state.vstart,
): void {
  m.forEach(
    first,
    () => state.vl,
    (index) => m.when(isActive(m, i, index), () => body(index)),
  );
}

/** Sign- or zero-extend the low `bits` bits. */
export function extend<V>(m: ElementOps<V>, value: V, bits: Sew, signed: boolean): V {
  if (bits === 64) return value;
  return signed ? m.sext(value, bits) : m.zext(value, bits);
}

/** The five bits of field rs1 as a sign-extended number. */
export function simm5<V>(m: VectorOps<V>, i: VectorOperands<V>): V {
  return m.sub(m.xor(i.vs1, m.constant(16)), m.constant(16));
}

const CANONICAL_SINGLE = 0x7fc0_0000;

/** Bits of the scalar of an f register at a width: a single whose box is broken is the canonical NaN. */
export function floatScalar<V>(m: VectorOps<V>, scalar: V, sew: Sew): V {
  if (sew === 64) return scalar;
  const boxed = m.eq(m.shrU(scalar, m.constant(32)), m.constant(0xffff_ffff));
  return m.select(boxed, m.zext(scalar, 32), m.constant(CANONICAL_SINGLE));
}
