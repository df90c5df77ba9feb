/** Ops over constant operands: one instruction of a region, with the guest's registers in wasm locals. */
import binaryen from 'binaryen';
import type { AccessSize, Operands, Ops } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import type { DecodedInstruction } from './control-flow.ts';
import { InlineFloatEmitter } from './inline-float-emitter.ts';
import { loadSized, storeSized, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { Locals } from './temporaries.ts';
import { asF64, asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

const { i32, i64, f64 } = binaryen;

/** Parameters of a region's function. */
export const PARAMETER = { hart: 0, pc: 1, budget: 2 } as const;
export const REGION_PARAMETERS = binaryen.createType([i32, i64, i32]);

/** Where an instruction goes that the interpreter must execute instead. */
export interface Failure {
  readonly label: string;
  /** Value for the local `failed`: what the spill code needs to know. */
  readonly code: number;
}

/** How the last instruction of a block ends it. */
export interface Outcome {
  condition?: Value;
  target?: Value;
}

export class RegionEmitter extends InlineFloatEmitter implements Ops<Value, number> {
  readonly locals = new Locals(3);
  /** Virtual address of the page. */
  readonly base = this.locals.fixed(i64);
  readonly failed = this.locals.fixed(i32);
  readonly tlbRead = this.locals.fixed(i32);
  readonly tlbWrite = this.locals.fixed(i32);
  private readonly registers = new Map<string, number>();
  private pending: ExpressionRef[] = [];
  private offset = 0;
  private length = 0;
  private failure: Failure = { label: '', code: 0 };
  private outcome: Outcome = {};
  private isFloat = false;
  protected readonly isFused: boolean;

  constructor(module: binaryen.Module, isFused: boolean) {
    super(module);
    this.isFused = isFused;
  }

  /** Local of an x or f register. */
  registerLocal(file: 'x' | 'f', register: number): number {
    const key = `${file}${register}`;
    const local = this.registers.get(key) ?? this.locals.fixed(file === 'x' ? i64 : f64);
    this.registers.set(key, local);
    return local;
  }

  /** Emit one instruction. What ends the block is returned for the caller to emit. */
  instruction({ offset, length, row, fields }: DecodedInstruction, failure: Failure): Outcome {
    this.locals.release();
    this.offset = offset;
    this.length = length;
    this.failure = failure;
    this.outcome = {};
    this.isFloat = row.float === true;
    const operands: Operands<Value, number> = { ...fields, imm: this.constant(fields.imm) };
    row.exec(this, operands);
    this.emit(...this.pending);
    this.pending = [];
    return this.outcome;
  }

  protected newLocal(type: binaryen.Type): number {
    return this.locals.temporary(type);
  }
  hart(): ExpressionRef {
    return this.module.local.get(PARAMETER.hart, i32);
  }
  /** Virtual address of a page offset. */
  address(offset: number): ExpressionRef {
    const { module } = this;
    const base = module.local.get(this.base, i64);
    return offset === 0 ? base : module.i64.add(base, module.i64.const(offset));
  }

  x(register: number): Value {
    if (register === 0) return this.constant(0);
    return this.localValue(this.registerLocal('x', register));
  }
  /** Writes wait for the end of the instruction, so that values which were not named still see the old register. */
  setX(register: number, value: Value): void {
    if (register === 0) return;
    const bits = asI64(this.module, value);
    this.pending.push(this.module.local.set(this.registerLocal('x', register), bits));
  }
  f(register: number): Value {
    return this.doubleValue(this.registerLocal('f', register));
  }
  setF(register: number, value: Value): void {
    const bits = asF64(this.module, value);
    this.pending.push(this.module.local.set(this.registerLocal('f', register), bits));
  }
  pc(): Value {
    return i64Value(() => this.address(this.offset));
  }
  nextPc(): Value {
    return i64Value(() => this.address(this.offset + this.length));
  }

  private fail(condition: ExpressionRef): void {
    const { module } = this;
    const leave = [
      module.local.set(this.failed, module.i32.const(this.failure.code)),
      module.br(this.failure.label),
    ];
    this.emit(module.if(condition, module.block(null, leave)));
  }

  /** The host address of `size` bytes that do not leave their page; a miss leaves the region. */
  private lookUp(va: Value, bank: number, size: number): ExpressionRef {
    const { module } = this;
    const entry = this.newLocal(i32);
    const pointer = () => asI64(module, va);
    const found = module.i32.add(module.local.get(bank, i32), tlbOffset(module, pointer()));
    this.emit(module.local.set(entry, found));
    this.fail(tlbMisses(module, module.local.get(entry, i32), pointer(), size));
    return tlbHost(module, module.local.get(entry, i32), pointer());
  }

  load(address: Value, size: AccessSize, signed: boolean): Value {
    const host = this.lookUp(this.let(address), this.tlbRead, size);
    if (size === 8 && this.isFloat) {
      const double = this.newLocal(f64);
      this.emit(this.module.local.set(double, this.module.f64.load(0, 1, host)));
      return this.doubleValue(double);
    }
    const result = this.newLocal(i64);
    this.emit(this.module.local.set(result, loadSized(this.module, size, signed, host)));
    return this.localValue(result);
  }

  store(address: Value, size: AccessSize, value: Value): void {
    const host = this.lookUp(this.let(address), this.tlbWrite, size);
    if (size === 8 && value.type === 'f64')
      this.emit(this.module.f64.store(0, 1, host, value.build()));
    else this.emit(storeSized(this.module, size, host, asI64(this.module, value)));
  }

  protected hostAddress(address: Value, size: 4 | 8, write: boolean): () => ExpressionRef {
    const { module } = this;
    const va = this.let(address);
    this.fail(module.i32.and(asI32(module, va), module.i32.const(size - 1)));
    const host = this.newLocal(i32);
    const found = this.lookUp(va, write ? this.tlbWrite : this.tlbRead, size);
    this.emit(module.local.set(host, found));
    return () => module.local.get(host, i32);
  }

  branch(condition: Value, _offset: Value): void {
    this.outcome = { condition };
  }
  jump(_offset: Value): void {
    this.outcome = {};
  }
  jumpIndirect(target: Value): void {
    this.outcome = { target: this.let(target) };
  }

  readCsr(): Value {
    return this.unreachable();
  }
  writeCsr(): void {
    this.unreachable();
  }
  trap(): void {
    this.unreachable();
  }
  environmentCall(): void {
    this.unreachable();
  }
  fenceI(): void {
    this.unreachable();
  }
  waitForInterrupt(): void {
    this.unreachable();
  }
  trapReturn(): void {
    this.unreachable();
  }
  sfenceVma(): void {
    this.unreachable();
  }
  /** control-flow.ts ends regions before these. */
  private unreachable(): never {
    throw new Error(`the instruction at page offset ${this.offset} does not belong in a region`);
  }
}

/** Offset of a register in the hart block. */
export function slotOf(file: 'x' | 'f', register: number): number {
  return (file === 'x' ? HART.X : HART.F) + 8 * register;
}
