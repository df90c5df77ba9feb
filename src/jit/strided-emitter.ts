/**
 * Iterations of a loop that walks through memory (strided-loops.ts) without look-ups: as many as all its groups stay in their pages, and as the
 * budget has. Then, and while that does not pay, iterations run as they are written.
 */
import binaryen from 'binaryen';
import { TLB } from '../machine/hart-layout.ts';
import { labelledBlock, sequence } from './labelled-block.ts';
import { TLB_TABLE, tlbMisses } from './memory-forms.ts';
import type { RegionEmitter } from './region-emitter.ts';
import { PARAMETER } from './region-interface.ts';
import type { StridedGroup, StridedLoop } from './strided-loops.ts';
import { asI32, asI64, type ExpressionRef, type Value } from './value.ts';

const { i32 } = binaryen;

const PAGE_BYTES = 4096;
/** At a time: as long nobody looks whether another thread wants attention. */
const MAX_ITERATIONS = 512;
/** Fewer are left to the loop as it is written. */
const MIN_ITERATIONS = 4;
/** So many iterations are written ones before the first try, and after one that came to a page's end. */
const PATIENCE = 4;
const PAUSE_AT_END = 4;
/** The same after one that did not pay, and twice as many after each further one: loops of few iterations are not slowed down for long. */
const PAUSE = 32;
const MAX_PAUSE = 4096;

export interface StridedFrame {
  /** Most instructions from the header to the next budget check, and so of an iteration. */
  readonly longest: number;
  /** Prefix of labels, unique in the function. */
  readonly label: string;
  /** Emit that what the loop's written iterations have looked up is not known any more. */
  readonly forget: () => void;
  /**
   * The blocks of an iteration, whose accesses lie at their addresses plus the addend in the local of their group. It ends with a branch to
   * `next`, or leaves the loop behind `leave`.
   */
  readonly turn: (turn: {
    readonly addends: ReadonlyMap<StridedGroup, number>;
    readonly next: string;
    readonly leave: () => ExpressionRef;
  }) => ExpressionRef[];
  /** To the header. */
  readonly again: () => ExpressionRef;
}

class StridedEmitter {
  private readonly m: binaryen.Module;
  private readonly emitter: RegionEmitter;
  private readonly loop: StridedLoop;
  private readonly frame: StridedFrame;
  private readonly attempt: string;
  /** Written iterations since the last try, less those that it put off; PATIENCE is enough. */
  private readonly patience: number;
  /** Iterations to wait for after a try that does not pay, less PAUSE. */
  private readonly pause: number;
  /** Iterations that are granted, and left. */
  private readonly granted: number;
  private readonly left: number;
  private readonly addends: ReadonlyMap<StridedGroup, number>;

  constructor(emitter: RegionEmitter, loop: StridedLoop, frame: StridedFrame) {
    const { locals } = emitter;
    this.m = emitter.module;
    this.emitter = emitter;
    this.loop = loop;
    this.frame = frame;
    this.attempt = `${frame.label}attempt`;
    this.patience = locals.fixed(i32);
    this.pause = locals.fixed(i32);
    this.granted = locals.fixed(i32);
    this.left = locals.fixed(i32);
    this.addends = new Map(loop.groups.map((group) => [group, locals.fixed(i32)]));
    locals.release();
  }

  private get(local: number): ExpressionRef {
    return this.m.local.get(local, i32);
  }

  private wait(iterations: number): ExpressionRef {
    return this.m.local.set(this.patience, this.m.i32.const(PATIENCE - iterations));
  }

  /** As if this try did not pay. */
  private waitLonger(): ExpressionRef[] {
    const { m, patience, pause } = this;
    const next = m.i32.add(m.i32.shl(this.get(pause), m.i32.const(1)), m.i32.const(PAUSE));
    const isMost = m.i32.gt_s(this.get(pause), m.i32.const(MAX_PAUSE));
    return [
      m.local.set(patience, m.i32.sub(m.i32.const(PATIENCE - PAUSE), this.get(pause))),
      m.local.set(pause, m.select(isMost, this.get(pause), next)),
    ];
  }

  /** This one did. */
  private hasPaid(): ExpressionRef[] {
    return [this.wait(0), this.m.local.set(this.pause, this.m.i32.const(0))];
  }

