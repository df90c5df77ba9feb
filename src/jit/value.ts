/** Values of the wasm emitters: thunks that build a fresh expression each time, in the flavour that is at hand. */
import type binaryen from 'binaryen';

export type ExpressionRef = binaryen.ExpressionRef;

/**
 * i64: a 64-bit value. s32, u32: an i32 that stands for its sign- or zero-extension. bool: an i32 that is 0 or 1. f64: the same 64
 * bits as a double, which saves moves between register files. f32: the value is the 32 bits of the single, zero-extended.
 */
export interface Value {
  readonly type: 'i64' | 's32' | 'u32' | 'bool' | 'f64' | 'f32';
  /** Expressions are trees: each use needs one of its own. */
  readonly build: () => ExpressionRef;
  /** The low 32 bits, where they cost less than all of an i64. */
  readonly low?: () => ExpressionRef;
  /** A local or a constant: building it again costs nothing. */
  readonly simple?: boolean;
  readonly constant?: bigint;
  /** Unsigned bound of some values: what the other bits are is 0. */
  readonly below?: number;
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
    case 's32':
      return module.i64.extend_s(value.build());
    case 'u32':
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
  if (value.type === 'bool' || value.type === 's32' || value.type === 'u32') return value.build();
  if (value.type === 'f32') return module.i32.reinterpret(value.build());
  if (value.constant !== undefined)
    return module.i32.const(Number(BigInt.asIntN(32, value.constant)));
  return value.low?.() ?? module.i32.wrap(asI64(module, value));
}

const HALF = 2 ** 31;
const isBelow = ({ type, below }: Value, bound: number): boolean =>
  type === 'bool' || (below !== undefined && below <= bound);

/** The value is the sign-extension of its low 32 bits. */
export function isSigned32(value: Value): boolean {
  const { type, constant } = value;
  if (constant !== undefined) return BigInt.asUintN(64, BigInt.asIntN(32, constant)) === constant;
  return type === 's32' || isBelow(value, HALF);
}

/** The value is the zero-extension of its low 32 bits. */
export function isUnsigned32(value: Value): boolean {
  const { type, constant } = value;
  if (constant !== undefined) return constant >> 32n === 0n;
  return type === 'u32' || isBelow(value, HALF);
}

/** One more than the largest that an unsigned 32-bit value may be. */
export function boundOf({ type, constant, below }: Value): number {
  if (constant !== undefined && constant >> 32n === 0n) return Number(constant) + 1;
  return type === 'bool' ? 2 : (below ?? 2 ** 32);
}

/** As a double. */
export function asF64(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'f64' ? value.build() : module.f64.reinterpret(asI64(module, value));
}

/** The single whose bits are the low half. */
export function asF32(module: binaryen.Module, value: Value): ExpressionRef {
  return value.type === 'f32' ? value.build() : module.f32.reinterpret(asI32(module, value));
}
