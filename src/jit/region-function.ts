/**
 * From a region's graph to one wasm function (hart, pc, budget) -> REGION_EXIT
 * (machine/record-layout.ts). Structure by the dominator tree: Ramsey, "Beyond Relooper" (ICFP 2022).
 */
import binaryen from 'binaryen';
import { HART, JUMP_CACHE } from '../machine/hart-layout.ts';
import { REGION_EXIT } from '../machine/record-layout.ts';
import { groupAccesses } from './access-groups.ts';
import { bulkCheck } from './bulk-emitter.ts';
import { bulkLoopOf } from './bulk-loops.ts';
import type { Block, ControlFlow } from './control-flow.ts';
import { type Structure, structureOf } from './dominators.ts';
import {
  EMPTY,
  planRegisters,
  type RegisterPlan,
  type RegisterSet,
  registersIn,
  union,
  writesOf,
} from './liveness.ts';
import { jumpCacheOffset } from './memory-forms.ts';
import type { Optimisations } from './optimisations.ts';
import { longestPaths } from './path-length.ts';
import {
  type Outcome,
  PARAMETER,
  REGION_PARAMETERS,
  RegionEmitter,
  type RegionOptions,
  slotOf,
} from './region-emitter.ts';
import { asI32, type ExpressionRef } from './value.ts';

const { i32, i64, f64 } = binaryen;
const EXIT = 'exit';
const STOP = 'stop';
/** `failed` holds the page offset, and above it the instructions that were counted but not executed. */
const UNCOUNTED_SHIFT = 13;

class RegionFunction {
  private readonly m: binaryen.Module;
  private readonly flow: ControlFlow;
  private readonly structure: Structure;
  private readonly plan: RegisterPlan;
  private readonly emitter: RegionEmitter;
  private readonly longest: ReadonlyMap<number, number>;
  private readonly prefix: string;
  private readonly optimisations: Optimisations;

  constructor(module: binaryen.Module, flow: ControlFlow, prefix: string, options: RegionOptions) {
    this.m = module;
    this.flow = flow;
    this.prefix = prefix;
    this.structure = structureOf(flow);
    this.plan = planRegisters(flow, this.structure);
    this.longest = longestPaths(flow, this.structure);
    this.emitter = new RegionEmitter(module, options);
    this.optimisations = options.optimisations;
  }

  private label(kind: string, start?: number): string {
    return `${this.prefix}${kind}${start ?? ''}`;
  }
  private getLocal(index: number, type: binaryen.Type): ExpressionRef {
    return this.m.local.get(index, type);
  }
  private budget(): ExpressionRef {
    return this.getLocal(PARAMETER.budget, i32);
  }

  build(): void {
    const { m } = this;
    const tree = this.tree(this.flow.entry);
    let body: ExpressionRef = m.block(null, [...this.prologue(), tree]);
    this.plan.spillSets.forEach((set, index) => {
      body = m.block(null, [
        m.block(this.label('spill', index), [body]),
        ...this.spill(set),
        ...this.restoreFailed(),
        ...this.stop(REGION_EXIT.OPERAND),
      ]);
    });
    const exit = m.block(null, [
      m.block(this.label(EXIT), [body]),
      ...this.leaveThroughJumpCache(),
    ]);
    const stop = m.block(
      null,
      [
        m.block(this.label(STOP), [exit]),
        ...this.storeState(),
        this.getLocal(this.emitter.failed, i32),
      ],
      i32,
    );
    const { locals, hints } = this.emitter;
    const built = m.addFunction(this.prefix, REGION_PARAMETERS, i32, locals.types, stop);
    if (this.optimisations.has('branchHints')) hints.locate(m, built);
    m.addFunctionExport(this.prefix, this.prefix);
  }

  /** To STOP, which returns what `failed` holds. */
  private stop(reason: number): ExpressionRef[] {
    const { m } = this;
    return [m.local.set(this.emitter.failed, m.i32.const(reason)), m.br(this.label(STOP))];
  }

