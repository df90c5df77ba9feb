/** Values of the wasm emitters: thunks that build a fresh expression each time, in the flavour that is at hand. */
import type binaryen from 'binaryen';

export type ExpressionRef = binaryen.ExpressionRef;

/** i64: a 64-bit value; bool: an i32 that is 0 or 1; i32: the low 32 bits of a value of which only those are asked for. */
export interface Value {
  readonly type: 'i64' | 'bool';
  /** Expressions are trees: each use needs one of its own. */
  readonly build: () => ExpressionRef;
  /** A local or a constant: building it again costs nothing. */
  readonly simple?: boolean;
  readonly constant?: bigint;
  /** The value is a sign- or zero-extended 32-bit one: 32-bit division will do. */
  readonly narrow?: 's32' | 'u32';
}

export function i64Value(build: () => ExpressionRef): Value {
  return { type: 'i64', build };
}

export function boolValue(build: () => ExpressionRef): Value {
  return { type: 'bool', build };
}

/** As an i64 expression. */
export function asI64(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'i64' ? value.build() : module.i64.extend_u(value.build());
}

/** As an i32 condition; the value is known to be 0 or 1. */
export function asCondition(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'bool' ? value.build() : module.i32.wrap(value.build());
}

/** The low 32 bits. */
export function asI32(module: binaryen.Module, value: Value): ExpressionRef {
  return asCondition(module, value);
}
