/** Vector semantics (isa/vector/vector-ops.ts) as wasm: one function (hart, word, scalar, second, exact) -> VECTOR_STATUS. */
import binaryen from 'binaryen';
import type { AccessSize } from '../isa/ops.ts';
import type { Sew, Variable, VectorOps } from '../isa/vector/vector-ops.ts';
import { HART } from '../machine/hart-layout.ts';
import { VECTOR_STATUS } from '../machine/record-layout.ts';
import { FloatEmitter } from './float-emitter.ts';

import { Locals } from './temporaries.ts';
import { asI32, asI64, boolValue, type ExpressionRef, i64Value, type Value } from './value.ts';

const { i32, i64, none } = binaryen;

const PARAMETER = { hart: 0, word: 1, scalar: 2, second: 3, exact: 4 } as const;

/** Global that the memory functions leave their status in (vector-memory.ts). */
export const MEMORY_STATUS = 'memoryStatus';

const VXRM_SHIFT = 1;

export class VectorEmitter extends FloatEmitter<number> implements VectorOps<Value> {
  readonly locals = new Locals(5);
  private labels = 0;
  private readonly modeLocal = this.locals.fixed(i32);

  protected newLocal(type: binaryen.Type): number {
    return this.locals.temporary(type);
  }
  hart(): ExpressionRef {
    return this.module.local.get(PARAMETER.hart, i32);
  }
  exact(): ExpressionRef {
    return this.module.local.get(PARAMETER.exact, i32);
  }
  instructionWord(): Value {
    const { module } = this;
    return this.let(i64Value(() => module.i64.extend_u(module.local.get(PARAMETER.word, i32))));
  }
  scalar(): Value {
    return this.localValue(PARAMETER.scalar);
  }
  second(): Value {
    return this.localValue(PARAMETER.second);
  }
  f(): Value {
    throw new Error('vector instructions get f registers as operands');
  }
  setF(): void {
    throw new Error('vector instructions give f registers as results');
  }

  /** Leave with a status. */
  leave(status: number): ExpressionRef {
    return this.module.return(this.module.i32.const(status));
  }
  requireEnabled(): void {
    const { module } = this;
    const enabled = module.i32.load(HART.VECTOR_ENABLED, 4, this.hart());
    this.emit(module.if(module.i32.eqz(enabled), this.leave(VECTOR_STATUS.ILLEGAL)));
  }
  requireFloat(): void {
    const { module } = this;
    const enabled = module.i32.load(HART.FLOAT_ENABLED, 4, this.hart());
    const frm = module.local.tee(this.modeLocal, module.i32.load(HART.FRM, 4, this.hart()), i32);
    const invalid = module.i32.gt_u(frm, module.i32.const(4));
    this.emit(
      module.if(module.i32.or(module.i32.eqz(enabled), invalid), this.leave(VECTOR_STATUS.ILLEGAL)),
    );
  }
  protected roundingMode(rm: number): ExpressionRef {
    return rm === 7 ? this.module.local.get(this.modeLocal, i32) : this.module.i32.const(rm);
  }

  illegalWhen(condition: Value): void {
    const { module } = this;
    this.emit(module.if(asI32(module, condition), this.leave(VECTOR_STATUS.ILLEGAL)));
  }

  private collect(body: () => void): ExpressionRef {
    const outer = this.take();
    body();
    const inner = this.module.block(null, this.take());
    this.emit(...outer);
    return inner;
  }
  ifElse(condition: Value, then: () => void, otherwise: () => void): void {
    const test = asI32(this.module, condition);
    const whenTrue = this.collect(then);
    this.emit(this.module.if(test, whenTrue, this.collect(otherwise)));
  }
  variable(initial: Value): Variable<Value> {
    const { module } = this;
    const local = this.newLocal(i64);
    const set = (value: Value): void => this.emit(module.local.set(local, asI64(module, value)));
    set(initial);
    return { get: () => this.let(i64Value(() => module.local.get(local, i64))), set };
  }
  forEach(from: Value, to: () => Value, body: (index: Value) => void): void {
    const { module } = this;
    const label = `loop${this.labels++}`;
    const index = this.newLocal(i64);
    const current = this.localValue(index);
    this.emit(module.local.set(index, asI64(module, from)));
    const code = this.collect(() => {
      const end = to();
      this.emit(module.br_if(`${label}end`, asI32(module, this.geU(current, end))));
      body(current);
      this.emit(
        module.local.set(index, module.i64.add(current.build(), module.i64.const(1))),
        module.br(label),
      );
    });
    this.emit(module.block(`${label}end`, [module.loop(label, code)]));
  }
  bySew(code: Value, widths: readonly Sew[], body: (sew: Sew) => void): void {
    const { module } = this;
    const label = `widths${this.labels++}`;
    const all = this.collect(() => {
      for (const sew of widths) {
        const isThis = this.eq(code, this.constant(Math.log2(sew / 8)));
        this.when(isThis, () => {
          body(sew);
          this.emit(module.br(label));
        });
      }
      this.emit(this.leave(VECTOR_STATUS.ILLEGAL));
    });
    this.emit(module.block(label, [all]));
  }