  private grantAtMost(most: ExpressionRef): void {
    const { m, emitter, granted } = this;
    const other = emitter.locals.temporary(i32);
    const isLess = m.i32.lt_s(this.get(other), this.get(granted));
    emitter.emit(
      m.local.set(other, most),
      m.local.set(granted, m.select(isLess, this.get(other), this.get(granted))),
    );
  }

  private addressOf({ registers, low }: StridedGroup): Value {
    const { emitter } = this;
    return emitter.let(
      registers.reduce(
        (total, register) => emitter.add(total, emitter.x(register)),
        emitter.constant(low),
      ),
    );
  }

  /** Find the group's addend, and for how many iterations it holds. */
  private lookUp(group: StridedGroup): void {
    const { m, emitter } = this;
    const { low, end, step, writes } = group;
    const va = this.addressOf(group);
    const entry = emitter.findEntry(va);
    const table = writes ? TLB_TABLE.write : TLB_TABLE.read;
    const misses = tlbMisses(m, entry(), asI64(m, va), end - low, table);
    emitter.emit(
      m.br_if(this.attempt, misses),
      m.local.set(this.addends.get(group) as number, m.i32.load(table + TLB.ADDEND, 4, entry())),
    );
    if (step === 0) return;
    const offset = m.i32.and(asI32(m, va), m.i32.const(PAGE_BYTES - 1));
    const room = step > 0 ? m.i32.sub(m.i32.const(PAGE_BYTES - (end - low)), offset) : offset;
    const more = m.i32.div_u(room, m.i32.const(Math.abs(step)));
    this.grantAtMost(m.i32.add(more, m.i32.const(1)));
  }

  /** The iterations themselves: never goes on behind them. */
  private iterate(): ExpressionRef {
    const { m, frame, addends } = this;
    const label = `${frame.label}fast`;
    const next = `${frame.label}next`;
    const used = (): ExpressionRef => m.i32.sub(this.get(this.granted), this.get(this.left));
    const leave = (): ExpressionRef =>
      m.if(m.i32.gt_s(used(), m.i32.const(MIN_ITERATIONS)), sequence(m, this.hasPaid()));
    const turn = labelledBlock(m, next, frame.turn({ addends, next, leave }));
    const goOn = [
      m.local.set(this.left, m.i32.sub(this.get(this.left), m.i32.const(1))),
      m.br_if(label, this.get(this.left)),
      ...this.hasPaid(),
      frame.again(),
    ];
    return m.loop(label, sequence(m, [turn, ...goOn]));
  }

  build(): ExpressionRef {
    const { m, emitter, frame, loop } = this;
    const outer = emitter.take();
    const waits = m.block(null, [
      m.local.set(this.patience, m.i32.add(this.get(this.patience), m.i32.const(1))),
      m.br(this.attempt),
    ]);
    const spare = m.i32.sub(this.get(PARAMETER.budget), m.i32.const(frame.longest));
    emitter.emit(
      emitter.hints.unlikely(
        m.if(m.i32.lt_s(this.get(this.patience), m.i32.const(PATIENCE)), waits),
      ),
      ...this.waitLonger(),
      m.local.set(this.granted, m.i32.const(MAX_ITERATIONS)),
    );
    this.grantAtMost(m.i32.div_s(spare, m.i32.const(frame.longest)));
    for (const group of loop.groups) this.lookUp(group);
    const isShort = m.i32.lt_s(this.get(this.granted), m.i32.const(MIN_ITERATIONS));
    emitter.emit(
      m.if(isShort, sequence(m, [this.wait(PAUSE_AT_END), m.br(this.attempt)])),
      m.local.set(this.left, this.get(this.granted)),
    );
    frame.forget();
    const setup = emitter.take();
    const code = [...setup, this.iterate()];
    emitter.emit(...outer);
    return labelledBlock(m, this.attempt, code);
  }
}

/** Before a loop's header: goes on behind it only where the next iteration is to run as it is written. */
export function stridedAttempt(
  emitter: RegionEmitter,
  loop: StridedLoop,
  frame: StridedFrame,
): ExpressionRef {
  return new StridedEmitter(emitter, loop, frame).build();
}
