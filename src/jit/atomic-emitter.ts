/** Atomic memory operations of both emitters, over a host address that the emitter finds (or leaves by a trap or miss). */
import binaryen from 'binaryen';
import type { AmoOperation, AmoSize, BlockManagement } from '../isa/ops.ts';
import { CACHE_BLOCK_BYTES, CBO_ALLOWED, HART, PAIR_LOCK } from '../machine/hart-layout.ts';
import { FloatEmitter } from './float-emitter.ts';
import { atomicReadModifyWrite, compareExchange, loadSized, storeSized } from './memory-forms.ts';
import { asI64, type ExpressionRef, type Value } from './value.ts';

/** Bytes that an aligned access has. */
export type AlignedSize = AmoSize | 16 | typeof CACHE_BLOCK_BYTES;

const WIDTH = { 1: 8, 2: 16, 4: 32 } as const;

export abstract class AtomicEmitter<R> extends FloatEmitter<R> {
  private labels = 0;

  /** Host address of `size` aligned bytes, translated for reading or for writing. */
  protected abstract hostAddress(
    address: Value,
    size: AlignedSize,
    write: boolean,
  ): () => ExpressionRef;
  /** Leave with an illegal instruction where the condition does not hold. */
  protected abstract requireLegal(condition: ExpressionRef): void;

  /** Narrow values as registers hold them. */
  private signed(value: Value, size: AmoSize): Value {
    return size === 8 ? value : this.sext(value, WIDTH[size]);
  }
  /** Narrow values as memory gives and takes them. */
  private unsigned(value: Value, size: AmoSize): Value {
    return size === 8 ? value : this.zext(value, WIDTH[size]);
  }

  /** Whether this thread alone runs guest code, where that can be told. */
  protected isAlone(): ExpressionRef | undefined {
    return undefined;
  }

  /** Emit what is atomic for other threads; where there are none, the host's locks and fences serve nobody. */
  private atomically(plain: () => void, locked: () => void): void {
    const { module } = this;
    const isAlone = this.isAlone();
    if (isAlone === undefined) {
      locked();
      return;
    }
    const outer = this.take();
    plain();
    const whereAlone = module.block(null, this.take());
    locked();
    const elsewhere = module.block(null, this.take());
    this.emit(...outer, module.if(isAlone, whereAlone, elsewhere));
  }

  amo(operation: AmoOperation, address: Value, size: AmoSize, value: Value): Value {
    const { module } = this;
    const operand = this.let(value);
    const host = this.hostAddress(address, size, true);
    const old = this.newLocal(binaryen.i64);
    const plain = (): void => {
      this.emit(module.local.set(old, loadSized(module, size, false, host())));
      const replacement = this.replacement(operation, size, this.localValue(old), operand);
      this.emit(storeSized(module, size, host(), asI64(module, replacement)));
    };
    const locked = (): void => {
      const wanted = asI64(module, operand);
      const simple = atomicReadModifyWrite(module, operation, size, host(), wanted);
      if (simple === undefined) this.minimumLoop(operation, size, host, operand, old);
      else this.emit(module.local.set(old, simple));
    };
    this.atomically(plain, locked);
    return this.signed(this.localValue(old), size);
  }

  /** What an operation stores; bits beyond `size` are any. */
  private replacement(operation: AmoOperation, size: AmoSize, old: Value, operand: Value): Value {
    switch (operation) {
      case 'swap':
        return operand;
      case 'add':
      case 'xor':
      case 'and':
      case 'or':
        return this[operation](old, operand);
      case 'min':
      case 'max':
      case 'minu':
      case 'maxu':
        return this.lesser(operation, size, old, operand);
    }
  }

  /** The lesser for minima, the greater for maxima. */
  private lesser(operation: AmoOperation, size: AmoSize, old: Value, operand: Value): Value {
    const isUnsigned = operation.endsWith('u');
    const extend = (value: Value): Value =>
      isUnsigned ? this.unsigned(value, size) : this.signed(value, size);
    const [a, b] = [extend(old), extend(operand)];
    const isLess = isUnsigned ? this.ltU(b, a) : this.ltS(b, a);
    return operation.startsWith('min')
      ? this.select(isLess, operand, old)
      : this.select(isLess, old, operand);
  }

