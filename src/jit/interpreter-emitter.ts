/** Ops over run-time operands: what one handler of the generated interpreter does with the record at $r. */
import binaryen from 'binaryen';
import type { AccessSize, BlockManagement, Ops } from '../isa/ops.ts';
import { CAUSE } from '../isa/trap.ts';
import { Exit, ORDER_ONLY } from '../machine/engine.ts';
import { HART } from '../machine/hart-layout.ts';
import { VECTOR_STATUS } from '../machine/record-layout.ts';
import type { AlignedSize } from './atomic-emitter.ts';
import { LABEL, LOCAL } from './interpreter-frame.ts';
import { loadSized, storeSized, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { VECTOR_PARAMETERS } from './module-frame.ts';
import { FIELD_OFFSET, RecordEmitter } from './record-emitter.ts';
import type { Field } from './register-use.ts';
import { asI32, asI64, type ExpressionRef, i64Value, type Value } from './value.ts';

/** Unprivileged CSRs that change neither privilege nor translation: fflags, frm, fcsr. */
const LAST_FLOAT_CSR = 3;

export class InterpreterEmitter extends RecordEmitter implements Ops<Value, Field> {
  /** Require that floating point is on, else an illegal instruction. */
  requireFloat(): void {
    const { module } = this;
    const enabled = module.i32.load(HART.FLOAT_ENABLED, 4, this.hart());
    this.emit(this.hints.unlikely(module.br_if(LABEL.ILLEGAL, module.i32.eqz(enabled))));
  }

  protected requireLegal(condition: ExpressionRef): void {
    const isIllegal = this.module.i32.eqz(condition);
    this.emit(this.hints.unlikely(this.module.br_if(LABEL.ILLEGAL, isIllegal)));
  }

  protected roundingMode(rm: Field): ExpressionRef {
    const { module } = this;
    const mode = this.newLocal(binaryen.i32);
    const get = () => module.local.get(mode, binaryen.i32);
    const dynamic = module.local.set(mode, module.i32.load(HART.FRM, 4, this.hart()));
    this.emit(
      module.local.set(mode, module.i32.load8_u(FIELD_OFFSET[rm], 1, this.record())),
      module.if(module.i32.eq(get(), module.i32.const(7)), dynamic),
      module.br_if(LABEL.ILLEGAL, module.i32.gt_u(get(), module.i32.const(4))),
    );
    return get();
  }

  /** Store pc, budget and instret for an import; the current instruction has not retired. */
  private sync(): ExpressionRef {
    const { module } = this;
    const budget = module.local.get(LOCAL.budget, binaryen.i32);
    return module.call(
      'sync',
      [
        this.hart(),
        this.pcExpression(),
        module.i32.add(budget, module.i32.const(1)),
        module.local.get(LOCAL.total, binaryen.i64),
      ],
      binaryen.none,
    );
  }

  private scratch(index: number, value: ExpressionRef): ExpressionRef {
    return this.module.i64.store(HART.SCRATCH + 8 * index, 8, this.hart(), value);
  }
  private scratchValue(index: number): ExpressionRef {
    return this.module.i64.load(HART.SCRATCH + 8 * index, 8, this.hart());
  }

  /** Call an import that returns 1 where it recorded an exception. */
  private callOrTrap(name: string, ...operands: ExpressionRef[]): ExpressionRef {
    const { module } = this;
    const call = module.call(name, [this.hart(), ...operands], binaryen.i32);
    return this.hints.unlikely(module.br_if(LABEL.TRAP, call));
  }

  /** Name the address, and find its TLB entry. */
  private lookUp(address: Value, bank: number): { va: Value; entry: () => ExpressionRef } {
    const { module } = this;
    const va = this.let(address);
    const entry = this.newLocal(binaryen.i32);
    const offset = tlbOffset(module, asI64(module, va));
    this.emit(
      module.local.set(entry, module.i32.add(module.i32.load(bank, 4, this.hart()), offset)),
    );
    return { va, entry: () => module.local.get(entry, binaryen.i32) };
  }

  load(address: Value, size: AccessSize, signed: boolean): Value {
    const { module } = this;
    const { va, entry } = this.lookUp(address, HART.TLB_READ);
    const result = this.newLocal(binaryen.i64);
    const pointer = () => asI64(module, va);
    const slow = module.block(null, [
      this.sync(),
      this.scratch(0, pointer()),
      this.callOrTrap('loadMissed', module.i32.const(size)),
      module.local.set(
        result,
        loadSized(
          module,
          size,
          signed,
          module.i32.add(this.hart(), module.i32.const(HART.SCRATCH + 8)),
        ),
      ),
    ]);
    const fast = module.local.set(
      result,
      loadSized(module, size, signed, tlbHost(module, entry(), pointer())),
    );
    const misses = tlbMisses(module, entry(), pointer(), size);
    this.emit(this.hints.unlikely(module.if(misses, slow, fast)));
    return this.localValue(result);
  }

  store(address: Value, size: AccessSize, value: Value): void {
    const { module } = this;
    const bits = this.let(value);
    const { va, entry } = this.lookUp(address, HART.TLB_WRITE);
    const pointer = () => asI64(module, va);
    const slow = module.block(null, [
      this.sync(),
      this.scratch(0, pointer()),
      this.scratch(1, asI64(module, bits)),
      this.callOrTrap('storeMissed', module.i32.const(size)),
      // What a device wants of the hart happens right after the instruction, in every tier.
      module.local.set(LOCAL.system, module.i32.load(HART.ATTENTION, 4, this.hart())),
    ]);
    const fast = storeSized(module, size, tlbHost(module, entry(), pointer()), asI64(module, bits));
    const misses = tlbMisses(module, entry(), pointer(), size);
    this.emit(this.hints.unlikely(module.if(misses, slow, fast)));
  }

  /** Host address of `size` aligned bytes, for atomics. */
  protected hostAddress(address: Value, size: AlignedSize, write: boolean): () => ExpressionRef {
    const { module } = this;
    const { va, entry } = this.lookUp(address, write ? HART.TLB_WRITE : HART.TLB_READ);
    const pointer = () => asI64(module, va);
    const host = this.newLocal(binaryen.i32);
    const misaligned = module.i32.and(module.i32.wrap(pointer()), module.i32.const(size - 1));
    const cause = write ? CAUSE.STORE_MISALIGNED : CAUSE.LOAD_MISALIGNED;
    if (size > 1) {
      const raise = this.raise(module.i32.const(cause), pointer());
      this.emit(this.hints.unlikely(module.if(misaligned, raise)));
    }
    const slow = module.block(null, [
      this.sync(),
      this.scratch(0, pointer()),
      this.callOrTrap(write ? 'writeMissed' : 'readMissed', module.i32.const(size)),
      module.local.set(host, module.i32.wrap(this.scratchValue(1))),
    ]);
    const fast = module.local.set(host, tlbHost(module, entry(), pointer()));
    const misses = tlbMisses(module, entry(), pointer(), size);
    this.emit(this.hints.unlikely(module.if(misses, slow, fast)));
    return () => module.local.get(host, binaryen.i32);
  }

  branch(condition: Value, offset: Value): void {
    const { module } = this;
    this.emit(module.if(asI32(module, condition), this.jumpBy(offset)));
  }
  jump(offset: Value): void {
    this.emit(this.jumpBy(offset));
    this.left = true;
  }
  /** Direct jumps stay in the page as a rule: then only $r changes. */
  private jumpBy(offset: Value): ExpressionRef {
    const { module } = this;
    const { i32, i64, local } = module;
    const bytes = () => i32.wrap(asI64(module, offset));
    const page = () => local.get(LOCAL.page, binaryen.i32);
    const target = () => local.get(LOCAL.t, binaryen.i32);
    const from = i32.shr_u(i32.sub(this.record(), page()), i32.const(3));
    const landed = i32.add(page(), i32.shl(target(), i32.const(3)));
    return module.block(null, [
      local.set(LOCAL.t, i32.add(from, bytes())),
      module.if(
        i32.lt_u(target(), i32.const(4096)),
        module.block(null, [local.set(LOCAL.r, landed), module.br(LABEL.JUMPED)]),
      ),
      local.set(LOCAL.pc, i64.add(this.pcExpression(), asI64(module, offset))),
      module.br(LABEL.LOOK_UP),
    ]);
  }
  jumpIndirect(target: Value): void {
    const { module } = this;
    this.emit(
      module.local.set(LOCAL.pc, asI64(module, target)),
      module.br(LABEL.JUMPED_INDIRECTLY),
    );
    this.left = true;
  }

  vector(meaning: Field, word: Value, scalar: Value, second: Value): Value {
    const { module } = this;
    const status = this.newLocal(binaryen.i32);
    const operands = [
      this.hart(),
      asI32(module, word),
      asI64(module, scalar),
      asI64(module, second),
      module.i32.const(1),
    ];
    const number = this.field(meaning);
    const call = module.call_indirect('vector', number, operands, VECTOR_PARAMETERS, binaryen.i32);
    const isIllegal = module.i32.eq(
      module.local.get(status, binaryen.i32),
      module.i32.const(VECTOR_STATUS.ILLEGAL),
    );
    this.emit(
      this.sync(),
      module.local.set(status, call),
      module.br_if(LABEL.ILLEGAL, isIllegal),
      module.br_if(LABEL.TRAP, module.local.get(status, binaryen.i32)),
    );
    return this.let(i64Value(() => this.scratchValue(0)));
  }

  readCsr(csr: Field): Value {
    this.emit(this.sync(), this.callOrTrap('readCsr', this.field(csr)));
    return this.let(i64Value(() => this.scratchValue(0)));
  }
  writeCsr(csr: Field, value: Value): void {
    const { module } = this;
    const isFloat = module.i32.le_u(this.field(csr), module.i32.const(LAST_FLOAT_CSR));
    this.emit(
      this.sync(),
      this.scratch(0, asI64(module, value)),
      this.callOrTrap('writeCsr', this.field(csr)),
      module.local.set(LOCAL.system, module.i32.eqz(isFloat)),
    );
  }
  /** After a row that wrote a CSR or to a device: leave, for privilege, translation or interrupts may have changed. */
  leaveAfterSystem(): void {
    const { module } = this;
    this.emit(
      module.if(
        module.local.get(LOCAL.system, binaryen.i32),
        module.block(null, [
          module.local.set(LOCAL.system, module.i32.const(0)),
          this.advance(),
          ...this.exit(Exit.SYSTEM),
        ]),
      ),
    );
  }

  private exit(code: Exit): ExpressionRef[] {
    const { module } = this;
    return [module.local.set(LOCAL.code, module.i32.const(code)), module.br(LABEL.EXIT)];
  }
  private leave(code: Exit): void {
    this.emit(this.advance(), ...this.exit(code));
    this.left = true;
  }

  private raise(cause: ExpressionRef, tval: ExpressionRef): ExpressionRef {
    const { module } = this;
    return module.block(null, [
      module.i32.store(HART.CAUSE, 4, this.hart(), cause),
      module.i64.store(HART.TVAL, 8, this.hart(), tval),
      module.br(LABEL.TRAP),
    ]);
  }
  trap(cause: number, tval: Value): void {
    this.emit(this.raise(this.module.i32.const(cause), asI64(this.module, tval)));
    this.left = true;
  }
  environmentCall(): void {
    const { module } = this;
    const privilege = module.i32.load(HART.PRIVILEGE, 4, this.hart());
    const cause = module.i32.add(privilege, module.i32.const(CAUSE.ECALL_FROM_U));
    this.emit(this.raise(cause, module.i64.const(0)));
    this.left = true;
  }
  manageBlock(operation: BlockManagement, address: Value): void {
    this.requireBlock(operation);
    this.emit(
      this.sync(),
      this.scratch(0, asI64(this.module, this.blockOf(address))),
      this.callOrTrap('manageBlock'),
    );
  }
  fenceI(): void {
    this.leave(Exit.FENCE_I);
  }
  waitForInterrupt(): void {
    this.emit(this.sync(), this.callOrTrap('waitForInterrupt'));
    this.leave(Exit.WFI);
  }
  trapReturn(from: 'm' | 's'): void {
    const { module } = this;
    this.emit(
      this.sync(),
      this.callOrTrap('trapReturn', module.i32.const(from === 'm' ? 3 : 1)),
      // pc is the callee's: take it back, so that the common exit stores the same one again.
      module.local.set(LOCAL.pc, module.i64.load(HART.PC, 8, this.hart())),
      module.local.set(LOCAL.code, module.i32.const(Exit.SYSTEM)),
      module.br(LABEL.EXIT_AT_PC),
    );
    this.left = true;
  }
  sfenceVma(address: Value, asid: Value, hasAddress: Value, hasAsid: Value): void {
    const { module } = this;
    const flags = module.i32.or(
      asI32(module, hasAddress),
      module.i32.shl(asI32(module, hasAsid), module.i32.const(1)),
    );
    this.emit(
      this.sync(),
      this.scratch(0, asI64(module, address)),
      this.scratch(1, asI64(module, asid)),
      this.callOrTrap('sfenceVma', flags),
    );
    this.leave(Exit.SYSTEM);
  }
  orderTranslations(): void {
    this.emit(this.sync(), this.callOrTrap('sfenceVma', this.module.i32.const(ORDER_ONLY)));
    this.leave(Exit.SYSTEM);
  }
}
