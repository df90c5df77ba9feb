/** Zfh and its part Zfhmin, half precision: unprivileged spec 20240411, chapter 23. */
import type { Extension } from './extensions.ts';
import { floatRows, VARIANTS, type Variant } from './float-rows.ts';
import type { Instruction } from './instruction.ts';

/** One format's value as another's; wider results are exact. */
function convert(
  match: number,
  from: Variant,
  to: Variant,
  needs: readonly Extension[],
): Instruction {
  return {
    name: `fcvt.${to.format}.${from.format}`,
    format: 'fp',
    match,
    mask: 0xfff0007f,
    float: true,
    needs,
    assembly: to.format === 'h' ? 'fd,f1,rm' : 'fd,f1,rm?',
    exec: (m, i) =>
      to.set(m, i.rd, m.floatConvert(from.format, to.format, i.rm, from.get(m, i.rs1))),
  };
}

const { h, s, d } = VARIANTS;

export const ZFHMIN: readonly Instruction[] = [
  {
    name: 'flh',
    format: 'I',
    match: 0x1007,
    mask: 0x707f,
    float: true,
    assembly: 'fd,imm(x1)',
    exec: (m, i) => m.setFHalf(i.rd, m.load(m.add(m.x(i.rs1), i.imm), 2, false)),
  },
  {
    // Moves the low bits, whether they are boxed or not.
    name: 'fsh',
    format: 'S',
    match: 0x1027,
    mask: 0x707f,
    float: true,
    assembly: 'f2,imm(x1)',
    exec: (m, i) => m.store(m.add(m.x(i.rs1), i.imm), 2, m.f(i.rs2)),
  },
  {
    name: 'fmv.x.h',
    format: 'R',
    match: 0xe4000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'xd,f1',
    exec: (m, i) => m.setX(i.rd, m.sext(m.f(i.rs1), 16)),
  },
  {
    name: 'fmv.h.x',
    format: 'R',
    match: 0xf4000053,
    mask: 0xfff0707f,
    float: true,
    assembly: 'fd,x1',
    exec: (m, i) => m.setFHalf(i.rd, m.zext(m.x(i.rs1), 16)),
  },
  convert(0x40200053, h, s, []),
  convert(0x44000053, s, h, []),
  convert(0x42200053, h, d, ['d']),
  convert(0x44100053, d, h, ['d']),
];

/** What Zfh adds to Zfhmin. */
export const ZFH: readonly Instruction[] = floatRows('h');
