/**
 * The rows that F, D and Zfh have in common, built once per format: unprivileged spec 20240411, chapters 20 to 23. A row's
 * name is its assembler name with the format's suffix, so look for `fadd.` to find fadd.s, fadd.d and fadd.h.
 */
import type { Instruction } from './instruction.ts';
import type { FloatArithmetic, FloatComparison, FloatFormat, IntegerType, Ops } from './ops.ts';

const MASK_RM = 0xfe00007f;
const MASK_RM_RS2 = 0xfff0007f;
const MASK_FUNCT3 = 0xfe00707f;
const MASK_FUNCT3_RS2 = 0xfff0707f;
const MASK_R4 = 0x0600007f;

/** How a format's operands lie in the f registers, and what its instructions share. */
export interface Variant {
  readonly format: FloatFormat;
  /** The fmt field, in place. */
  readonly fmt: number;
  readonly signBit: bigint;
  readonly get: <V, R>(m: Ops<V, R>, register: R) => V;
  readonly set: <V, R>(m: Ops<V, R>, register: R, value: V) => void;
}

export const VARIANTS: Record<FloatFormat, Variant> = {
  h: {
    format: 'h',
    fmt: 2 << 25,
    signBit: 1n << 15n,
    get: (m, register) => m.fHalf(register),
    set: (m, register, value) => m.setFHalf(register, value),
  },
  s: {
    format: 's',
    fmt: 0,
    signBit: 1n << 31n,
    get: (m, register) => m.fSingle(register),
    set: (m, register, value) => m.setFSingle(register, value),
  },
  d: {
    format: 'd',
    fmt: 1 << 25,
    signBit: 1n << 63n,
    get: (m, register) => m.f(register),
    set: (m, register, value) => m.setF(register, value),
  },
};

export const bits = (match: number, variant: Variant): number => (match | variant.fmt) >>> 0;

const negate = <V, R>(m: Ops<V, R>, variant: Variant, value: V): V =>
  m.xor(value, m.constant(variant.signBit));

const magnitude = <V, R>(m: Ops<V, R>, variant: Variant, value: V): V =>
  m.and(value, m.constant(variant.signBit - 1n));

/** Fused multiply-add: the product or the addend is negated on its sign bit, which is exact. */
function multiplyAdd(variant: Variant): readonly Instruction[] {
  const row = (name: string, match: number, product: boolean, addend: boolean): Instruction => ({
    name: `${name}.${variant.format}`,
    format: 'R4',
    match: bits(match, variant),
    mask: MASK_R4,
    float: true,
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      const c = variant.get(m, i.rs3);
      variant.set(
        m,
        i.rd,
        m.floatMultiplyAdd(
          variant.format,
          i.rm,
          product ? negate(m, variant, a) : a,
          variant.get(m, i.rs2),
          addend ? negate(m, variant, c) : c,
        ),
      );
    },
  });
  return [
    row('fmadd', 0x43, false, false),
    row('fmsub', 0x47, false, true),
    row('fnmsub', 0x4b, true, false),
    row('fnmadd', 0x4f, true, true),
  ];
}

function arithmetic(variant: Variant): readonly Instruction[] {
  const rounded = (operation: FloatArithmetic, match: number): Instruction => ({
    name: `f${operation}.${variant.format}`,
    format: 'fp',
    match: bits(match, variant),
    mask: MASK_RM,
    float: true,
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      const b = variant.get(m, i.rs2);
      variant.set(m, i.rd, m.floatArithmetic(operation, variant.format, i.rm, a, b));
    },
  });
  /** funct3 selects the operation: there is no rounding mode, and the operand `rm` is 0 in format R. */
  const exact = (operation: 'min' | 'max', match: number): Instruction => ({
    ...rounded(operation, match),
    format: 'R',
    mask: MASK_FUNCT3,
    assembly: 'fd,f1,f2',
  });
  return [
    rounded('add', 0x00000053),
    rounded('sub', 0x08000053),
    rounded('mul', 0x10000053),
    rounded('div', 0x18000053),
    {
      name: `fsqrt.${variant.format}`,
      format: 'fp',
      match: bits(0x58000053, variant),
      mask: MASK_RM_RS2,
      float: true,
      assembly: 'fd,f1,rm',
      exec: (m, i) => {
        const a = variant.get(m, i.rs1);
        variant.set(m, i.rd, m.floatArithmetic('sqrt', variant.format, i.rm, a, m.constant(0)));
      },
    },
    exact('min', 0x28000053),
    exact('max', 0x28001053),
  ];
}

