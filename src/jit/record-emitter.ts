/** Operands of the record at $r: registers, immediates and the pc, as a handler of the generated interpreter reaches them. */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { HART_ENGINE, RECORD } from '../machine/record-layout.ts';
import { AtomicEmitter } from './atomic-emitter.ts';
import type { BranchHints } from './branch-hints.ts';
import { LABEL, LOCAL, runLocals } from './interpreter-frame.ts';
import type { Field } from './register-use.ts';
import type { Locals } from './temporaries.ts';
import { asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

export const FIELD_OFFSET: Record<Field, number> = {
  rd: RECORD.RD,
  rs1: RECORD.RS1,
  rs2: RECORD.RS2,
  rs3: RECORD.RS3,
  csr: RECORD.CSR,
  rm: RECORD.RM,
};

export abstract class RecordEmitter extends AtomicEmitter<Field> {
  readonly locals: Locals;
  protected readonly hints: BranchHints;
  /** The current row ended in a transfer of control. */
  protected left = false;

  /** `locals`: of a function whose first parameters are hart and r; of `run` if absent. */
  constructor(module: binaryen.Module, hints: BranchHints, locals = runLocals()) {
    super(module);
    this.hints = hints;
    this.locals = locals;
  }

  /** Forget the temporaries of the last handler: all handlers share them. */
  begin(): void {
    this.locals.release();
    this.left = false;
  }

  /** Go on with the next record, unless the row has left. */
  finish(): ExpressionRef[] {
    if (!this.left) {
      const { module } = this;
      // Loaded here already: where to jump to depends on it.
      const operation = module.i32.load16_u(RECORD.OPERATION, 2, this.record());
      this.emit(this.advance(), module.local.set(LOCAL.operation, operation));
      this.emit(module.br(LABEL.NEXT));
    }
    return this.take();
  }

  /** Go on with the next record by `fetch`, which counts it, and the handler at `label`, which is known to be its row's. */
  finishInto(label: string, fetch: readonly ExpressionRef[]): ExpressionRef[] {
    this.emit(this.advance(), ...fetch, this.module.br(label));
    return this.take();
  }

  protected newLocal(type: binaryen.Type): number {
    return this.locals.temporary(type);
  }

  protected hart(): ExpressionRef {
    return this.module.local.get(LOCAL.hart, binaryen.i32);
  }
  protected record(): ExpressionRef {
    return this.module.local.get(LOCAL.r, binaryen.i32);
  }
  protected field(field: Field): ExpressionRef {
    return this.module.i32.load16_u(FIELD_OFFSET[field], 2, this.record());
  }
  private registerAddress(field: Field): ExpressionRef {
    return this.module.i32.add(this.hart(), this.field(field));
  }

  /** The immediate operand. */
  immediate(): Value {
    return i64Value(() => this.module.i64.load32_s(RECORD.IMM, 4, this.record()));
  }

  x(register: Field): Value {
    const value = this.register(register, 0);
    // As a destination x0 has another place, which must not be read.
    return register === 'rd' ? this.select(this.isSink(), this.constant(0), value) : value;
  }
  private register(register: Field, offset: 0 | 8): Value {
    const { module } = this;
    return this.let(
      i64Value(() => module.i64.load(HART.X + offset, 8, this.registerAddress(register))),
    );
  }
  private isSink(): Value {
    const { module } = this;
    const sink = module.i32.const(HART_ENGINE.SINK);
    return { type: 'bool', build: () => module.i32.eq(this.field('rd'), sink) };
  }
  xPair(register: Field): readonly [Value, Value] {
    const { module } = this;
    const low = this.x(register);
    const high = this.register(register, 8);
    const isZero =
      register === 'rd'
        ? this.isSink()
        : ({ type: 'bool', build: () => module.i32.eqz(this.field(register)) } as const);
    return [low, this.select(isZero, this.constant(0), high)];
  }
  setXPair(register: Field, [low, high]: readonly [Value, Value]): void {
    const { module } = this;
    const bits = asI64(module, high);
    const store = module.i64.store(HART.X + 8, 8, this.registerAddress(register), bits);
    this.setX(register, low);
    this.emit(module.if(module.i32.eqz(asI32(module, this.isSink())), store));
  }
  setX(register: Field, value: Value): void {
    const bits = asI64(this.module, value);
    this.emit(this.module.i64.store(HART.X, 8, this.registerAddress(register), bits));
  }
  f(register: Field): Value {
    return this.let(
      i64Value(() => this.module.i64.load(HART.F, 8, this.registerAddress(register))),
    );
  }
  setF(register: Field, value: Value): void {
    const bits = asI64(this.module, value);
    this.emit(this.module.i64.store(HART.F, 8, this.registerAddress(register), bits));
  }

  protected pcExpression(): ExpressionRef {
    const { module } = this;
    const offset = module.i32.shr_u(this.record(), module.i32.const(3));
    return module.i64.add(
      module.local.get(LOCAL.pcBase, binaryen.i64),
      module.i64.extend_u(offset),
    );
  }
  pc(): Value {
    return i64Value(() => this.pcExpression());
  }
  private length(): ExpressionRef {
    return this.module.i32.load8_u(RECORD.ADVANCE, 1, this.record());
  }
  nextPc(): Value {
    const { module } = this;
    const bytes = () => module.i64.extend_u(module.i32.shr_u(this.length(), module.i32.const(3)));
    return i64Value(() => module.i64.add(this.pcExpression(), bytes()));
  }
  protected advance(): ExpressionRef {
    const { module } = this;
    return module.local.set(LOCAL.r, module.i32.add(this.record(), this.length()));
  }
}
