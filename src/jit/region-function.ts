/**
 * From a region's graph to one wasm function (hart, pc, budget) -> REGION_EXIT
 * (machine/record-layout.ts). Structure by the dominator tree: Ramsey, "Beyond Relooper" (ICFP 2022).
 */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { REGION_EXIT } from '../machine/record-layout.ts';
import { bulkCheck } from './bulk-emitter.ts';
import { type BulkLoop, bulkLoopOf } from './bulk-loops.ts';
import { type Block, type ControlFlow, DISPATCH, destinationOf } from './control-flow.ts';
import { latchLevels, predecessorsOf } from './dominators.ts';
import type { Sharing } from './kept-checks.ts';
import { labelledBlock, sequence } from './labelled-block.ts';
import type { Outcome, RegionOptions } from './region-emitter.ts';
import { EXIT, PAGE_BYTES, RegionFrame, UNCOUNTED_SHIFT } from './region-frame.ts';
import { PARAMETER } from './region-interface.ts';
import { EMPTY, minus, type RegisterSet } from './register-set.ts';
import { emitInstructions } from './shared-checks.ts';
import { stridedAttempt } from './strided-emitter.ts';
import { type StridedGroup, type StridedLoop, sharingsIn, stridedLoops } from './strided-loops.ts';
import { asI32, asI64, type ExpressionRef } from './value.ts';

const { i32, i64 } = binaryen;
/** Dispatch by a table from so many targets on, where at most so many of its places stand for one. */
const MIN_TABLE = 4;
const MAX_HOLES = 24;

/** Of a strided loop (strided-emitter.ts). */
interface Turn {
  readonly loop: StridedLoop;
  readonly addends: ReadonlyMap<StridedGroup, number>;
  readonly next: string;
  readonly leave: () => ExpressionRef;
}

class RegionFunction extends RegionFrame {
  private readonly predecessors = predecessorsOf(this.structure);
  /** By loop header, which of its loops a latch goes on with. */
  private readonly levels = new Map<number, ReadonlyMap<number, number>>();
  /** By header, loops of which most iterations need no look-ups. */
  private readonly strided = this.optimisations.has('stridedLoops')
    ? stridedLoops(
        this.flow,
        this.structure,
        this.accesses,
        (block) => this.bulkLoop(block) !== undefined,
      )
    : new Map<number, StridedLoop>();
  /** Blocks behind such loops, which both forms of them lead to. */
  private readonly hoisted = new Set<number>();
  /** The loop whose iterations without look-ups are emitted now. */
  private turn: Turn | undefined;

  build(): void {
    this.define(this.tree(this.flow.entry));
  }

  /** The block and what it dominates. */
  private tree(start: number): ExpressionRef[] {
    const { m, structure } = this;
    const isHeader = structure.loopHeaders.has(start);
    const behind = this.turn === undefined ? this.hoist(this.strided.get(start)) : [];
    const merges = (structure.children.get(start) ?? []).filter(
      (child) => structure.mergeNodes.has(child) && !this.hoisted.has(child),
    );
    if (isHeader && start !== DISPATCH && this.optimisations.has('nestedLoops'))
      this.levels.set(start, latchLevels(start, this.predecessors, structure));
    let code = this.block(start, isHeader || start === this.flow.entry);
    // The first merge node in order lies innermost.
    for (const merge of merges)
      code = [labelledBlock(m, this.mergeLabel(merge), code), ...this.tree(merge)];
    if (!isHeader || this.turn !== undefined) return code;
    // The innermost of its loops first.
    const levels = new Set(this.levels.get(start)?.values() ?? [0]);
    for (const level of [...levels].sort((a, b) => a - b)) {
      code = [m.loop(this.loopLabel(start, level), sequence(m, code))];
      if (level > 0) continue;
      for (const merge of behind)
        code = [labelledBlock(m, this.mergeLabel(merge), code), ...this.tree(merge)];
    }
    return code;
  }