  /** Load what the region needs; leave at once where floating point cannot go on. */
  private prologue(): ExpressionRef[] {
    const { m, emitter } = this;
    const hart = () => emitter.hart();
    const instructions = [...this.flow.blocks.values()].flatMap((block) => block.instructions);
    const code: ExpressionRef[] = [
      m.local.set(
        emitter.base,
        m.i64.sub(this.getLocal(PARAMETER.pc, i64), m.i64.const(this.flow.entry)),
      ),
      m.local.set(emitter.tlbRead, m.i32.load(HART.TLB_READ, 4, hart())),
      m.local.set(emitter.tlbWrite, m.i32.load(HART.TLB_WRITE, 4, hart())),
    ];
    if (instructions.some(({ row }) => row.float === true)) {
      const enabled = m.i32.load(HART.FLOAT_ENABLED, 4, hart());
      code.push(
        m.local.set(emitter.failed, m.i32.const(REGION_EXIT.FLOAT)),
        m.br_if(this.label(STOP), m.i32.eqz(enabled)),
      );
    }
    code.push(...emitter.floatPrologue(this.label(STOP)));
    for (const [file, register] of this.each(this.plan.liveIn)) {
      const ops = file === 'x' ? m.i64 : m.f64;
      const value = ops.load(slotOf(file, register), 8, hart());
      code.push(m.local.set(emitter.registerLocal(file, register), value));
    }
    return code;
  }

  private *each(set: RegisterSet): Generator<readonly ['x' | 'f', number]> {
    for (const register of registersIn(set.x)) yield ['x', register];
    for (const register of registersIn(set.f)) yield ['f', register];
  }

  private spill(set: RegisterSet): ExpressionRef[] {
    const { m, emitter } = this;
    return [...this.each(set)].map(([file, register]) => {
      const value = this.getLocal(emitter.registerLocal(file, register), file === 'x' ? i64 : f64);
      return (file === 'x' ? m.i64 : m.f64).store(slotOf(file, register), 8, emitter.hart(), value);
    });
  }

  /** pc and budget of the instruction that failed. */
  private restoreFailed(): ExpressionRef[] {
    const { m, emitter } = this;
    const failed = () => this.getLocal(emitter.failed, i32);
    const offset = m.i32.and(failed(), m.i32.const((1 << UNCOUNTED_SHIFT) - 1));
    const uncounted = m.i32.shr_u(failed(), m.i32.const(UNCOUNTED_SHIFT));
    return [
      m.local.set(
        PARAMETER.pc,
        m.i64.add(this.getLocal(emitter.base, i64), m.i64.extend_u(offset)),
      ),
      m.local.set(PARAMETER.budget, m.i32.add(this.budget(), uncounted)),
    ];
  }

  private storeState(): ExpressionRef[] {
    const { m, emitter } = this;
    return [
      m.i64.store(HART.PC, 8, emitter.hart(), this.getLocal(PARAMETER.pc, i64)),
      m.i32.store(HART.BUDGET, 4, emitter.hart(), this.budget()),
    ];
  }

  /** Registers are spilled; go to the region at $pc if the jump cache knows one. */
  private leaveThroughJumpCache(): ExpressionRef[] {
    const { m, emitter } = this;
    const pc = () => this.getLocal(PARAMETER.pc, i64);
    const entry = () => this.getLocal(emitter.failed, i32);
    const cache = m.i32.load(HART.JUMP_CACHE, 4, emitter.hart());
    const operands = [emitter.hart(), pc(), this.budget()];
    const slot = m.i32.load(JUMP_CACHE.SLOT, 4, entry());
    return [
      m.local.set(emitter.failed, m.i32.add(cache, jumpCacheOffset(m, pc))),
      emitter.hints.likely(
        m.if(
          m.i64.eq(m.i64.load(JUMP_CACHE.PC, 8, entry()), pc()),
          m.return_call_indirect('regions', slot, operands, REGION_PARAMETERS, i32),
        ),
      ),
      ...this.storeState(),
      m.return(m.i32.const(REGION_EXIT.UNKNOWN_TARGET)),
    ];
  }

  /** The block and what it dominates. */
  private tree(start: number): ExpressionRef {
    const { m, structure } = this;
    const merges = (structure.children.get(start) ?? []).filter((child) =>
      structure.mergeNodes.has(child),
    );
    const isHeader = structure.loopHeaders.has(start);
    let code = this.block(start, isHeader || start === this.flow.entry);
    // The first merge node in order lies innermost.
    for (const merge of merges) {
      code = m.block(null, [m.block(this.label('merge', merge), [code]), this.tree(merge)]);
    }
    return isHeader ? m.loop(this.label('loop', start), code) : code;
  }