  /** Minimum and maximum by compare and exchange until nobody came between. */
  private minimumLoop(
    operation: AmoOperation,
    size: AmoSize,
    host: () => ExpressionRef,
    operand: Value,
    old: number,
  ): void {
    const { module } = this;
    const seen = this.newLocal(binaryen.i64);
    const current = this.localValue(seen);
    const chosen = this.lesser(operation, size, current, operand);
    const replacement = this.unsigned(chosen, size);
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

  compareAndSwap(address: Value, size: AmoSize, expected: Value, replacement: Value): Value {
    const { module } = this;
    const [before, after] = [this.let(expected), this.let(replacement)];
    const host = this.hostAddress(address, size, true);
    const old = this.newLocal(binaryen.i64);
    const wanted = () => asI64(module, this.unsigned(before, size));
    this.exchange(size, host, wanted, () => asI64(module, this.unsigned(after, size)), old);
    return this.signed(this.localValue(old), size);
  }

  /** Compare and exchange, of values as memory gives and takes them: `old` is the old one. */
  private exchange(
    size: AmoSize,
    host: () => ExpressionRef,
    expected: () => ExpressionRef,
    replacement: () => ExpressionRef,
    old: number,
  ): void {
    const { module } = this;
    const plain = (): void => {
      const isEqual = module.i64.eq(module.local.get(old, binaryen.i64), expected());
      this.emit(
        module.local.set(old, loadSized(module, size, false, host())),
        module.if(isEqual, storeSized(module, size, host(), replacement())),
      );
    };
    const locked = (): void => {
      const exchanged = compareExchange(module, size, host(), expected(), replacement());
      this.emit(module.local.set(old, exchanged));
    };
    this.atomically(plain, locked);
  }

  /**
   * Two exchanges, of which the first is taken back if the second fails: nothing is lost that others store to one half. The
   * lock is for those who do the same.
   */
  compareAndSwapPair(
    address: Value,
    expected: readonly [Value, Value],
    replacement: readonly [Value, Value],
  ): readonly [Value, Value] {
    const { module } = this;
    const [low, high, newLow, newHigh] = [...expected, ...replacement].map((it) =>
      this.let(it),
    ) as [Value, Value, Value, Value];
    const host = this.hostAddress(address, 16, true);
    const second = () => module.i32.add(host(), module.i32.const(8));
    const [oldLow, oldHigh] = [this.newLocal(binaryen.i64), this.newLocal(binaryen.i64)];
    const get = (local: number): ExpressionRef => module.local.get(local, binaryen.i64);
    const lock = () => module.i32.const(PAIR_LOCK);
    const label = `pair${this.labels++}`;
    const taken = module.i32.atomic.rmw.cmpxchg(
      0,
      lock(),
      module.i32.const(0),
      module.i32.const(1),
    );
    const exchangeHigh = module.local.set(
      oldHigh,
      compareExchange(module, 8, second(), asI64(module, high), asI64(module, newHigh)),
    );
    const takeBack = module.drop(
      compareExchange(module, 8, host(), asI64(module, newLow), asI64(module, low)),
    );
    const isLow = module.i64.eq(get(oldLow), asI64(module, low));
    this.emit(
      module.loop(label, module.br_if(label, taken)),
      module.local.set(oldHigh, module.i64.atomic.load(0, second())),
      module.local.set(oldLow, module.i64.atomic.load(0, host())),
      module.if(
        module.i32.and(isLow, module.i64.eq(get(oldHigh), asI64(module, high))),
        module.block(null, [
          module.local.set(
            oldLow,
            compareExchange(module, 8, host(), asI64(module, low), asI64(module, newLow)),
          ),
          module.if(
            module.i64.eq(get(oldLow), asI64(module, low)),
            module.block(null, [
              exchangeHigh,
              module.if(module.i64.ne(get(oldHigh), asI64(module, high)), takeBack),
            ]),
          ),
        ]),
      ),
      module.i32.atomic.store(0, lock(), module.i32.const(0)),
    );
    return [this.localValue(oldLow), this.localValue(oldHigh)];
  }

  protected blockOf(address: Value): Value {
    return this.and(address, this.constant(-CACHE_BLOCK_BYTES));
  }
  protected requireBlock(operation: BlockManagement | 'zero'): void {
    const { module } = this;
    const allowed = module.i32.load(HART.CACHE_BLOCKS, 4, this.hart());
    this.requireLegal(module.i32.and(allowed, module.i32.const(CBO_ALLOWED[operation])));
  }

  zeroBlock(address: Value): void {
    const { module } = this;
    this.requireBlock('zero');
    const host = this.hostAddress(this.blockOf(address), CACHE_BLOCK_BYTES, true);
    for (let offset = 0; offset < CACHE_BLOCK_BYTES; offset += 8) {
      this.emit(module.i64.store(offset, 8, host(), module.i64.const(0)));
    }
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
    const old = this.newLocal(binaryen.i64);
    const expected = () => module.i64.load(HART.RESERVED_VALUE, 8, this.hart());
    const replacement = size === 4 ? this.zext(operand, 32) : operand;
    const isHeld = this.isReservedAt(host);
    this.emit(module.local.set(failed, module.i32.const(1)));
    this.when(isHeld, () => {
      this.exchange(size, host, expected, () => asI64(module, replacement), old);
      const differs = module.i64.ne(module.local.get(old, binaryen.i64), expected());
      this.emit(module.local.set(failed, differs));
    });
    this.emit(module.i32.store(HART.RESERVATION, 4, this.hart(), module.i32.const(0)));
    return { type: 'bool', simple: true, build: () => module.local.get(failed, binaryen.i32) };
  }

  private isReservedAt(host: () => ExpressionRef): Value {
    const { i32 } = this.module;
    return {
      type: 'bool',
      build: () => i32.eq(i32.load(HART.RESERVATION, 4, this.hart()), host()),
    };
  }

  fence(): void {
    const locked = (): void => this.emit(this.module.atomic.fence());
    this.atomically(() => undefined, locked);
  }
}
