/** Values of the wasm emitters: thunks that build a fresh expression each time, in the flavour that is at hand. */
import type binaryen from 'binaryen';

export type ExpressionRef = binaryen.ExpressionRef;

/**
 * i64: a 64-bit value. bool: an i32 that is 0 or 1. f64: the same 64 bits as a double, which saves moves between register
 * files. f32: the value is the 32 bits of the single, zero-extended.
 */
export interface Value {
  readonly type: 'i64' | 'bool' | 'f64' | 'f32';
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
  switch (value.type) {
    case 'i64':
      return value.build();
    case 'bool':
      return module.i64.extend_u(value.build());
    case 'f64':
      return module.i64.reinterpret(value.build());
    case 'f32':
      return module.i64.extend_u(module.i32.reinterpret(value.build()));
  }
}

/** The low 32 bits; of a condition, which is 0 or 1, all of it. */
export function asI32(module: binaryen.Module, value: Value): ExpressionRef {
  if (value.type === 'bool') return value.build();
  if (value.type === 'f32') return module.i32.reinterpret(value.build());
  return module.i32.wrap(asI64(module, value));
}

/** As a double. */
export function asF64(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'f64' ? value.build() : module.f64.reinterpret(asI64(module, value));
}

/** The single whose bits are the low half. */
export function asF32(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'f32' ? value.build() : module.f32.reinterpret(asI32(module, value));
}
