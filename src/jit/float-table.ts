/** The floating-point helper functions: one per operation of isa/softfloat.ts, with the operands that generated code passes. */
import { SOFT_FLOAT_OPERATIONS, type SoftFloatName } from '../isa/softfloat.ts';

export interface FloatHelper {
  readonly name: SoftFloatName;
  /** Position in SOFT_FLOAT_OPERATIONS. */
  readonly index: number;
  /** Takes a resolved rounding mode. */
  readonly rounds: boolean;
  readonly operands: 1 | 2 | 3;
}

const EXACT: ReadonlySet<string> = new Set(['min', 'max', 'eq', 'lt', 'le', 'class']);

function operandsOf(name: SoftFloatName): 1 | 2 | 3 {
  if (name.startsWith('fma')) return 3;
  const isUnary = name.includes('->') || name.startsWith('sqrt') || name.startsWith('class');
  return isUnary ? 1 : 2;
}

export const FLOAT_HELPERS: readonly FloatHelper[] = SOFT_FLOAT_OPERATIONS.map(
  ({ name }, index) => ({
    name,
    index,
    rounds: !EXACT.has(name.split('.')[0] ?? ''),
    operands: operandsOf(name),
  }),
);
