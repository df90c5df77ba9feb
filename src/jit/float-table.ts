/** The floating-point helper functions: one per operation of isa/softfloat.ts, with the operands that generated code passes. */
import type { FloatArithmetic } from '../isa/ops.ts';
import { SOFT_FLOAT_OPERATIONS, type SoftFloatName } from '../isa/softfloat.ts';

export interface FloatHelper {
  readonly name: SoftFloatName;
  /** Position in SOFT_FLOAT_OPERATIONS. */
  readonly index: number;
  /** Takes a resolved rounding mode. */
  readonly rounds: boolean;
  readonly operands: 1 | 2 | 3;
}

/** Arithmetic that has no rounding mode. */
export const UNROUNDED: ReadonlySet<FloatArithmetic> = new Set(['min', 'max', 'minm', 'maxm']);
const EXACT: ReadonlySet<string> = new Set([
  ...UNROUNDED,
  ...'eq lt le ltq leq class modular'.split(' '),
]);
const UNARY = /->|^(sqrt|class|round|roundnx|modular)\./;

function operandsOf(name: SoftFloatName): 1 | 2 | 3 {
  if (name.startsWith('fma')) return 3;
  return UNARY.test(name) ? 1 : 2;
}

export const FLOAT_HELPERS: readonly FloatHelper[] = SOFT_FLOAT_OPERATIONS.map(
  ({ name }, index) => ({
    name,
    index,
    rounds: !EXACT.has(name.split('.')[0] ?? ''),
    operands: operandsOf(name),
  }),
);
