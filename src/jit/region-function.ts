/**
 * From a region's graph to one wasm function (hart, pc, budget) -> REGION_EXIT
 * (machine/record-layout.ts). Structure by the dominator tree: Ramsey, "Beyond Relooper" (ICFP 2022).
 */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { REGION_EXIT } from '../machine/record-layout.ts';
import { bulkCheck } from './bulk-emitter.ts';
import { bulkLoopOf } from './bulk-loops.ts';
import { type Block, type ControlFlow, DISPATCH, destinationOf } from './control-flow.ts';
import { latchLevels, predecessorsOf } from './dominators.ts';
import { labelledBlock, sequence } from './labelled-block.ts';
import type { Outcome, RegionOptions } from './region-emitter.ts';
import { EXIT, PAGE_BYTES, RegionFrame, UNCOUNTED_SHIFT } from './region-frame.ts';
import { PARAMETER } from './region-interface.ts';
import { EMPTY, minus, type RegisterSet } from './register-set.ts';
import { emitInstructions } from './shared-checks.ts';
import { asI32, asI64, type ExpressionRef } from './value.ts';

const { i32, i64 } = binaryen;
/** Dispatch by a table from so many targets on, where at most so many of its places stand for one. */
const MIN_TABLE = 4;
const MAX_HOLES = 24;

class RegionFunction extends RegionFrame {
  private readonly predecessors = predecessorsOf(this.structure);
  /** By loop header, which of its loops a latch goes on with. */
  private readonly levels = new Map<number, ReadonlyMap<number, number>>();

  build(): void {
    this.define(this.tree(this.flow.entry));
  }

  /** The block and what it dominates. */
  private tree(start: number): ExpressionRef[] {
    const { m, structure } = this;
    const merges = (structure.children.get(start) ?? []).filter((child) =>
      structure.mergeNodes.has(child),
    );
    const isHeader = structure.loopHeaders.has(start);
    if (isHeader && start !== DISPATCH && this.optimisations.has('nestedLoops'))
      this.levels.set(start, latchLevels(start, this.predecessors, structure));
    let code = this.block(start, isHeader || start === this.flow.entry);
    // The first merge node in order lies innermost.
    for (const merge of merges)
      code = [labelledBlock(m, this.label('merge', merge), code), ...this.tree(merge)];
    if (!isHeader) return code;
    // The innermost of its loops first.
    const levels = new Set(this.levels.get(start)?.values() ?? [0]);
    for (const level of [...levels].sort((a, b) => a - b))
      code = [m.loop(this.loopLabel(start, level), sequence(m, code))];
    return code;
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

  /** What comes before the code of a loop header, or of the region's entry. */
  private header(block: Block, dirty: RegisterSet): ExpressionRef {
    const { start, instructions } = block;
    const check = this.check(start, dirty);
    const isWhole = instructions.at(-1)?.second === undefined;
    const loop = this.optimisations.has('bulkLoops') && isWhole ? bulkLoopOf(block) : undefined;
    if (loop === undefined) return check;
    return bulkCheck(this.emitter, loop, {
      check,
      count: instructions.length,
      longest: this.longest.get(start) ?? 0,
      label: this.label('bulk', start),
    });
  }

  private block(start: number, isChecked: boolean): ExpressionRef[] {
    const { m, emitter } = this;
    const block = this.flow.blocks.get(start) as Block;
    const count = block.instructions.length;
    if (isChecked) emitter.emit(this.header(block, this.plan.dirtyIn.get(start) ?? EMPTY));
    if (count > 0) {
      const rest = m.i32.sub(this.budget(), m.i32.const(count));
      emitter.emit(m.local.set(PARAMETER.budget, rest));
    }
    const spillSets = this.plan.spillSetOf.get(start);
    const loaded = this.plan.loadedBefore.get(start);
    const stored = this.plan.storedAfter.get(start);
    const sharings = this.accesses.get(start) ?? new Map();
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
      label: this.label('apart', start),
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
    const { m, structure, emitter } = this;
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
    const isPlaced = !isBack && !structure.mergeNodes.has(to);
    const back = () => this.loopLabel(to, this.levels.get(to)?.get(from) ?? 0);
    const go = isPlaced ? this.tree(to) : [m.br(isBack ? back() : this.label('merge', to))];
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
