/**
 * THE table of floating-point operations in software, exact in every rounding mode and flag. Generated code names an
 * operation by its position here (EngineCalls.softFloat).
 */
import type { FloatArithmetic, FloatComparison, FloatFormat, IntegerType } from './ops.ts';
import {
  floatAdd,
  floatDivide,
  floatMultiply,
  floatMultiplyAdd,
  floatSquareRoot,
  floatSubtract,
} from './softfloat-arithmetic.ts';
import { floatClassify, floatCompare, floatMinMax, floatMinMaxNan } from './softfloat-compare.ts';
import {
  floatConvert,
  floatRound,
  floatToInteger,
  floatToIntegerModular,
  integerToFloat,
} from './softfloat-convert.ts';
import type { SoftFloatResult } from './softfloat-format.ts';

export type SoftFloatName =
  | `${FloatArithmetic | FloatComparison | 'fma' | 'class'}.${FloatFormat}`
  | `${FloatFormat}->${IntegerType}`
  | `${IntegerType}->${FloatFormat}`
  | `${FloatFormat}->${FloatFormat}`
  | 'modular.d';

/**
 * Operands are register bits: singles the 32 bits without the box, integers 64 bits; what an operation does not use is
 * ignored. `rm` is 0-4. The result is such bits too: singles zero-extended, integers as the register shall hold them.
 */
export type SoftFloatFunction = (a: bigint, b: bigint, c: bigint, rm: number) => SoftFloatResult;

export interface SoftFloatOperation {
  readonly name: SoftFloatName;
  readonly compute: SoftFloatFunction;
}

const row = (name: SoftFloatName, compute: SoftFloatFunction): SoftFloatOperation => ({
  name,
  compute,
});

const ofFormat = (f: FloatFormat): readonly SoftFloatOperation[] => [
  row(`add.${f}`, (a, b, _c, rm) => floatAdd(f, a, b, rm)),
  row(`sub.${f}`, (a, b, _c, rm) => floatSubtract(f, a, b, rm)),
  row(`mul.${f}`, (a, b, _c, rm) => floatMultiply(f, a, b, rm)),
  row(`div.${f}`, (a, b, _c, rm) => floatDivide(f, a, b, rm)),
  row(`sqrt.${f}`, (a, _b, _c, rm) => floatSquareRoot(f, a, rm)),
  row(`fma.${f}`, (a, b, c, rm) => floatMultiplyAdd(f, a, b, c, rm)),
  row(`min.${f}`, (a, b) => floatMinMax('min', f, a, b)),
  row(`max.${f}`, (a, b) => floatMinMax('max', f, a, b)),
  row(`minm.${f}`, (a, b) => floatMinMaxNan('min', f, a, b)),
  row(`maxm.${f}`, (a, b) => floatMinMaxNan('max', f, a, b)),
  row(`round.${f}`, (a, _b, _c, rm) => floatRound(f, a, rm, false)),
  row(`roundnx.${f}`, (a, _b, _c, rm) => floatRound(f, a, rm, true)),
  row(`eq.${f}`, (a, b) => floatCompare('eq', f, a, b)),
  row(`lt.${f}`, (a, b) => floatCompare('lt', f, a, b)),
  row(`le.${f}`, (a, b) => floatCompare('le', f, a, b)),
  row(`ltq.${f}`, (a, b) => floatCompare('ltq', f, a, b)),
  row(`leq.${f}`, (a, b) => floatCompare('leq', f, a, b)),
  row(`class.${f}`, (a) => floatClassify(f, a)),
  row(`${f}->w`, (a, _b, _c, rm) => floatToInteger(f, 'w', a, rm)),
  row(`${f}->wu`, (a, _b, _c, rm) => floatToInteger(f, 'wu', a, rm)),
  row(`${f}->l`, (a, _b, _c, rm) => floatToInteger(f, 'l', a, rm)),
  row(`${f}->lu`, (a, _b, _c, rm) => floatToInteger(f, 'lu', a, rm)),
  row(`w->${f}`, (a, _b, _c, rm) => integerToFloat(f, 'w', a, rm)),
  row(`wu->${f}`, (a, _b, _c, rm) => integerToFloat(f, 'wu', a, rm)),
  row(`l->${f}`, (a, _b, _c, rm) => integerToFloat(f, 'l', a, rm)),
  row(`lu->${f}`, (a, _b, _c, rm) => integerToFloat(f, 'lu', a, rm)),
];

const conversion = (from: FloatFormat, to: FloatFormat): SoftFloatOperation =>
  row(`${from}->${to}`, (a, _b, _c, rm) => floatConvert(from, to, a, rm));

export const SOFT_FLOAT_OPERATIONS: readonly SoftFloatOperation[] = [
  ...ofFormat('s'),
  ...ofFormat('d'),
  ...ofFormat('h'),
  conversion('d', 's'),
  conversion('s', 'd'),
  conversion('h', 's'),
  conversion('h', 'd'),
  conversion('s', 'h'),
  conversion('d', 'h'),
  row('modular.d', (a) => floatToIntegerModular(a)),
];

const INDEX: ReadonlyMap<string, number> = new Map(
  SOFT_FLOAT_OPERATIONS.map((operation, index) => [operation.name, index]),
);

/** Position of an operation in SOFT_FLOAT_OPERATIONS. */
export function softFloatIndex(name: SoftFloatName): number {
  return INDEX.get(name) as number;
}