  /** What blocks of the loop dominate and is not in it comes behind it, in this order. */
  private hoist(loop: StridedLoop | undefined): number[] {
    if (loop === undefined) return [];
    const { position, children } = this.structure;
    const behind = [...loop.inside]
      .flatMap((start) => children.get(start) ?? [])
      .filter((child) => !loop.inside.has(child));
    for (const start of behind) this.hoisted.add(start);
    return behind.sort((a, b) => (position.get(a) as number) - (position.get(b) as number));
  }

  private mergeLabel(start: number): string {
    return this.label(this.turn?.loop.inside.has(start) ? 'fastmerge' : 'merge', start);
  }

  private loopLabel(header: number, level: number): string {
    return this.label(level === 0 ? 'loop' : `nest${level}/`, header);
  }

  /** Leave where the slice may end before the next check, or another thread wants attention. */
  private check(start: number, dirty: RegisterSet): ExpressionRef {
    const { m, emitter } = this;
    // V8 would load a right operand twice. The budget is never negative, so nothing overflows.
    const attention = m.i32.load(HART.ATTENTION, 4, emitter.hart());
    const beyond = m.i32.sub(attention, this.budget());
    const longest = m.i32.const(-(this.longest.get(start) ?? 0));
    const leave = m.block(null, [
      ...this.spill(dirty),
      m.local.set(
        PARAMETER.pc,
        start === DISPATCH ? emitter.dynamicAddress(this.at) : emitter.address(start),
      ),
      ...this.stop(REGION_EXIT.BUDGET),
    ]);
    return emitter.hints.unlikely(m.if(m.i32.gt_s(beyond, longest), leave));
  }

  private bulkLoop(block: Block): BulkLoop | undefined {
    const isWhole = block.instructions.at(-1)?.second === undefined;
    return this.optimisations.has('bulkLoops') && isWhole ? bulkLoopOf(block) : undefined;
  }

  /** What comes before the code of a loop header, or of the region's entry. */
  private header(block: Block, dirty: RegisterSet): ExpressionRef {
    const { start, instructions } = block;
    const check = this.check(start, dirty);
    const strided = this.strided.get(start);
    if (strided !== undefined) return sequence(this.m, [this.attempt(strided), check]);
    const loop = this.bulkLoop(block);
    if (loop === undefined) return check;
    return bulkCheck(this.emitter, loop, {
      check,
      count: instructions.length,
      longest: this.longest.get(start) ?? 0,
      label: this.label('bulk', start),
    });
  }

  /** Iterations without look-ups, before a loop's written ones. */
  private attempt(loop: StridedLoop): ExpressionRef {
    const { m, emitter } = this;
    const { header, inside } = loop;
    return stridedAttempt(emitter, loop, {
      longest: this.longest.get(header) ?? 0,
      label: this.label('strided', header),
      forget: () => {
        for (const start of inside)
          for (const { group, kind } of this.accesses.get(start)?.values() ?? [])
            if (kind !== 'kept') emitter.forgetHost(group);
      },
      turn: (turn) => {
        this.turn = { ...turn, loop };
        const code = this.tree(header);
        this.turn = undefined;
        return code;
      },
      again: () => m.br(this.loopLabel(header, 0)),
    });
  }