  private registerAddress(offset: Value): ExpressionRef {
    const { module } = this;
    return module.i32.add(this.hart(), asI32(module, offset));
  }
  readElement(offset: Value, bits: Sew, signed: boolean): Value {
    const { module } = this;
    const { load, load8_s, load8_u, load16_s, load16_u, load32_s, load32_u } = module.i64;
    const at = HART.V;
    const address = this.registerAddress(offset);
    const read = {
      8: () => (signed ? load8_s : load8_u)(at, 1, address),
      16: () => (signed ? load16_s : load16_u)(at, 2, address),
      32: () => (signed ? load32_s : load32_u)(at, 4, address),
      64: () => load(at, 8, address),
    };
    const local = this.newLocal(i64);
    this.emit(module.local.set(local, read[bits]()));
    return this.localValue(local);
  }
  writeElement(offset: Value, bits: Sew, value: Value): void {
    const { module } = this;
    const { store, store8, store16, store32 } = module.i64;
    const address = this.registerAddress(offset);
    const data = asI64(module, value);
    const write = {
      8: () => store8(HART.V, 1, address, data),
      16: () => store16(HART.V, 2, address, data),
      32: () => store32(HART.V, 4, address, data),
      64: () => store(HART.V, 8, address, data),
    };
    this.emit(write[bits]());
  }

  private field(offset: number): Value {
    return this.let(i64Value(() => this.module.i64.load(offset, 8, this.hart())));
  }
  private setField(offset: number, value: Value): void {
    this.emit(this.module.i64.store(offset, 8, this.hart(), asI64(this.module, value)));
  }
  private narrowField(offset: number): Value {
    return this.let(i64Value(() => this.module.i64.load32_u(offset, 4, this.hart())));
  }
  vl(): Value {
    return this.field(HART.VL);
  }
  setVl(value: Value): void {
    this.setField(HART.VL, value);
  }
  vtype(): Value {
    return this.field(HART.VTYPE);
  }
  setVtype(value: Value): void {
    this.setField(HART.VTYPE, value);
  }
  vstart(): Value {
    return this.field(HART.VSTART);
  }
  setVstart(value: Value): void {
    this.setField(HART.VSTART, value);
  }
  vxrm(): Value {
    return this.let(this.shrU(this.narrowField(HART.VCSR), this.constant(VXRM_SHIFT)));
  }
  saturateWhen(condition: Value): void {
    const { module } = this;
    const vcsr = module.i32.load(HART.VCSR, 4, this.hart());
    const next = module.i32.or(vcsr, asI32(module, condition));
    this.emit(module.i32.store(HART.VCSR, 4, this.hart(), next));
  }
  frm(): Value {
    return this.let(
      i64Value(() => this.module.i64.extend_u(this.module.local.get(this.modeLocal, i32))),
    );
  }
  fflags(): Value {
    return this.narrowField(HART.FFLAGS);
  }
  setFflags(value: Value): void {
    const { module } = this;
    this.emit(module.i32.store(HART.FFLAGS, 4, this.hart(), asI32(module, value)));
  }
  giveResult(value: Value): void {
    this.setField(HART.SCRATCH, value);
  }

  /** Leave with what a memory function failed with; a trap is at element `index`. */
  private leaveFailed(index: Value): ExpressionRef {
    const { module } = this;
    const status = module.global.get(MEMORY_STATUS, i32);
    const isTrap = module.i32.eq(status, module.i32.const(VECTOR_STATUS.TRAP));
    const setVstart = module.i64.store(HART.VSTART, 8, this.hart(), asI64(module, index));
    return module.block(null, [
      module.if(isTrap, setVstart),
      module.return(module.global.get(MEMORY_STATUS, i32)),
    ]);
  }
  private failed(): ExpressionRef {
    return this.module.global.get(MEMORY_STATUS, i32);
  }
  private callRead(address: Value, size: AccessSize): number {
    const { module } = this;
    const local = this.newLocal(i64);
    const operands = [this.hart(), asI64(module, address), this.exact()];
    this.emit(module.local.set(local, module.call(`read${size}`, operands, i64)));
    return local;
  }
  loadMemory(address: Value, size: AccessSize, index: Value): Value {
    const local = this.callRead(address, size);
    this.emit(this.module.if(this.failed(), this.leaveFailed(index)));
    return this.localValue(local);
  }
  storeMemory(address: Value, size: AccessSize, value: Value, index: Value): void {
    const { module } = this;
    const data = asI64(module, value);
    const operands = [this.hart(), asI64(module, address), data, this.exact()];
    this.emit(
      module.call(`write${size}`, operands, none),
      module.if(this.failed(), this.leaveFailed(index)),
    );
  }
  tryLoadMemory(address: Value, size: AccessSize): { value: Value; failed: Value } {
    const { module } = this;
    const local = this.callRead(address, size);
    const missed = module.i32.eq(this.failed(), module.i32.const(VECTOR_STATUS.MISS));
    this.emit(module.if(missed, module.return(this.failed())));
    const status = this.failed();
    return {
      value: this.localValue(local),
      failed: this.let(boolValue(() => module.i32.ne(status, module.i32.const(0)))),
    };
  }
  moveBlock(direction: 'load' | 'store', address: Value, offset: Value, bytes: Value): Value {
    const { module } = this;
    const operands = [
      this.hart(),
      asI64(module, address),
      module.i32.add(this.registerAddress(offset), module.i32.const(HART.V)),
      asI32(module, bytes),
    ];
    const name = direction === 'load' ? 'loadBlock' : 'storeBlock';
    return this.let(boolValue(() => module.call(name, operands, i32)));
  }
}
