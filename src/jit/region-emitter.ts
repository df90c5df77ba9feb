/** Ops over constant operands: one instruction of a region, with the guest's registers in wasm locals. */
import binaryen from 'binaryen';
import { CSR } from '../isa/csr.ts';
import type { Ops } from '../isa/ops.ts';
import { ALONE, HART } from '../machine/hart-layout.ts';
import { AccessEmitter } from './access-emitter.ts';
import type { DecodedInstruction } from './control-flow.ts';
import type { Sharing } from './kept-checks.ts';
import { tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { importHelper, importReadTime, importVectorFunction } from './module-frame.ts';
import type { Optimisations } from './optimisations.ts';
import { PARAMETER } from './region-interface.ts';
import { BlockShiftPairs } from './shift-pairs.ts';
import { asF64, asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

const { i32, i64, f64 } = binaryen;

export interface RegionOptions {
  /** relaxed_madd is known to round once. */
  readonly isFused: boolean;
  /** The host's processor has total store order: it delays nothing but stores, and those until after loads. */
  readonly isOrdered: boolean;
  readonly optimisations: Optimisations;
}

/** Fields of fence: fm, then the sets' bits i, o, r, w (unprivileged spec 20240411, section 2.7). */
const FENCE_ALL = 0x0ff;
const PREDECESSOR_STORES = 0x050;
const SUCCESSOR_LOADS = 0x00a;
const FENCE_MODE_TSO = 8;

const PAGE_BYTES = 4096;
const FIRST_FLOAT = 32;

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

export class RegionEmitter extends AccessEmitter implements Ops<Value, number> {
  /** Virtual address of the page. */
  readonly base = this.locals.fixed(i64);
  readonly failed = this.locals.fixed(i32);
  readonly tlb = this.locals.fixed(i32);
  /** By number, f registers behind the x registers. */
  private readonly registers: (number | undefined)[] = [];
  private pending: ExpressionRef[] = [];
  private length = 0;
  private failure: Failure | undefined;
  private outcome: Outcome = {};
  readonly shiftPairs = new BlockShiftPairs(this.locals);
  protected readonly isFused: boolean;
  private readonly isOrdered: boolean;
  protected readonly optimisations: Optimisations;

  constructor(module: binaryen.Module, { isFused, isOrdered, optimisations }: RegionOptions) {
    super(module);
    this.isFused = isFused;
    this.isOrdered = isOrdered && optimisations.has('hostOrder');
    this.optimisations = optimisations;
  }

  /** Local of an x or f register. */
  registerLocal(file: 'x' | 'f', register: number): number {
    const index = file === 'x' ? register : FIRST_FLOAT + register;
    return (this.registers[index] ??= this.locals.fixed(file === 'x' ? i64 : f64));
  }

  /** Emit one instruction. What ends the block is returned for the caller to emit. */
  instruction(
    instruction: DecodedInstruction,
    failure: Failure | undefined,
    sharing?: Sharing,
  ): Outcome {
    const { offset, length, row, fields, second } = instruction;
    this.locals.release();
    this.sharing = sharing;
    this.offset = offset;
    this.length = length;
    this.failure = failure;
    this.outcome = {};
    this.isFloat = row.float === true;
    this.immediate = fields.imm;
    this.pointer = fields.rs1;
    if (second !== undefined) this.requireSecondHalf(second);
    const copy = this.shiftPairs.copyAt(instruction);
    if (copy !== undefined) this.emit(this.module.local.set(copy, this.x(fields.rs1).build()));
    const pair = this.shiftPairs.at(instruction);
    if (pair === undefined) {
      row.exec(this, { ...fields, imm: this.constant(fields.imm) });
    } else {
      const source = pair.copy === undefined ? this.x(pair.source) : this.localValue(pair.copy);
      this.setX(fields.rd, pair.result(this, source));
    }
    this.emit(...this.pending);
    this.pending = [];
    return this.outcome;
  }

  /** Imported where it is called: a module has few of them. */
  protected override helper(name: string): string {
    return importHelper(this.module, name);
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

  /** Virtual address of the page offset in an i32 local. */
  dynamicAddress(offset: number): ExpressionRef {
    const { module } = this;
    const extended = module.i64.extend_u(module.local.get(offset, i32));
    return module.i64.add(module.local.get(this.base, i64), extended);
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
    const local = this.registerLocal('f', register);
    this.pending.push(this.module.local.set(local, asF64(this.module, value)));
  }
  pc(): Value {
    return i64Value(() => this.address(this.offset));
  }
  nextPc(): Value {
    return i64Value(() => this.address(this.offset + this.length));
  }

  protected fail(condition: ExpressionRef): void {
    const { module } = this;
    if (this.failure === undefined) throw new Error('nothing is known of how this may fail');
    const leave = [
      module.local.set(this.failed, module.i32.const(this.failure.code)),
      module.br(this.failure.label),
    ];
    this.emit(this.hints.unlikely(module.if(condition, module.block(null, leave))));
  }

  /** Leave where the next page is not known for instructions, or does not begin with this halfword. */
  private requireSecondHalf(halfword: number): void {
    const { module } = this;
    const entry = this.newLocal(i32);
    const get = () => module.local.get(entry, i32);
    const va = () => this.address(PAGE_BYTES);
    const table = module.i32.load(HART.TLB_FETCH, 4, this.hart());
    this.emit(module.local.set(entry, module.i32.add(table, tlbOffset(module, va()))));
    this.fail(tlbMisses(module, get(), va(), 2));
    const found = module.i32.load16_u(0, 2, tlbHost(module, get(), va()));
    this.fail(module.i32.ne(found, module.i32.const(halfword)));
  }

  vector(meaning: number, word: Value, scalar: Value, second: Value): Value {
    const { module } = this;
    const operands = [
      this.hart(),
      asI32(module, word),
      asI64(module, scalar),
      asI64(module, second),
      module.i32.const(0),
    ];
    this.fail(module.call(importVectorFunction(module, meaning), operands, i32));
    const result = this.newLocal(i64);
    const value = module.i64.load(HART.SCRATCH, 8, this.hart());
    this.emit(module.local.set(result, value));
    return this.localValue(result);
  }

  /** Only a load after a store needs the host's fence where it has total store order; fence.tso is all but that. */
  override fence(sets?: Value): void {
    const bits = sets?.constant === undefined ? FENCE_ALL : Number(sets.constant);
    const isLate = (bits & PREDECESSOR_STORES) !== 0 && (bits & SUCCESSOR_LOADS) !== 0;
    if (!this.isOrdered || (isLate && bits >>> 8 !== FENCE_MODE_TSO)) super.fence();
  }

  protected override isAlone(): ExpressionRef | undefined {
    const { i32 } = this.module;
    return this.optimisations.has('plainAtomics') ? i32.load(0, 4, i32.const(ALONE)) : undefined;
  }

  protected requireLegal(condition: ExpressionRef): void {
    this.fail(this.module.i32.eqz(condition));
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

  /** The clock's, or the floating-point state's (control-flow.ts). */
  readCsr(csr: number): Value {
    const { module } = this;
    if (csr !== CSR.time) return this.readFloatState(csr);
    this.fail(module.call(importReadTime(module), [this.hart()], i32));
    const result = this.newLocal(i64);
    this.emit(module.local.set(result, module.i64.load(HART.SCRATCH, 8, this.hart())));
    return this.localValue(result);
  }
  /** fflags; or under a condition that is false: x0 sets no bits. */
  writeCsr(csr: number, value: Value): void {
    if (csr === CSR.fflags) this.writeFlags(value);
    else this.emit(this.module.unreachable());
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
  manageBlock(): void {
    this.unreachable();
  }
  xPair(): readonly [Value, Value] {
    return this.unreachable();
  }
  setXPair(): void {
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
  orderTranslations(): void {
    this.unreachable();
  }
  /** control-flow.ts ends regions before these. */
  private unreachable(): never {
    throw new Error(`the instruction at page offset ${this.offset} does not belong in a region`);
  }
}
