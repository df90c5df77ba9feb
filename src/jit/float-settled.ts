/**
 * Results beyond the ordinary numbers without software: where all flags are set that such a result may raise, wasm's own is right,
 * NaNs made canonical. Software sets them the first time; 1 us each time after that is what subnormal numbers would cost.
 */
import binaryen from 'binaryen';
import { FFLAGS } from '../isa/csr.ts';
import { HART } from '../machine/hart-layout.ts';
import { fused } from './float-arithmetic.ts';
import type { Build, FloatCode, WasmFloat } from './float-format.ts';
import type { ExpressionRef } from './value.ts';

type Ternary = readonly [Build, Build, Build];

/** wasm's operators, of values. */
const RESULTS: Readonly<Record<string, (c: FloatCode, f: WasmFloat, v: Ternary) => ExpressionRef>> =
  {
    add: (_c, { ops }, [a, b]) => ops.add(a(), b()),
    sub: (_c, { ops }, [a, b]) => ops.sub(a(), b()),
    mul: (_c, { ops }, [a, b]) => ops.mul(a(), b()),
    div: (_c, { ops }, [a, b]) => ops.div(a(), b()),
    sqrt: (_c, { ops }, [a]) => ops.sqrt(a()),
    fma: ({ m }, _f, [a, b, addend]) => fused(m, a(), b(), addend()),
  };

const COUNTS: Readonly<Record<string, number>> = { sqrt: 1, fma: 3 };

/** All of `flags` are set. */
export function areSet(c: FloatCode, flags: ExpressionRef): ExpressionRef {
  const { m } = c;
  const missing = m.i32.xor(m.i32.load(HART.FFLAGS, 4, c.hart()), m.i32.const(-1));
  return m.i32.eqz(m.i32.and(missing, flags));
}

const isInfinite = ({ ops }: WasmFloat, value: Build): ExpressionRef =>
  ops.eq(ops.abs(value()), ops.const(Infinity));

export const canonicalNan = (m: binaryen.Module, { fractionBits }: WasmFloat): ExpressionRef =>
  m.i64.const(fractionBits === 52 ? 0x7ff8_0000_0000_0000n : 0x7fc0_0000n);

const isNan = ({ ops }: WasmFloat, value: Build): ExpressionRef => ops.ne(value(), value());

/** A NaN without its quiet bit, of register bits. */
function isSignaling(c: FloatCode, format: WasmFloat, bits: Build): ExpressionRef {
  const { m } = c;
  const quiet = m.i64.and(bits(), m.i64.const(1n << BigInt(format.fractionBits - 1)));
  return m.i32.and(
    isNan(format, () => format.value(bits())),
    m.i64.eqz(quiet),
  );
}

/** Of operands 0 to `count` - 1 none raises "invalid" as a signaling NaN, or that is set already. */
export function isInvalidSettled(c: FloatCode, format: WasmFloat, count: number): ExpressionRef {
  const { m } = c;
  const signals = Array.from({ length: count }, (_unused, k) =>
    isSignaling(c, format, () => c.operand(k)),
  );
  const any = signals.reduce((a, b) => m.i32.or(a, b));
  return m.i32.or(areSet(c, m.i32.const(FFLAGS.NV)), m.i32.eqz(any));
}

/** Return `value`, rounded to nearest even, as `format` has it, where its flags are settled. */
export function returnSettled(
  c: FloatCode,
  format: WasmFloat,
  value: ExpressionRef,
  infinite: number,
): ExpressionRef[] {
  const { m } = c;
  const [set, result] = c.name(format.type, value);
  const ofNumber = m.select(
    isInfinite(format, result),
    m.i32.const(infinite),
    m.i32.const(FFLAGS.UF | FFLAGS.NX),
  );
  const raised = m.select(isNan(format, result), m.i32.const(FFLAGS.NV), ofNumber);
  const bits = m.select(isNan(format, result), canonicalNan(m, format), format.bits(result()));
  return [set, c.returnIf(areSet(c, raised), bits)];
}

/** Before software is asked for `operation`, rounding to nearest even. */
export function settledArithmetic(
  c: FloatCode,
  operation: string,
  format: WasmFloat,
): ExpressionRef[] {
  const { m } = c;
  const result = RESULTS[operation];
  const isFused = operation === 'fma';
  // Of singles it is made of others, which infinities and NaNs do not pass.
  if (result === undefined || (isFused && format.fractionBits !== 52)) return [];
  const value =
    (index: number): Build =>
    () =>
      format.value(c.operand(index));
  const operands: Ternary = [value(0), value(1), value(2)];
  const overflow = FFLAGS.OF | FFLAGS.NX | (operation === 'div' ? FFLAGS.DZ : 0);
  const count = COUNTS[operation] ?? 2;
  const some = (test: typeof isNan): ExpressionRef =>
    operands
      .slice(0, count)
      .map((operand) => test(format, operand))
      .reduce((a, b) => m.i32.or(a, b));
  const [set, whole] = c.name(format.type, result(c, format, operands));
  const isExact = m.i32.and(isInfinite(format, whole), some(isInfinite));
  const code = [
    set,
    c.returnIf(isExact, format.bits(whole())),
    ...returnSettled(c, format, whole(), overflow),
  ];
  if (isFused) return [m.if(m.global.get('fused', binaryen.i32), m.block(null, code))];
  const isQuiet = m.i32.and(some(isNan), isInvalidSettled(c, format, count));
  return [...code, c.returnIf(isQuiet, canonicalNan(m, format))];
}