  private block(start: number, isChecked: boolean): ExpressionRef[] {
    const { m, emitter } = this;
    const block = this.flow.blocks.get(start) as Block;
    const count = block.instructions.length;
    const { turn } = this;
    if (isChecked && turn === undefined)
      emitter.emit(this.header(block, this.plan.dirtyIn.get(start) ?? EMPTY));
    if (count > 0) {
      const rest = m.i32.sub(this.budget(), m.i32.const(count));
      emitter.emit(m.local.set(PARAMETER.budget, rest));
    }
    const spillSets = this.plan.spillSetOf.get(start);
    const loaded = this.plan.loadedBefore.get(start);
    const stored = this.plan.storedAfter.get(start);
    const sharings: ReadonlyMap<number, Sharing> =
      turn === undefined
        ? (this.accesses.get(start) ?? new Map())
        : sharingsIn(turn.loop, start, turn.addends);
    if (this.optimisations.has('shiftPairs')) emitter.shiftPairs.find(block.instructions);
    const outcome = emitInstructions(emitter, block.instructions, sharings, {
      failureOf: ({ offset }, index) => {
        const set = spillSets?.[index];
        if (set === undefined) return undefined;
        return {
          label: this.label('spill', set),
          code: offset | ((count - index) << UNCOUNTED_SHIFT),
        };
      },
      before: (index) => this.load(loaded?.[index] ?? EMPTY),
      after: (index) => this.spill(stored?.[index] ?? EMPTY),
      label: this.label(turn === undefined ? 'apart' : 'fastapart', start),
    });
    const dirty = this.plan.dirtyOut.get(start) ?? EMPTY;
    const code = emitter.take();
    return [...code, ...this.terminate(block, outcome, dirty)];
  }

  private terminate(block: Block, outcome: Outcome, dirty: RegisterSet): ExpressionRef[] {
    const { m, emitter } = this;
    const { terminator, start } = block;
    switch (terminator.kind) {
      case 'jump':
        return this.edge(start, terminator.target, dirty);
      case 'branch': {
        const condition = outcome.condition;
        if (condition === undefined) throw new Error('a branch has no condition');
        const test = asI32(m, condition);
        // One edge must not be built twice.
        if (terminator.taken === terminator.next) return this.edge(start, terminator.next, dirty);
        const taken = this.arm(start, terminator.taken, dirty);
        return [m.if(test, taken, this.arm(start, terminator.next, dirty))];
      }
      case 'indirect':
        return this.indirect(start, terminator.targets, outcome, dirty);
      case 'dispatch':
        return this.dispatch(terminator.targets, dirty);
      case 'stop':
        return [
          ...this.spill(dirty),
          m.local.set(PARAMETER.pc, emitter.address(terminator.at)),
          ...this.stop(REGION_EXIT.INSTRUCTION),
        ];
    }
  }

  private indirect(
    start: number,
    targets: readonly number[],
    outcome: Outcome,
    dirty: RegisterSet,
  ): ExpressionRef[] {
    const { m, emitter } = this;
    const { target } = outcome;
    if (target === undefined) throw new Error('a computed jump has no target');
    // The temporaries are free again in the arms: keep the target in a local of its own.
    const keep = m.local.set(PARAMETER.pc, asI64(m, target));
    let code = [...this.spill(dirty), m.br(this.label(EXIT))];
    const inside = targets.filter((to) =>
      this.structure.edges.get(start)?.includes(destinationOf(this.flow, start, to)),
    );
    if (
      inside.length >= MIN_TABLE &&
      inside.every((to) => destinationOf(this.flow, start, to) === DISPATCH)
    )
      return [keep, this.dispatchComputed(sequence(m, code))];
    for (const to of [...inside].reverse()) {
      const isThis = m.i64.eq(this.getLocal(PARAMETER.pc, i64), emitter.address(to));
      code = [m.if(isThis, this.arm(start, to, dirty), sequence(m, code))];
    }
    return [keep, ...code];
  }

  /** The address in pc may be anywhere; of this page it is dispatched. */
  private dispatchComputed(leave: ExpressionRef): ExpressionRef {
    const { m, emitter } = this;
    const offset = () =>
      m.i64.sub(this.getLocal(PARAMETER.pc, i64), this.getLocal(emitter.base, i64));
    const go = m.block(null, [
      m.local.set(this.at, m.i32.wrap(offset())),
      m.br(this.label('loop', DISPATCH)),
    ]);
    return m.if(m.i64.lt_u(offset(), m.i64.const(PAGE_BYTES)), go, leave);
  }

