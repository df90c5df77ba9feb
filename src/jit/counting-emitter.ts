/** The interpreter's emitter with branches counted, and predicted by the two-bit counters of the hart (BRANCH_PREDICTOR). */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { BRANCH_PREDICTOR } from '../machine/record-layout.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import { asI32, boolValue, type ExpressionRef, type Value } from './value.ts';

const { i32 } = binaryen;

/** Of a two-bit counter: strongly taken. */
const STRONGEST = 3;

export class CountingEmitter extends InterpreterEmitter {
  override branch(condition: Value, offset: Value): void {
    const { module } = this;
    const taken = this.newLocal(i32);
    const isTaken = () => module.local.get(taken, i32);
    this.emit(module.local.set(taken, asI32(module, condition)), this.increment(HART.BRANCHES));
    this.predict(isTaken);
    super.branch(boolValue(isTaken), offset);
  }

  override jump(offset: Value): void {
    this.emit(this.increment(HART.BRANCHES));
    super.jump(offset);
  }

  override jumpIndirect(target: Value): void {
    this.emit(this.increment(HART.BRANCHES));
    super.jumpIndirect(target);
  }

  private increment(offset: number, by = this.module.i64.const(1)): ExpressionRef {
    const { i64 } = this.module;
    return i64.store(offset, 8, this.hart(), i64.add(i64.load(offset, 8, this.hart()), by));
  }

  /** A miss is counted where the branch's counter says otherwise; the counter then follows the branch. */
  private predict(isTaken: () => ExpressionRef): void {
    const { module } = this;
    const word = module.i32;
    const [at, shift, counter] = [this.newLocal(i32), this.newLocal(i32), this.newLocal(i32)];
    const get = (local: number): ExpressionRef => module.local.get(local, i32);
    const table = HART.PREDICTOR;
    const byte = (): ExpressionRef => word.load8_u(table, 1, get(at));
    const index = word.and(
      word.shr_u(word.wrap(this.pcExpression()), word.const(1)),
      word.const(BRANCH_PREDICTOR.COUNTERS - 1),
    );
    const up = module.select(
      word.lt_u(get(counter), word.const(STRONGEST)),
      word.add(get(counter), word.const(1)),
      get(counter),
    );
    const down = module.select(get(counter), word.sub(get(counter), word.const(1)), word.const(0));
    const changed = word.xor(get(counter), module.select(isTaken(), up, down));
    const isMiss = word.ne(word.shr_u(get(counter), word.const(1)), isTaken());
    this.emit(
      module.local.set(at, index),
      module.local.set(shift, word.shl(word.and(get(at), word.const(3)), word.const(1))),
      module.local.set(at, word.add(this.hart(), word.shr_u(get(at), word.const(2)))),
      module.local.set(counter, word.and(word.shr_u(byte(), get(shift)), word.const(3))),
      this.increment(HART.BRANCH_MISSES, module.i64.extend_u(isMiss)),
      word.store8(table, 1, get(at), word.xor(byte(), word.shl(changed, get(shift)))),
    );
  }
}
