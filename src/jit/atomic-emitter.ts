/** Atomic memory operations of both emitters, over a host address that the emitter finds (or leaves by a trap or miss). */
import binaryen from 'binaryen';
import type { AmoOperation } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import { FloatEmitter } from './float-emitter.ts';
import { atomicReadModifyWrite, compareExchange, loadSized } from './memory-forms.ts';
import { asI64, type ExpressionRef, type Value } from './value.ts';

export abstract class AtomicEmitter<R> extends FloatEmitter<R> {
  private labels = 0;

  /** Host address of `size` aligned bytes, translated for reading or for writing. */
  protected abstract hostAddress(address: Value, size: 4 | 8, write: boolean): () => ExpressionRef;

  amo(operation: AmoOperation, address: Value, size: 4 | 8, value: Value): Value {
    const { module } = this;
    const operand = this.let(value);
    const host = this.hostAddress(address, size, true);
    const old = this.newLocal(binaryen.i64);
    const simple = atomicReadModifyWrite(module, operation, size, host(), asI64(module, operand));
    if (simple === undefined) this.minimumLoop(operation, size, host, operand, old);
    else this.emit(module.local.set(old, simple));
    const result = this.localValue(old);
    return size === 4 ? this.sext(result, 32) : result;
  }

  /** Minimum and maximum by compare and exchange until nobody came between. */
  private minimumLoop(
    operation: AmoOperation,
    size: 4 | 8,
    host: () => ExpressionRef,
    operand: Value,
    old: number,
  ): void {
    const { module } = this;
    const isUnsigned = operation.endsWith('u');
    const seen = this.newLocal(binaryen.i64);
    const extend = (value: Value): Value =>
      size === 8 ? value : isUnsigned ? this.zext(value, 32) : this.sext(value, 32);
    const current = this.localValue(seen);
    const [a, b] = [extend(current), extend(operand)];
    const isLess = isUnsigned ? this.ltU(b, a) : this.ltS(b, a);
    const isMinimum = operation.startsWith('min');
    const chosen = this.select(
      isLess,
      isMinimum ? operand : current,
      isMinimum ? current : operand,
    );
    const replacement = size === 4 ? this.zext(chosen, 32) : chosen;
    const exchanged = compareExchange(
      module,
      size,
      host(),
      current.build(),
      asI64(module, replacement),
    );
    const label = `minimum${this.labels++}`;
    const repeat = [
      module.local.set(seen, module.local.get(old, binaryen.i64)),
      module.local.set(old, exchanged),
      module.br_if(label, module.i64.ne(current.build(), module.local.get(old, binaryen.i64))),
    ];
    this.emit(
      module.local.set(old, loadSized(module, size, false, host())),
      module.loop(label, module.block(null, repeat)),
    );
  }

  loadReserved(address: Value, size: 4 | 8): Value {
    const { module } = this;
    const host = this.hostAddress(address, size, false);
    const local = this.newLocal(binaryen.i64);
    const value = this.localValue(local);
    this.emit(
      module.local.set(local, loadSized(module, size, false, host())),
      module.i32.store(HART.RESERVATION, 4, this.hart(), host()),
      module.i64.store(HART.RESERVED_VALUE, 8, this.hart(), value.build()),
    );
    return size === 4 ? this.sext(value, 32) : value;
  }

  storeConditional(address: Value, size: 4 | 8, value: Value): Value {
    const { module } = this;
    const operand = this.let(value);
    const host = this.hostAddress(address, size, true);
    const failed = this.newLocal(binaryen.i32);
    const expected = () => module.i64.load(HART.RESERVED_VALUE, 8, this.hart());
    const replacement = size === 4 ? this.zext(operand, 32) : operand;
    const isHeld = module.i32.eq(module.i32.load(HART.RESERVATION, 4, this.hart()), host());
    const attempt = module.i64.ne(
      compareExchange(module, size, host(), expected(), asI64(module, replacement)),
      expected(),
    );
    this.emit(
      module.local.set(failed, module.if(isHeld, attempt, module.i32.const(1))),
      module.i32.store(HART.RESERVATION, 4, this.hart(), module.i32.const(0)),
    );
    return { type: 'bool', simple: true, build: () => module.local.get(failed, binaryen.i32) };
  }

  fence(): void {
    this.emit(this.module.atomic.fence());
  }
}
