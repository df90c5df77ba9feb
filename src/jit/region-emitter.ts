/** Ops over constant operands: one instruction of a region, with the guest's registers in wasm locals. */
import binaryen from 'binaryen';
import { CSR } from '../isa/csr.ts';
import type { OperandFields } from '../isa/operands.ts';
import type { AccessSize, Operands, Ops } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import type { AccessGroup } from './access-groups.ts';
import type { AlignedSize } from './atomic-emitter.ts';
import { BranchHints } from './branch-hints.ts';
import type { DecodedInstruction } from './control-flow.ts';
import { InlineFloatEmitter } from './inline-float-emitter.ts';
import { loadSized, storeSized, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { importReadTime, importVectorFunction } from './module-frame.ts';
import type { Optimisations } from './optimisations.ts';
import { Locals } from './temporaries.ts';
import { asF64, asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

const { i32, i64, f64 } = binaryen;

/** Parameters of a region's function. */
export const PARAMETER = { hart: 0, pc: 1, budget: 2 } as const;
export const REGION_PARAMETERS = binaryen.createType([i32, i64, i32]);

export interface RegionOptions {
  /** relaxed_madd is known to round once. */
  readonly isFused: boolean;
  readonly optimisations: Optimisations;
}

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
  readonly hints = new BranchHints();
  private readonly registers = new Map<string, number>();
  private pending: ExpressionRef[] = [];
  private offset = 0;
  private length = 0;
  private failure: Failure = { label: '', code: 0 };
  private outcome: Outcome = {};
  private isFloat = false;
  private immediate = 0;
  private group: AccessGroup | undefined;
  /** Host address of a group's base register, or 0 where the group does not lie in one page. */
  private readonly groupHosts = new Map<AccessGroup, number>();
  /** Locals for them: those of other blocks are free again. */
  private readonly hostLocals: number[] = [];
  protected readonly isFused: boolean;
  protected readonly optimisations: Optimisations;

  constructor(module: binaryen.Module, { isFused, optimisations }: RegionOptions) {
    super(module);
    this.isFused = isFused;
    this.optimisations = optimisations;
  }

  /** Local of an x or f register. */
  registerLocal(file: 'x' | 'f', register: number): number {
    const key = `${file}${register}`;
    const local = this.registers.get(key) ?? this.locals.fixed(file === 'x' ? i64 : f64);
    this.registers.set(key, local);
    return local;
  }

  /** A block begins: no group is open. */
  beginBlock(): void {
    this.groupHosts.clear();
  }

  /** Emit one instruction. What ends the block is returned for the caller to emit. */
  instruction(
    { offset, length, row, fields }: DecodedInstruction,
    failure: Failure,
    group?: AccessGroup,
  ): Outcome {
    this.locals.release();
    this.group = group;
    if (group !== undefined && !this.groupHosts.has(group)) this.openGroup(group, fields);
    this.offset = offset;
    this.length = length;
    this.failure = failure;
    this.outcome = {};
    this.isFloat = row.float === true;
    this.immediate = fields.imm;
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
    this.emit(this.hints.unlikely(module.if(condition, module.block(null, leave))));
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

  /** Look the whole group up once, before its first access. */
  private openGroup(group: AccessGroup, { rs1 }: OperandFields): void {
    const { module } = this;
    const { i32: word } = module;
    const host = this.hostLocals[this.groupHosts.size] ?? this.locals.fixed(i32);
    this.hostLocals[this.groupHosts.size] = host;
    this.groupHosts.set(group, host);
    const base = this.x(rs1);
    const va = this.let(this.add(base, this.constant(group.low)));
    const entry = this.newLocal(i32);
    const bank = module.local.get(group.writes ? this.tlbWrite : this.tlbRead, i32);
    const getEntry = () => module.local.get(entry, i32);
    const misses = tlbMisses(module, getEntry(), asI64(module, va), group.end - group.low);
    const hostOfBase = tlbHost(module, getEntry(), asI64(module, base));
    this.emit(
      module.local.set(entry, word.add(bank, tlbOffset(module, asI64(module, va)))),
      module.local.set(host, module.select(misses, word.const(0), hostOfBase)),
    );
  }

  /** Do an access at a host address: where the group's look-up serves, with that; else with one of its own. */
  private access(
    address: Value,
    bank: number,
    size: number,
    build: (host: ExpressionRef) => ExpressionRef,
  ): void {
    const { module, group } = this;
    const va = this.let(address);
    if (group === undefined) {
      const host = this.lookUp(va, bank, size);
      this.emit(build(host));
      return;
    }
    const outer = this.take();
    const host = this.lookUp(va, bank, size);
    const alone = [...this.take(), build(host)];
    const shared = () => module.local.get(this.groupHosts.get(group) as number, i32);
    const near = module.i32.add(shared(), module.i32.const(this.immediate));
    const both = module.if(shared(), build(near), module.block(null, alone));
    this.emit(...outer, this.hints.likely(both));
  }

  load(address: Value, size: AccessSize, signed: boolean): Value {
    const { module } = this;
    const isDouble = size === 8 && this.isFloat;
    const result = this.newLocal(isDouble ? f64 : i64);
    this.access(address, this.tlbRead, size, (host) =>
      module.local.set(
        result,
        isDouble ? module.f64.load(0, 1, host) : loadSized(module, size, signed, host),
      ),
    );
    return isDouble ? this.doubleValue(result) : this.localValue(result);
  }

  store(address: Value, size: AccessSize, value: Value): void {
    const { module } = this;
    this.access(address, this.tlbWrite, size, (host) =>
      size === 8 && value.type === 'f64'
        ? module.f64.store(0, 1, host, value.build())
        : storeSized(module, size, host, asI64(module, value)),
    );
  }

  protected hostAddress(address: Value, size: AlignedSize, write: boolean): () => ExpressionRef {
    const { module } = this;
    const va = this.let(address);
    if (size > 1) this.fail(module.i32.and(asI32(module, va), module.i32.const(size - 1)));
    const host = this.newLocal(i32);
    const found = this.lookUp(va, write ? this.tlbWrite : this.tlbRead, size);
    this.emit(module.local.set(host, found));
    return () => module.local.get(host, i32);
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

/** Offset of a register in the hart block. */
export function slotOf(file: 'x' | 'f', register: number): number {
  return (file === 'x' ? HART.X : HART.F) + 8 * register;
}
