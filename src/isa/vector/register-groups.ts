/** Which register groups an instruction may use: alignment and overlap, spec sections 31.3.4.2 and 31.5.2. */
import type { VectorOperands, VectorOps } from './vector-ops.ts';

/** max(0, emul): the power of two that a group's number is a multiple of. */
function whole<V>(m: VectorOps<V>, emul: V): V {
  return m.let(m.select(m.ltS(emul, m.constant(0)), m.constant(0), emul));
}

/** The first register of a group is a multiple of its size; `emul` (a signed power of two) is from -3 to 3. */
export function requireGroup<V>(m: VectorOps<V>, register: V, emul: V): void {
  const size = m.shl(m.constant(1), whole(m, emul));
  m.illegalWhen(m.ne(m.and(register, m.sub(size, m.constant(1))), m.constant(0)));
}

/** emul of an operand whose width is 2^ratio times SEW. */
export function emulOf<V>(m: VectorOps<V>, lmul: V, ratio: number): V {
  return ratio === 0 ? lmul : m.let(m.add(lmul, m.constant(ratio)));
}

/** emul lies in -3 to 3. */
export function requireEmul<V>(m: VectorOps<V>, emul: V): void {
  m.illegalWhen(m.ltU(m.constant(6), m.add(emul, m.constant(3))));
}

/** 1 where two groups share a register. Groups are aligned, so the smaller lies within the larger or beside it. */
function overlap<V>(m: VectorOps<V>, a: V, aEmul: V, b: V, bEmul: V): V {
  const [aSize, bSize] = [whole(m, aEmul), whole(m, bEmul)];
  const larger = m.let(m.select(m.ltS(aSize, bSize), bSize, aSize));
  return m.let(m.eq(m.shrU(a, larger), m.shrU(b, larger)));
}

/** The destination is wider: it may overlap a source only if that is whole registers in its highest part. */
export function requireWider<V>(m: VectorOps<V>, vd: V, vdEmul: V, vs: V, vsEmul: V): void {
  const end = (register: V, emul: V): V => m.add(register, m.shl(m.constant(1), whole(m, emul)));
  const isHighest = m.and(m.geS(vsEmul, m.constant(0)), m.eq(end(vd, vdEmul), end(vs, vsEmul)));
  const shared = overlap(m, vd, vdEmul, vs, vsEmul);
  m.illegalWhen(m.and(shared, m.xor(isHighest, m.constant(1))));
}

/** The destination is narrower: it may overlap a source only in its lowest part. Masks are narrower than all else. */
export function requireNarrower<V>(m: VectorOps<V>, vd: V, vdEmul: V, vs: V, vsEmul: V): void {
  m.illegalWhen(m.and(m.ne(vd, vs), overlap(m, vd, vdEmul, vs, vsEmul)));
}

export function requireApart<V>(m: VectorOps<V>, vd: V, vdEmul: V, vs: V, vsEmul: V): void {
  m.illegalWhen(overlap(m, vd, vdEmul, vs, vsEmul));
}

/** A masked instruction does not write v0, unless its result is a mask (section 31.5.3). */
export function requireMaskKept<V>(m: VectorOps<V>, i: VectorOperands<V>): void {
  m.illegalWhen(m.eq(m.or(i.vm, i.vd), m.constant(0)));
}
