/** Zfa, additional floating point: unprivileged spec 20240411, chapter 25. */
import type { Extension } from './extensions.ts';
import { bits, VARIANTS, type Variant } from './float-rows.ts';
import type { Instruction } from './instruction.ts';
import type { FloatArithmetic, FloatComparison } from './ops.ts';

const MASK_FUNCT3 = 0xfe00707f;
const MASK_RM_RS2 = 0xfff0007f;
const MASK_FUNCT3_RS2 = 0xfff0707f;

interface Form {
  readonly variant: Variant;
  readonly needs: readonly Extension[];
}

const FORMS: readonly Form[] = [
  { variant: VARIANTS.s, needs: [] },
  { variant: VARIANTS.d, needs: ['d'] },
  { variant: VARIANTS.h, needs: ['zfh'] },
];

/** The immediate of the fli formats is the constant itself: its bits, of a double the upper half. */
function loadImmediate({ variant, needs }: Form): Instruction {
  const { format } = variant;
  return {
    name: `fli.${format}`,
    format: `fli.${format}`,
    match: bits(0xf0100053, variant),
    mask: MASK_FUNCT3_RS2,
    float: true,
    needs,
    exec: (m, i) => {
      const value = format === 'd' ? m.shl(i.imm, m.constant(32)) : m.zext(i.imm, 32);
      variant.set(m, i.rd, value);
    },
  };
}

function extremum(
  { variant, needs }: Form,
  operation: FloatArithmetic,
  match: number,
): Instruction {
  return {
    name: `f${operation}.${variant.format}`,
    format: 'R',
    match: bits(match, variant),
    mask: MASK_FUNCT3,
    float: true,
    needs,
    assembly: 'fd,f1,f2',
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      const b = variant.get(m, i.rs2);
      variant.set(m, i.rd, m.floatArithmetic(operation, variant.format, i.rm, a, b));
    },
  };
}

function roundToIntegral(
  { variant, needs }: Form,
  operation: FloatArithmetic,
  match: number,
): Instruction {
  return {
    name: `f${operation}.${variant.format}`,
    format: 'fp',
    match: bits(match, variant),
    mask: MASK_RM_RS2,
    float: true,
    needs,
    assembly: 'fd,f1,rm',
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      variant.set(m, i.rd, m.floatArithmetic(operation, variant.format, i.rm, a, m.constant(0)));
    },
  };
}

function quietComparison(
  { variant, needs }: Form,
  operation: FloatComparison,
  match: number,
): Instruction {
  return {
    name: `f${operation}.${variant.format}`,
    format: 'R',
    match: bits(match, variant),
    mask: MASK_FUNCT3,
    float: true,
    needs,
    assembly: 'xd,f1,f2',
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      const b = variant.get(m, i.rs2);
      m.setX(i.rd, m.floatCompare(operation, variant.format, a, b));
    },
  };
}

export const ZFA: readonly Instruction[] = [
  ...FORMS.flatMap((form) => [
    loadImmediate(form),
    extremum(form, 'minm', 0x28002053),
    extremum(form, 'maxm', 0x28003053),
    roundToIntegral(form, 'round', 0x40400053),
    roundToIntegral(form, 'roundnx', 0x40500053),
    quietComparison(form, 'leq', 0xa0004053),
    quietComparison(form, 'ltq', 0xa0005053),
  ]),
  {
    // The rounding mode is part of the encoding.
    name: 'fcvtmod.w.d',
    format: 'R',
    match: 0xc2801053,
    mask: MASK_FUNCT3_RS2,
    float: true,
    needs: ['d'],
    assembly: 'xd,f1,rtz',
    exec: (m, i) => m.setX(i.rd, m.floatToIntegerModular(m.f(i.rs1))),
  },
];
