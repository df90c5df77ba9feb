/**
 * Floating point inside regions without a call, where "inexact" is set already, the mode is round to nearest even and the
 * result is an ordinary number: then value and flags are what wasm's operator gives. Else the helper (float-helpers.ts).
 */
import binaryen from 'binaryen';
import { CSR } from '../isa/csr.ts';
import type { FloatArithmetic, FloatComparison, FloatFormat } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import { AtomicEmitter } from './atomic-emitter.ts';
import type { BranchHints } from './branch-hints.ts';
import { fused } from './float-arithmetic.ts';
import type { Optimisations } from './optimisations.ts';
import type { Locals } from './temporaries.ts';
import { asF32, asF64, asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

const { i32, f32, f64 } = binaryen;

const DYNAMIC = 7;
const NEAREST = 0;
const NX = 1;
const FLAGS = 0x1f;
const FRM_SHIFT = 5;

/** Exponent fields in the high (double) or only (single) word: all of it, its unit. */
const EXPONENT = {
  d: { mask: 0x7ff0_0000, unit: 0x10_0000 },
  s: { mask: 0x7f80_0000, unit: 0x80_0000 },
};

/** Inlined operators, and how close to the subnormal numbers their result may be: a sum there is exact. */
const OPERATORS = { add: 0, sub: 0, mul: 2, div: 2, sqrt: 0 } as const;
type Operator = keyof typeof OPERATORS;

/** The wasm operator of each; what differs is the flags of NaNs. */
const COMPARISONS = { eq: 'eq', lt: 'lt', le: 'le', ltq: 'lt', leq: 'le' } as const;

const isOperator = (operation: FloatArithmetic): operation is Operator => operation in OPERATORS;

interface Limit {
  readonly local: number;
  readonly isDynamic: boolean;
  readonly limit: number;
}

export abstract class InlineFloatEmitter extends AtomicEmitter<number> {
  abstract readonly locals: Locals;
  abstract readonly hints: BranchHints;
  /** relaxed_madd is known to round once. */
  protected abstract readonly isFused: boolean;
  protected abstract readonly optimisations: Optimisations;
  /** Locals set at the entry, by mode and limit: the limit where the fast path may be taken, else 0. */
  private readonly limits = new Map<string, Limit>();
  private frmLocal: number | undefined;
  /** fflags were written: no limit may be added. */
  private isFrozen = false;

  /** frm, which no instruction of a region changes. */
  protected frm(): ExpressionRef {
    this.frmLocal ??= this.locals.fixed(i32);
    return this.module.local.get(this.frmLocal, i32);
  }

  /** Statements for the entry: after all instructions are emitted it is known what they need. `stop` leaves the region. */
  floatPrologue(stop: string): ExpressionRef[] {
    const { module } = this;
    const code: ExpressionRef[] = [];
    const hart = () => this.hart();
    if (this.frmLocal !== undefined) {
      const frm = module.local.tee(this.frmLocal, module.i32.load(HART.FRM, 4, hart()), i32);
      code.push(module.br_if(stop, module.i32.gt_u(frm, module.i32.const(4))));
    }
    return [...code, ...this.allow()];
  }

  /** Set the limits by fflags as they are now. */
  private allow(): ExpressionRef[] {
    const { module } = this;
    const code: ExpressionRef[] = [];
    for (const { local, isDynamic, limit } of this.limits.values()) {
      const flags = module.i32.load(HART.FFLAGS, 4, this.hart());
      const allowed = isDynamic ? module.i32.and(flags, module.i32.eqz(this.frm())) : flags;
      const isAllowed = module.i32.and(allowed, module.i32.const(NX));
      code.push(module.local.set(local, module.i32.mul(isAllowed, module.i32.const(limit | 0))));
    }
    return code;
  }

  /** fflags, frm or fcsr. */
  protected readFloatState(csr: number): Value {
    const { module } = this;
    const load = (offset: number): ExpressionRef => module.i32.load(offset, 4, this.hart());
    const mode = (): ExpressionRef => load(HART.FRM);
    const both = (): ExpressionRef =>
      module.i32.or(load(HART.FFLAGS), module.i32.shl(mode(), module.i32.const(FRM_SHIFT)));
    const build = { [CSR.fflags]: () => load(HART.FFLAGS), [CSR.frm]: mode }[csr] ?? both;
    return this.let(i64Value(() => module.i64.extend_u(build())));
  }

  /**
   * What was inexact before may not be so any more. All limits of doubles are set anew; others that are first
   * wanted further on are not known here: none are added, and the slow path serves.
   */
  protected writeFlags(value: Value): void {
    const { module } = this;
    const { mask, unit } = EXPONENT.d;
    for (const lowest of new Set(Object.values(OPERATORS))) {
      for (const rm of [NEAREST, DYNAMIC]) this.limitFor(rm, 2 * (mask - lowest * unit));
    }
    this.isFrozen = true;
    const flags = module.i32.and(asI32(module, value), module.i32.const(FLAGS));
    this.emit(module.i32.store(HART.FFLAGS, 4, this.hart(), flags), ...this.allow());
  }

  protected roundingMode(rm: number): ExpressionRef {
    return rm === DYNAMIC ? this.frm() : this.module.i32.const(rm);
  }

  /** `limit` where the fast path may be taken with this mode, else 0. */
  protected limitFor(rm: number, limit: number): ExpressionRef {
    const isDynamic = rm === DYNAMIC;
    if (isDynamic) this.frm();
    const key = `${isDynamic} ${limit}`;
    if (this.isFrozen && !this.limits.has(key)) return this.module.i32.const(0);
    const known = this.limits.get(key) ?? { local: this.locals.fixed(i32), isDynamic, limit };
    this.limits.set(key, known);
    return this.module.local.get(known.local, i32);
  }

  protected hasFastPath(rm: number): boolean {
    return this.optimisations.has('inlineFloat') && (rm === DYNAMIC || rm === NEAREST);
  }

  /** Compute `fast`, and again by the helper where its exponent is less than `lowest` or the largest. */
  protected checked(
    format: 's' | 'd',
    fast: ExpressionRef,
    lowest: number,
    rm: number,
    slow: () => Value,
  ): Value {
    const { module } = this;
    const type = format === 'd' ? f64 : f32;
    const local = this.newLocal(type);
    const get = () => module.local.get(local, type);
    const word =
      format === 'd'
        ? module.i32.wrap(module.i64.shr_u(module.i64.reinterpret(get()), module.i64.const(32)))
        : module.i32.reinterpret(get());
    const { mask, unit } = EXPONENT[format];
    // Without the sign, twice the word: one instruction with the subtraction.
    const above = module.i32.sub(
      module.i32.shl(word, module.i32.const(1)),
      module.i32.const(2 * lowest * unit),
    );
    const limit = this.limitFor(rm, 2 * (mask - lowest * unit));
    this.emit(module.local.set(local, fast));
    this.emit(module.if(module.i32.ge_u(above, limit), this.again(format, local, slow)));
    return this.floatValue(format, local);
  }

  /** What sets the local to the result of `slow`. */
  protected again(format: 's' | 'd', local: number, slow: () => Value): ExpressionRef {
    const { module } = this;
    const outer = this.take();
    const result = slow();
    const value = format === 'd' ? asF64(module, result) : asF32(module, result);
    const code = module.block(null, [...this.take(), module.local.set(local, value)]);
    this.emit(...outer);
    return code;
  }

  protected floatValue(format: 's' | 'd', local: number): Value {
    if (format === 'd') return this.doubleValue(local);
    return { type: 'f32', simple: true, build: () => this.module.local.get(local, f32) };
  }

  override floatArithmetic(
    operation: FloatArithmetic,
    format: FloatFormat,
    rm: number,
    a: Value,
    b: Value,
  ): Value {
    if (!isOperator(operation) || format === 'h' || !this.hasFastPath(rm))
      return super.floatArithmetic(operation, format, rm, a, b);
    const [x, y] = [this.let(a), this.let(b)];
    const fast = this.operator(operation, format, x, y);
    return this.checked(format, fast, OPERATORS[operation], rm, () =>
      super.floatArithmetic(operation, format, rm, x, y),
    );
  }

  private operator(operation: Operator, format: 's' | 'd', x: Value, y: Value): ExpressionRef {
    const { module } = this;
    const [left, right] =
      format === 'd'
        ? [() => asF64(module, x), () => asF64(module, y)]
        : [() => asF32(module, x), () => asF32(module, y)];
    const ops = format === 'd' ? module.f64 : module.f32;
    return operation === 'sqrt' ? ops.sqrt(left()) : ops[operation](left(), right());
  }

  override floatMultiplyAdd(format: FloatFormat, rm: number, a: Value, b: Value, c: Value): Value {
    const { module } = this;
    if (format !== 'd' || !this.isFused || !this.hasFastPath(rm))
      return super.floatMultiplyAdd(format, rm, a, b, c);
    const [x, y, z] = [this.let(a), this.let(b), this.let(c)];
    const fast = fused(module, asF64(module, x), asF64(module, y), asF64(module, z));
    return this.checked(format, fast, 2, rm, () => super.floatMultiplyAdd(format, rm, x, y, z));
  }

  /** A comparison that holds has no NaN; one that does not may have one, and then the flags are the helper's. */
  override floatCompare(
    operation: FloatComparison,
    format: FloatFormat,
    a: Value,
    b: Value,
  ): Value {
    const { module } = this;
    if (format === 'h') return super.floatCompare(operation, format, a, b);
    const [x, y] = [this.let(a), this.let(b)];
    const ops = format === 'd' ? module.f64 : module.f32;
    const value = (operand: Value): ExpressionRef =>
      format === 'd' ? asF64(module, operand) : asF32(module, operand);
    const local = this.newLocal(i32);
    const get = () => module.local.get(local, i32);
    this.emit(module.local.set(local, ops[COMPARISONS[operation]](value(x), value(y))));
    const outer = this.take();
    const result = super.floatCompare(operation, format, x, y);
    const slow = [...this.take(), module.local.set(local, module.i32.wrap(asI64(module, result)))];
    const isUnordered = module.i32.or(ops.ne(value(x), value(x)), ops.ne(value(y), value(y)));
    this.emit(
      ...outer,
      module.if(module.i32.eqz(get()), module.if(isUnordered, module.block(null, slow))),
    );
    return { type: 'bool', simple: true, build: get };
  }

  /** An f64 local as a value. */
  protected doubleValue(local: number): Value {
    return { type: 'f64', simple: true, build: () => this.module.local.get(local, f64) };
  }
}
