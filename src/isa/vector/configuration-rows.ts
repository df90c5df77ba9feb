/** vsetvli, vsetivli, vsetvl: spec section 31.6. */
import type { VectorInstruction } from './vector-instruction.ts';
import type { VectorOperands, VectorOps } from './vector-ops.ts';
import { lmulOf, sewCodeOf, vlmaxOf } from './vector-state.ts';

/** vill in vtype: its bit 63. */
const VILL = 1n << 63n;
/** vlmul, vsew, vta, vma. */
const VTYPE_FIELDS = 0xff;
const ELEN_CODE = 3;

/**
 * Take `requested` as vtype and as much of `avl` as fits for vl: min(avl, VLMAX), as section 31.6.3 allows. A vtype that is not
 * supported leaves vill and vl = 0.
 */
function configure<V>(m: VectorOps<V>, requested: V, avl: V): void {
  const vtype = m.let(requested);
  const lmul = lmulOf(m, vtype);
  const sew = sewCodeOf(m, vtype);
  // Fractional: SEW is at most ELEN * LMUL. -4 is reserved, and so are widths beyond ELEN.
  const fits = m.geS(
    m.add(m.constant(ELEN_CODE), m.select(m.ltS(lmul, m.constant(0)), lmul, m.constant(0))),
    sew,
  );
  const hasNoOthers = m.eq(m.shrU(vtype, m.constant(8)), m.constant(0));
  const legal = m.let(m.and(m.and(fits, hasNoOthers), m.ne(lmul, m.constant(-4))));
  const vlmax = vlmaxOf(m, { lmul, sew });
  const wanted = m.let(avl);
  const fitting = m.select(m.ltU(wanted, vlmax), wanted, vlmax);
  const vl = m.let(m.select(legal, fitting, m.constant(0)));
  m.setVtype(m.select(legal, m.and(vtype, m.constant(VTYPE_FIELDS)), m.constant(VILL)));
  m.setVl(vl);
  m.setVstart(m.constant(0));
  m.giveResult(vl);
}

/** rs1 = x0: as many as fit, or, where rd is x0 too, the vl that there is. */
function requestedLength<V>(m: VectorOps<V>, i: VectorOperands<V>): V {
  const isX0 = (register: V): V => m.eq(register, m.constant(0));
  const without = m.select(isX0(i.vd), m.vl(), m.constant(-1));
  return m.select(isX0(i.vs1), without, i.scalar);
}

function immediate<V>(m: VectorOps<V>, i: VectorOperands<V>, bits: number): V {
  return m.and(m.shrU(i.word, m.constant(20)), m.constant(2 ** bits - 1));
}

export const configurationRows = (): readonly VectorInstruction[] => [
  {
    name: 'vsetvli',
    match: 0x7057,
    mask: 0x8000707f,
    assembly: 'xd,x1,vtype11',
    shape: 'xToX',
    meaning: (m, i) => configure(m, immediate(m, i, 11), requestedLength(m, i)),
  },
  {
    name: 'vsetivli',
    match: 0xc0007057,
    mask: 0xc000707f,
    assembly: 'xd,uimm,vtype10',
    shape: 'toX',
    meaning: (m, i) => configure(m, immediate(m, i, 10), i.vs1),
  },
  {
    name: 'vsetvl',
    match: 0x80007057,
    mask: 0xfe00707f,
    assembly: 'xd,x1,x2',
    shape: 'xxToX',
    meaning: (m, i) => configure(m, i.second, requestedLength(m, i)),
  },
];