  /** Leave where the slice may end before the next check, or another thread wants attention. */
  private check(start: number, dirty: RegisterSet): ExpressionRef {
    const { m, emitter } = this;
    const left = m.i32.sub(this.budget(), m.i32.const(this.longest.get(start) ?? 0));
    const attention = m.i32.load(HART.ATTENTION, 4, emitter.hart());
    const leave = m.block(null, [
      ...this.spill(dirty),
      m.local.set(PARAMETER.pc, emitter.address(start)),
      ...this.stop(REGION_EXIT.BUDGET),
    ]);
    return emitter.hints.unlikely(m.if(m.i32.lt_s(left, attention), leave));
  }

  /** What comes before the code of a loop header, or of the region's entry. */
  private header(block: Block, dirty: RegisterSet): ExpressionRef {
    const { start, instructions } = block;
    const check = this.check(start, dirty);
    const loop = this.optimisations.has('bulkLoops') ? bulkLoopOf(block) : undefined;
    if (loop === undefined) return check;
    return bulkCheck(this.emitter, loop, {
      check,
      count: instructions.length,
      longest: this.longest.get(start) ?? 0,
      label: this.label('bulk', start),
    });
  }

  private block(start: number, isChecked: boolean): ExpressionRef {
    const { m, emitter } = this;
    const block = this.flow.blocks.get(start) as Block;
    const count = block.instructions.length;
    let dirty = this.plan.dirtyIn.get(start) ?? EMPTY;
    if (isChecked) emitter.emit(this.header(block, dirty));
    if (count > 0) {
      const rest = m.i32.sub(this.budget(), m.i32.const(count));
      emitter.emit(m.local.set(PARAMETER.budget, rest));
    }
    const label = this.label('spill', this.plan.spillSetOf.get(start));
    const groups = this.optimisations.has('sharedChecks')
      ? groupAccesses(block.instructions)
      : undefined;
    let outcome: Outcome = {};
    emitter.beginBlock();
    block.instructions.forEach((instruction, index) => {
      const code = instruction.offset | ((count - index) << UNCOUNTED_SHIFT);
      outcome = emitter.instruction(instruction, { label, code }, groups?.get(index));
      dirty = union(dirty, writesOf(instruction));
    });
    const code = emitter.take();
    return m.block(null, [...code, this.terminate(block, outcome, dirty)]);
  }

  private terminate(block: Block, outcome: Outcome, dirty: RegisterSet): ExpressionRef {
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
        const taken = this.edge(start, terminator.taken, dirty);
        return m.if(test, taken, this.edge(start, terminator.next, dirty));
      }
      case 'indirect':
        return this.indirect(start, terminator.targets, outcome, dirty);
      case 'stop':
        return m.block(null, [
          ...this.spill(dirty),
          m.local.set(PARAMETER.pc, emitter.address(terminator.at)),
          ...this.stop(REGION_EXIT.INSTRUCTION),
        ]);
    }
  }

  private indirect(
    start: number,
    targets: readonly number[],
    outcome: Outcome,
    dirty: RegisterSet,
  ): ExpressionRef {
    const { m, emitter } = this;
    const { target } = outcome;
    if (target === undefined) throw new Error('a computed jump has no target');
    // The temporaries are free again in the arms: keep the target in a local of its own.
    const keep = m.local.set(PARAMETER.pc, target.build());
    let code = m.block(null, [...this.spill(dirty), m.br(this.label(EXIT))]);
    const inside = targets.filter((to) => this.structure.edges.get(start)?.includes(to));
    for (const to of [...inside].reverse()) {
      const isThis = m.i64.eq(this.getLocal(PARAMETER.pc, i64), emitter.address(to));
      code = m.if(isThis, this.edge(start, to, dirty), code);
    }
    return m.block(null, [keep, code]);
  }

  /** Go from one block to another, or out of the region. */
  private edge(from: number, to: number, dirty: RegisterSet): ExpressionRef {
    const { m, structure, emitter } = this;
    if (!(structure.edges.get(from)?.includes(to) ?? false)) {
      return m.block(null, [
        ...this.spill(dirty),
        m.local.set(PARAMETER.pc, emitter.address(to)),
        m.br(this.label(EXIT)),
      ]);
    }
    const position = (start: number): number => structure.position.get(start) as number;
    if (position(to) <= position(from)) return m.br(this.label('loop', to));
    return structure.mergeNodes.has(to) ? m.br(this.label('merge', to)) : this.tree(to);
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