  /** To the target at the offset; of computed jumps it may be none of them. */
  private dispatch(targets: readonly number[], dirty: RegisterSet): ExpressionRef[] {
    const { m, emitter } = this;
    const at = () => this.getLocal(this.at, i32);
    const unknown = this.label('unknown');
    const arm = (to: number): ExpressionRef => this.arm(DISPATCH, to, dirty);
    const first = targets[0] ?? 0;
    const span = ((targets.at(-1) ?? first) - first) / 2 + 1;
    const isDense = targets.length >= MIN_TABLE && span <= targets.length * MAX_HOLES;
    let choice: ExpressionRef;
    if (isDense) {
      const labels = Array.from({ length: span }, (_hole, k) =>
        targets.includes(first + 2 * k) ? this.label('merge', first + 2 * k) : unknown,
      );
      const index = m.i32.shr_u(m.i32.sub(at(), m.i32.const(first)), m.i32.const(1));
      choice = m.switch(labels, unknown, index);
    } else {
      choice = this.search(targets, arm, unknown);
    }
    return [
      labelledBlock(m, unknown, [choice]),
      ...this.spill(dirty),
      m.local.set(PARAMETER.pc, emitter.dynamicAddress(this.at)),
      m.br(this.label(EXIT)),
    ];
  }

  /** Binary search among ascending targets. */
  private search(
    targets: readonly number[],
    arm: (to: number) => ExpressionRef,
    unknown: string,
  ): ExpressionRef {
    const { m } = this;
    const at = () => this.getLocal(this.at, i32);
    const middle = targets.length >> 1;
    const pivot = targets[middle];
    if (pivot === undefined) return m.br(unknown);
    if (targets.length === 1)
      return m.if(m.i32.eq(at(), m.i32.const(pivot)), arm(pivot), m.br(unknown));
    const isBelow = m.i32.lt_u(at(), m.i32.const(pivot));
    const below = this.search(targets.slice(0, middle), arm, unknown);
    return m.if(isBelow, below, this.search(targets.slice(middle), arm, unknown));
  }

  private arm(from: number, to: number, dirty: RegisterSet): ExpressionRef {
    return sequence(this.m, this.edge(from, to, dirty));
  }

  /** Go from one block to another, or out of the region. */
  private edge(from: number, to: number, dirty: RegisterSet): ExpressionRef[] {
    const { m, structure, emitter, turn } = this;
    const isLeaving = turn !== undefined && !turn.loop.inside.has(to);
    if (destinationOf(this.flow, from, to) === DISPATCH) {
      const place = m.local.set(this.at, m.i32.const(to));
      return [place, m.br(this.label('loop', DISPATCH))];
    }
    if (!(structure.edges.get(from)?.includes(to) ?? false)) {
      return [
        ...this.spill(dirty),
        m.local.set(PARAMETER.pc, emitter.address(to)),
        m.br(this.label(EXIT)),
      ];
    }
    const position = (start: number): number => structure.position.get(start) as number;
    const isBack = position(to) <= position(from);
    const isPlaced = !isBack && !structure.mergeNodes.has(to) && !this.hoisted.has(to);
    const back = () =>
      to === turn?.loop.header
        ? turn.next
        : this.loopLabel(to, this.levels.get(to)?.get(from) ?? 0);
    const go = isPlaced ? this.tree(to) : [m.br(isBack ? back() : this.mergeLabel(to))];
    if (isLeaving) go.unshift(turn.leave());
    const { dirtyIn, neededIn, availableOut } = this.plan;
    return [
      ...this.spill(minus(dirty, dirtyIn.get(to) ?? EMPTY)),
      ...this.load(minus(neededIn.get(to) ?? EMPTY, availableOut.get(from) ?? EMPTY)),
      ...go,
    ];
  }
}

/** Add the function, named and exported as `name`, to the module. */
export function addRegion(
  module: binaryen.Module,
  flow: ControlFlow,
  name: string,
  options: RegionOptions,
): void {
  new RegionFunction(module, flow, name, options).build();
}
