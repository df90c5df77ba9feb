/** Zbkb and Zbkx, bit manipulation for cryptography: unprivileged spec 20240411, chapter 31. What Zbkb shares with Zbb is there. */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

type Binary = <V, R>(m: Ops<V, R>, a: V, b: V) => V;

const row = (name: string, match: number, result: Binary): Instruction => ({
  name,
  format: 'R',
  match,
  mask: 0xfe00707f,
  exec: (m, i) => m.setX(i.rd, result(m, m.x(i.rs1), m.x(i.rs2))),
});

/** The low `width` bits of a, and above them those of b. */
const pack = <V, R>(m: Ops<V, R>, a: V, b: V, width: 8 | 16 | 32): V =>
  m.or(m.zext(a, width), m.shl(m.zext(b, width), m.constant(width)));

function reverseBitsOfBytes<V, R>(m: Ops<V, R>, a: V): V {
  let bits = a;
  for (const [shift, mask] of [
    [1, 0x5555_5555_5555_5555n],
    [2, 0x3333_3333_3333_3333n],
    [4, 0x0f0f_0f0f_0f0f_0f0fn],
  ] as const) {
    const before = m.let(bits);
    const low = m.constant(mask);
    bits = m.or(
      m.shl(m.and(before, low), m.constant(shift)),
      m.and(m.shrU(before, m.constant(shift)), low),
    );
  }
  return bits;
}

/** Each field of b, of `width` bits, names a field of a; fields that a has not are zero. */
const permute =
  (width: 4 | 8): Binary =>
  <V, R>(m: Ops<V, R>, a: V, b: V): V => {
    const table = m.let(a);
    const indices = m.let(b);
    const mask = m.constant(2 ** width - 1);
    let result = m.constant(0);
    for (let at = 0; at < 64; at += width) {
      const index = m.let(m.and(m.shrU(indices, m.constant(at)), mask));
      const shift = m.mul(index, m.constant(width));
      const found = m.and(m.shrU(table, shift), mask);
      const field = m.select(m.ltU(index, m.constant(64 / width)), found, m.constant(0));
      result = m.let(m.or(result, m.shl(field, m.constant(at))));
    }
    return result;
  };

export const ZBKB: readonly Instruction[] = [
  row('pack', 0x08004033, (m, a, b) => pack(m, a, b, 32)),
  row('packh', 0x08007033, (m, a, b) => pack(m, a, b, 8)),
  // With rs2 = x0 this is zext.h.
  row('packw', 0x0800403b, (m, a, b) => m.sext(pack(m, a, b, 16), 32)),
  {
    name: 'brev8',
    format: 'R',
    match: 0x68705013,
    mask: 0xfff0707f,
    assembly: 'xd,x1',
    exec: (m, i) => m.setX(i.rd, reverseBitsOfBytes(m, m.x(i.rs1))),
  },
];

export const ZBKX: readonly Instruction[] = [
  row('xperm8', 0x28004033, permute(8)),
  row('xperm4', 0x28002033, permute(4)),
];
