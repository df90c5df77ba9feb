/** A binary format as wasm code needs it: operators, fields, and moves between register bits (i64) and values. */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64, f32, f64 } = binaryen;

export type Build = () => ExpressionRef;

/** Accrued-exception flag "inexact" (unprivileged spec, "Floating-Point Control and Status Register"). */
const NX = 1;

/** One helper function under construction: parameters hart, rounding mode where it rounds, then operand bits. */
export class FloatCode {
  readonly m: binaryen.Module;
  readonly locals: Locals;
  private readonly firstOperand: number;

  constructor(m: binaryen.Module, rounds: boolean, operands: number) {
    this.m = m;
    this.firstOperand = rounds ? 2 : 1;
    this.locals = new Locals(this.firstOperand + operands);
  }

  hart(): ExpressionRef {
    return this.m.local.get(0, i32);
  }
  /** Bits of operand 0, 1 or 2. */
  operand(index: number): ExpressionRef {
    return this.m.local.get(this.firstOperand + index, i64);
  }
  roundingIs(mode: number): ExpressionRef {
    return this.m.i32.eq(this.m.local.get(1, i32), this.m.i32.const(mode));
  }
  /** Name a value: the statement that computes it, and how to read it. */
  name(type: binaryen.Type, value: ExpressionRef): [ExpressionRef, Build] {
    const local = this.locals.fixed(type);
    return [this.m.local.set(local, value), () => this.m.local.get(local, type)];
  }
  isInexactSet(): ExpressionRef {
    return this.m.i32.and(this.m.i32.load(HART.FFLAGS, 4, this.hart()), this.m.i32.const(NX));
  }
  setInexact(): ExpressionRef {
    const flags = this.m.i32.load(HART.FFLAGS, 4, this.hart());
    return this.m.i32.store(
      HART.FFLAGS,
      4,
      this.hart(),
      this.m.i32.or(flags, this.m.i32.const(NX)),
    );
  }
  /** Return bits where the condition holds. */
  returnIf(condition: ExpressionRef, bits: ExpressionRef): ExpressionRef {
    return this.m.if(condition, this.m.return(bits));
  }
  returnInexact(bits: ExpressionRef): ExpressionRef[] {
    return [this.setInexact(), this.m.return(bits)];
  }
  and(...conditions: ExpressionRef[]): ExpressionRef {
    return conditions.reduce((a, b) => this.m.i32.and(a, b));
  }
}

export interface WasmFloat {
  readonly type: binaryen.Type;
  readonly ops: binaryen.Module['f64'] | binaryen.Module['f32'];
  readonly fractionBits: number;
  readonly exponentMask: number;
  /** Value of register bits. */
  readonly value: (bits: ExpressionRef) => ExpressionRef;
  readonly bits: (value: ExpressionRef) => ExpressionRef;
}

export function doubleFormat(m: binaryen.Module): WasmFloat {
  return {
    type: f64,
    ops: m.f64,
    fractionBits: 52,
    exponentMask: 0x7ff,
    value: (bits) => m.f64.reinterpret(bits),
    bits: (value) => m.i64.reinterpret(value),
  };
}

export function singleFormat(m: binaryen.Module): WasmFloat {
  return {
    type: f32,
    ops: m.f32,
    fractionBits: 23,
    exponentMask: 0xff,
    value: (bits) => m.f32.reinterpret(m.i32.wrap(bits)),
    bits: (value) => m.i64.extend_u(m.i32.reinterpret(value)),
  };
}

/** Biased exponent of register bits. */
export function exponentOf(
  m: binaryen.Module,
  format: WasmFloat,
  bits: ExpressionRef,
): ExpressionRef {
  const shifted = m.i64.shr_u(bits, m.i64.const(format.fractionBits));
  return m.i32.and(m.i32.wrap(shifted), m.i32.const(format.exponentMask));
}

/**
 * Finite, and so far from the subnormal numbers that no underflow was rounded away: the smallest exponent is left out,
 * because tininess is detected after rounding.
 */
export function isSafelyNormal(
  m: binaryen.Module,
  format: WasmFloat,
  bits: ExpressionRef,
): ExpressionRef {
  const above = m.i32.sub(exponentOf(m, format, bits), m.i32.const(2));
  return m.i32.lt_u(above, m.i32.const(format.exponentMask - 2));
}

/** Plus or minus zero. */
export function isZero(m: binaryen.Module, format: WasmFloat, bits: ExpressionRef): ExpressionRef {
  const shift = 63 - format.fractionBits - (format.fractionBits === 52 ? 11 : 8);
  return m.i64.eqz(m.i64.shl(bits, m.i64.const(shift + 1)));
}

/** `a` is a normal number. */
export function isNormal(
  m: binaryen.Module,
  format: WasmFloat,
  bits: ExpressionRef,
): ExpressionRef {
  const above = m.i32.sub(exponentOf(m, format, bits), m.i32.const(1));
  return m.i32.lt_u(above, m.i32.const(format.exponentMask - 1));
}