/**
 * The sign of rs2, changed by `sign`, on the magnitude of rs1. Not arithmetic: NaNs pass unchanged, no flags. Of one register twice it
 * is a copy, the opposite or the magnitude: `same`.
 */
function signInjection(variant: Variant): readonly Instruction[] {
  const row = (
    name: string,
    match: number,
    sign: <V, R>(m: Ops<V, R>, a: V, b: V) => V,
    same: <V, R>(m: Ops<V, R>, a: V) => V,
  ): Instruction => ({
    name: `${name}.${variant.format}`,
    format: 'R',
    match: bits(match, variant),
    mask: MASK_FUNCT3,
    float: true,
    assembly: 'fd,f1,f2',
    exec: (m, i) => {
      const a = m.let(variant.get(m, i.rs1));
      if (i.rs1 === i.rs2) {
        variant.set(m, i.rd, same(m, a));
        return;
      }
      const signOnly = m.and(sign(m, a, variant.get(m, i.rs2)), m.constant(variant.signBit));
      variant.set(m, i.rd, m.or(magnitude(m, variant, a), signOnly));
    },
  });
  return [
    row(
      'fsgnj',
      0x20000053,
      (_m, _a, b) => b,
      (_m, a) => a,
    ),
    row(
      'fsgnjn',
      0x20001053,
      (m, _a, b) => negate(m, variant, b),
      (m, a) => negate(m, variant, a),
    ),
    row(
      'fsgnjx',
      0x20002053,
      (m, a, b) => m.xor(a, b),
      (m, a) => magnitude(m, variant, a),
    ),
  ];
}

function comparisons(variant: Variant): readonly Instruction[] {
  const row = (operation: FloatComparison, match: number): Instruction => ({
    name: `f${operation}.${variant.format}`,
    format: 'R',
    match: bits(match, variant),
    mask: MASK_FUNCT3,
    float: true,
    assembly: 'xd,f1,f2',
    exec: (m, i) => {
      const a = variant.get(m, i.rs1);
      const b = variant.get(m, i.rs2);
      m.setX(i.rd, m.floatCompare(operation, variant.format, a, b));
    },
  });
  return [
    row('eq', 0xa0002053),
    row('lt', 0xa0001053),
    row('le', 0xa0000053),
    {
      name: `fclass.${variant.format}`,
      format: 'R',
      match: bits(0xe0001053, variant),
      mask: MASK_FUNCT3_RS2,
      float: true,
      assembly: 'xd,f1',
      exec: (m, i) => m.setX(i.rd, m.floatClassify(variant.format, variant.get(m, i.rs1))),
    },
  ];
}

const INTEGER_TYPES: readonly IntegerType[] = ['w', 'wu', 'l', 'lu'];

/** fcvt between integers and this format; the rs2 field is the integer type. */
function conversions(variant: Variant): readonly Instruction[] {
  const shared = { format: 'fp', mask: MASK_RM_RS2, float: true } as const;
  return INTEGER_TYPES.flatMap((type, rs2): Instruction[] => [
    {
      ...shared,
      name: `fcvt.${type}.${variant.format}`,
      match: bits(0xc0000053 | (rs2 << 20), variant),
      assembly: 'xd,f1,rm',
      exec: (m, i) =>
        m.setX(i.rd, m.floatToInteger(variant.format, type, i.rm, variant.get(m, i.rs1))),
    },
    {
      ...shared,
      name: `fcvt.${variant.format}.${type}`,
      match: bits(0xd0000053 | (rs2 << 20), variant),
      // A double holds every 32-bit integer: nothing is rounded.
      assembly: variant.format === 'd' && rs2 < 2 ? 'fd,x1,rm?' : 'fd,x1,rm',
      exec: (m, i) =>
        variant.set(m, i.rd, m.integerToFloat(variant.format, type, i.rm, m.x(i.rs1))),
    },
  ]);
}

/** The rows of one format that differ from the other's only by operand width. */
export function floatRows(format: FloatFormat): readonly Instruction[] {
  const variant = VARIANTS[format];
  return [
    ...multiplyAdd(variant),
    ...arithmetic(variant),
    ...signInjection(variant),
    ...comparisons(variant),
    ...conversions(variant),
  ];
}
