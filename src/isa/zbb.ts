/** Zbb, basic bit manipulation: unprivileged spec 20240411, chapter 29 ("B", section Zbb). */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

type Unary = <V, R>(m: Ops<V, R>, a: V) => V;
type Binary = <V, R>(m: Ops<V, R>, a: V, b: V) => V;

const unary = (name: string, match: number, result: Unary): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfff0707f,
  assembly: 'xd,x1',
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1))),
});

const register = (name: string, match: number, result: Binary): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
});

const rotateBy = (name: string, bits: 32 | 64, match: number): Instruction => ({
  name,
  format: bits === 64 ? 'shift6' : 'shift5',
  match,
  mask: bits === 64 ? 0xfc00707f : 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, m.rotateRight(m.x(i.rs1), i.imm, bits)),
});

const not = <V, R>(m: Ops<V, R>, a: V): V => m.xor(a, m.constant(-1));

/** One of two registers. */
const choose =
  (isFirst: Binary): Binary =>
  (m, a, b) =>
    m.select(isFirst(m, a, b), a, b);

/** The fields of `width` bits that `mask` selects change places with those above them. */
function swapFields<V, R>(m: Ops<V, R>, a: V, width: number, mask: bigint): V {
  const shift = m.constant(width);
  const low = m.constant(mask);
  const value = m.let(a);
  return m.or(m.shl(m.and(value, low), shift), m.and(m.shrU(value, shift), low));
}

const reverseBytes: Unary = (m, a) => {
  const bytes = swapFields(m, a, 8, 0x00ff_00ff_00ff_00ffn);
  const halves = swapFields(m, bytes, 16, 0x0000_ffff_0000_ffffn);
  return m.rotateRight(halves, m.constant(32), 64);
};

/** A byte becomes 0xff where any of its bits is set: they are gathered in its lowest one, and that is spread. */
const orCombineBytes: Unary = (m, a) => {
  let bits = a;
  for (const [shift, mask] of [
    [4, 0x0f0f_0f0f_0f0f_0f0fn],
    [2, 0x0303_0303_0303_0303n],
    [1, 0x0101_0101_0101_0101n],
  ] as const) {
    const before = m.let(bits);
    bits = m.and(m.or(before, m.shrU(before, m.constant(shift))), m.constant(mask));
  }
  return m.mul(bits, m.constant(0xff));
};

const HIGH_BIT = 1n << 32n;

export const ZBB: readonly Instruction[] = [
  register('andn', 0x40007033, (m, a, b) => m.and(a, not(m, b))),
  register('orn', 0x40006033, (m, a, b) => m.or(a, not(m, b))),
  register('xnor', 0x40004033, (m, a, b) => not(m, m.xor(a, b))),
  unary('clz', 0x60001013, (m, a) => m.countLeadingZeros(a)),
  unary('ctz', 0x60101013, (m, a) => m.countTrailingZeros(a)),
  unary('cpop', 0x60201013, (m, a) => m.countOnes(a)),
  unary('clzw', 0x6000101b, (m, a) => m.sub(m.countLeadingZeros(m.zext(a, 32)), m.constant(32))),
  // The bit above the word ends the count for a word of zeros.
  unary('ctzw', 0x6010101b, (m, a) => m.countTrailingZeros(m.or(a, m.constant(HIGH_BIT)))),
  unary('cpopw', 0x6020101b, (m, a) => m.countOnes(m.zext(a, 32))),
  register(
    'max',
    0x0a006033,
    choose((m, a, b) => m.geS(a, b)),
  ),
  register(
    'maxu',
    0x0a007033,
    choose((m, a, b) => m.geU(a, b)),
  ),
  register(
    'min',
    0x0a004033,
    choose((m, a, b) => m.ltS(a, b)),
  ),
  register(
    'minu',
    0x0a005033,
    choose((m, a, b) => m.ltU(a, b)),
  ),
  unary('sext.b', 0x60401013, (m, a) => m.sext(a, 8)),
  unary('sext.h', 0x60501013, (m, a) => m.sext(a, 16)),
  unary('zext.h', 0x0800403b, (m, a) => m.zext(a, 16)),
  register('rol', 0x60001033, (m, a, b) => m.rotateLeft(a, b, 64)),
  register('ror', 0x60005033, (m, a, b) => m.rotateRight(a, b, 64)),
  register('rolw', 0x6000103b, (m, a, b) => m.rotateLeft(a, b, 32)),
  register('rorw', 0x6000503b, (m, a, b) => m.rotateRight(a, b, 32)),
  rotateBy('rori', 64, 0x60005013),
  rotateBy('roriw', 32, 0x6000501b),
  unary('orc.b', 0x28705013, orCombineBytes),
  unary('rev8', 0x6b805013, reverseBytes),
];
