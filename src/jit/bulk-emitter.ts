/**
 * Most iterations of a loop that copies or fills memory as one memory.copy or memory.fill, at the loop's header. All but the last
 * iteration of what lies in one page each, of the trip count, and of the budget: that last one runs as it is written, so that
 * every register has its value, and cannot fail, since its pages were looked up just now.
 */
import binaryen from 'binaryen';
import type { BulkLoop } from './bulk-loops.ts';
import { labelledBlock } from './labelled-block.ts';
import type { Sum } from './loop-values.ts';
import { TLB_TABLE, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import type { RegionEmitter } from './region-emitter.ts';
import { PARAMETER } from './region-interface.ts';
import { asI32, asI64, type ExpressionRef, type Value } from './value.ts';

const { i32, i64 } = binaryen;

const PAGE_BYTES = 4096;
/** Fewer are left to the loop: a call of memory.copy costs about as much. */
const MIN_BYTES = 64;
/** Iterations until the next try, where one did not pay. */
const PAUSE = 32;

export interface BulkFrame {
  /** Instructions of an iteration. */
  readonly count: number;
  /** Most instructions from the header to the next budget check. */
  readonly longest: number;
  /** Prefix of labels, unique in the function. */
  readonly label: string;
  /** The budget check. */
  readonly check: ExpressionRef;
}

class BulkEmitter {
  private readonly m: binaryen.Module;
  private readonly emitter: RegionEmitter;
  private readonly loop: BulkLoop;
  private readonly frame: BulkFrame;
  /** Iterations until the next try; kept for the whole function. */
  private readonly pause: number;
  /** Iterations to do at once. */
  private readonly iterations: number;

  constructor(emitter: RegionEmitter, loop: BulkLoop, frame: BulkFrame) {
    this.m = emitter.module;
    this.emitter = emitter;
    this.loop = loop;
    this.frame = frame;
    this.pause = emitter.locals.fixed(i32);
    emitter.locals.release();
    this.iterations = emitter.locals.temporary(i32);
  }

  private get(local: number): ExpressionRef {
    return this.m.local.get(local, i32);
  }

  private valueOf({ registers, offset }: Sum): Value {
    const { emitter } = this;
    return registers.reduce(
      (total, register) => emitter.add(total, emitter.x(register)),
      emitter.constant(offset),
    );
  }

  private giveUpIf(condition: ExpressionRef): void {
    this.emitter.emit(this.m.br_if(`${this.frame.label}attempt`, condition));
  }

  /** At most that many iterations. */
  private limit(most: ExpressionRef): void {
    const { m, emitter, iterations } = this;
    const other = emitter.locals.temporary(i32);
    emitter.emit(
      m.local.set(other, most),
      m.local.set(
        iterations,
        m.select(
          m.i32.lt_s(this.get(other), this.get(iterations)),
          this.get(other),
          this.get(iterations),
        ),
      ),
    );
  }

  /** Iterations after which the condition still holds, for certain; a page's at most. */
  private limitByCondition(): void {
    const { m, emitter, loop } = this;
    const { comparison } = loop.condition;
    const left = emitter.let(this.valueOf(loop.condition.left));
    const right = emitter.let(this.valueOf(loop.condition.right));
    this.giveUpIf(m.i32.eqz(asI32(m, emitter[comparison](left, right))));
    const [changing, end] = loop.isLeftChanging ? [left, right] : [right, left];
    const distance =
      loop.conditionStep > 0 ? emitter.sub(end, changing) : emitter.sub(changing, end);
    const step = m.i64.const(Math.abs(loop.conditionStep));
    const trips = emitter.locals.temporary(i64);
    const getTrips = (): ExpressionRef => m.local.get(trips, i64);
    const most = m.i64.const(PAGE_BYTES);
    emitter.emit(
      m.local.set(trips, m.i64.div_u(asI64(m, distance), step)),
      m.local.set(
        this.iterations,
        m.i32.wrap(m.select(m.i64.lt_u(getTrips(), most), getTrips(), m.i64.const(PAGE_BYTES))),
      ),
    );
  }

  /** One fewer than lie in the page of `va`. */
  private limitByPage(va: Value): void {
    const { m } = this;
    const offset = m.i32.and(asI32(m, va), m.i32.const(PAGE_BYTES - 1));
    const room = m.i32.sub(m.i32.const(PAGE_BYTES), offset);
    this.limit(m.i32.sub(m.i32.div_u(room, m.i32.const(this.loop.stride)), m.i32.const(1)));
  }

  /** Host address of `va`. */
  private lookUp(va: Value, table: number): number {
    const { m, emitter } = this;
    const entry = emitter.locals.temporary(i32);
    const host = emitter.locals.temporary(i32);
    const found = m.i32.add(this.get(emitter.tlb), tlbOffset(m, asI64(m, va)));
    emitter.emit(m.local.set(entry, found));
    this.giveUpIf(tlbMisses(m, this.get(entry), asI64(m, va), 1, table));
    emitter.emit(m.local.set(host, tlbHost(m, this.get(entry), asI64(m, va), table)));
    return host;
  }

  private bytes(): ExpressionRef {
    return this.m.i32.mul(this.get(this.iterations), this.m.i32.const(this.loop.stride));
  }

  /** Nothing of the source may have been written by an earlier iteration, nor within one. */
  private copy(source: Sum, target: Value): void {
    const { m, emitter, loop } = this;
    const from = emitter.let(this.valueOf(source));
    this.limitByPage(from);
    this.limitByPage(target);
    this.giveUpIf(this.isTooShort());
    const sourceHost = this.lookUp(from, TLB_TABLE.read);
    const targetHost = this.lookUp(target, TLB_TABLE.write);
    const ahead = m.i32.sub(this.get(targetHost), this.get(sourceHost));
    const room = m.i32.sub(m.i32.const(-loop.stride), this.bytes());
    this.giveUpIf(m.i32.gt_u(m.i32.sub(ahead, this.bytes()), room));
    emitter.emit(m.memory.copy(this.get(targetHost), this.get(sourceHost), this.bytes()));
  }

  private fill(register: number, size: number, target: Value): void {
    const { m, emitter } = this;
    const value = emitter.x(register);
    this.limitByPage(target);
    this.giveUpIf(this.isTooShort());
    if (size > 1 && register !== 0) {
      const low = emitter.mul(emitter.zext(value, 8), emitter.constant(0x0101_0101_0101_0101n));
      const unlike = emitter.shl(emitter.xor(value, low), emitter.constant(64 - 8 * size));
      this.giveUpIf(asI32(m, emitter.ne(unlike, emitter.constant(0))));
    }
    const host = this.lookUp(target, TLB_TABLE.write);
    emitter.emit(m.memory.fill(this.get(host), asI32(m, value), this.bytes()));
  }

  private isTooShort(): ExpressionRef {
    const least = Math.ceil(MIN_BYTES / this.loop.stride);
    return this.m.i32.lt_s(this.get(this.iterations), this.m.i32.const(least));
  }

  private limitByBudget(): void {
    const { m, frame } = this;
    const spare = m.i32.sub(this.get(PARAMETER.budget), m.i32.const(frame.longest));
    this.limit(m.i32.div_s(spare, m.i32.const(frame.count)));
  }

  /** Registers and budget after the iterations. */
  private account(): void {
    const { m, emitter, loop, frame } = this;
    for (const [register, step] of loop.steps) {
      const local = emitter.registerLocal('x', register);
      const change = m.i64.mul(m.i64.extend_u(this.get(this.iterations)), m.i64.const(step));
      emitter.emit(m.local.set(local, m.i64.add(m.local.get(local, i64), change)));
    }
    const retired = m.i32.mul(this.get(this.iterations), m.i32.const(frame.count));
    emitter.emit(
      m.local.set(PARAMETER.budget, m.i32.sub(this.get(PARAMETER.budget), retired)),
      m.local.set(this.pause, m.i32.const(0)),
    );
  }

  /** In place of the budget check. */
  build(): ExpressionRef {
    const { m, emitter, loop, frame } = this;
    const attempt = `${frame.label}attempt`;
    const checked = `${frame.label}checked`;
    const outer = emitter.take();
    this.limitByCondition();
    this.limitByBudget();
    const target = emitter.let(this.valueOf(loop.target));
    if ('register' in loop.from) this.fill(loop.from.register, loop.from.size, target);
    else this.copy(loop.from, target);
    this.account();
    const tried = emitter.take();
    emitter.emit(...outer);
    const wait = m.local.set(this.pause, m.i32.sub(this.get(this.pause), m.i32.const(1)));
    return labelledBlock(m, checked, [
      labelledBlock(m, attempt, [
        m.if(this.get(this.pause), m.block(null, [wait, m.br(attempt)])),
        m.local.set(this.pause, m.i32.const(PAUSE)),
        ...tried,
        m.br(checked),
      ]),
      frame.check,
    ]);
  }
}

/** The budget check of a loop's header, with a try to do many iterations at once before it. */
export function bulkCheck(emitter: RegionEmitter, loop: BulkLoop, frame: BulkFrame): ExpressionRef {
  return new BulkEmitter(emitter, loop, frame).build();
}
