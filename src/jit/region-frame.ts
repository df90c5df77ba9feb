/** How a region's function is entered and left: what it loads, what it spills, and where it goes on. */
import binaryen from 'binaryen';
import { HART, JUMP_CACHE } from '../machine/hart-layout.ts';
import { REGION_EXIT } from '../machine/record-layout.ts';
import { type ControlFlow, DISPATCH, isFlagAccess } from './control-flow.ts';
import { withDispatch } from './dispatch.ts';
import { type Structure, structureOf } from './dominators.ts';
import { type AccessPlan, planAccesses } from './kept-checks.ts';
import { labelledBlock } from './labelled-block.ts';
import { planRegisters, type RegisterPlan } from './liveness.ts';
import { jumpCacheOffset } from './memory-forms.ts';
import type { Optimisations } from './optimisations.ts';
import { longestPaths } from './path-length.ts';
import { markChases, pointerChases } from './pointer-chases.ts';
import { RegionEmitter, type RegionOptions } from './region-emitter.ts';
import { PARAMETER, REGION_PARAMETERS, slotOf } from './region-interface.ts';
import { EMPTY, type RegisterSet, registersIn } from './register-set.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64, f64 } = binaryen;
const STOP = 'stop';
const FAILED = 'failed';
/** Registers are spilled, and pc is set: on to the region there. */
export const EXIT = 'exit';
export const PAGE_BYTES = 4096;
/** `failed` holds the page offset, and above it the instructions that were counted but not executed. */
export const UNCOUNTED_SHIFT = 13;

export class RegionFrame {
  protected readonly m: binaryen.Module;
  protected readonly flow: ControlFlow;
  protected readonly structure: Structure;
  protected readonly plan: RegisterPlan;
  protected readonly accesses: AccessPlan;
  protected readonly emitter: RegionEmitter;
  protected readonly longest: ReadonlyMap<number, number>;
  protected readonly prefix: string;
  protected readonly optimisations: Optimisations;
  /** Page offset to dispatch to. */
  protected readonly at: number;

  constructor(module: binaryen.Module, flow: ControlFlow, prefix: string, options: RegionOptions) {
    this.m = module;
    this.optimisations = options.optimisations;
    this.flow = this.optimisations.has('dispatch') ? withDispatch(flow) : flow;
    this.prefix = prefix;
    this.structure = structureOf(this.flow);
    this.plan = planRegisters(this.flow, this.structure, this.optimisations.has('loopTemporaries'));
    this.accesses = this.optimisations.has('sharedChecks')
      ? planAccesses(this.flow, this.structure, {
          keeping: this.optimisations.has('keptChecks'),
          tables: this.optimisations.has('tableChecks'),
        })
      : new Map();
    this.longest = longestPaths(this.flow, this.structure);
    this.emitter = new RegionEmitter(module, options);
    if (this.optimisations.has('pointerChases')) {
      const chases = pointerChases(this.flow, this.structure);
      markChases(this.flow, this.accesses, chases);
      this.emitter.predictions.predict(chases);
    }
    this.at = this.flow.entry === DISPATCH ? this.emitter.locals.fixed(i32) : -1;
  }

  protected label(kind: string, start?: number): string {
    return `${this.prefix}${kind}${start ?? ''}`;
  }
  protected getLocal(index: number, type: binaryen.Type): ExpressionRef {
    return this.m.local.get(index, type);
  }
  protected budget(): ExpressionRef {
    return this.getLocal(PARAMETER.budget, i32);
  }

  /** The function around the code of its blocks. */
  protected define(tree: readonly ExpressionRef[]): void {
    const { m } = this;
    let body = [...this.prologue(), ...tree];
    if (this.plan.spillSets.length > 0) body = this.withSpills(body);
    const exit = [labelledBlock(m, this.label(EXIT), body), ...this.leaveThroughJumpCache()];
    const stop = m.block(
      null,
      [
        labelledBlock(m, this.label(STOP), exit),
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

  /** Where instructions fail: each set of registers goes on with a smaller one that comes after it. */
  private withSpills(body: ExpressionRef[]): ExpressionRef[] {
    const { m } = this;
    const { spillSets } = this.plan;
    const failed = this.label(FAILED);
    let code = body;
    spillSets.forEach(({ stored, next }, index) => {
      const rest = next === undefined ? failed : this.label('spill', next);
      const isNext = (next ?? spillSets.length) === index + 1;
      code = [
        labelledBlock(m, this.label('spill', index), code),
        ...this.spill(stored),
        ...(isNext ? [] : [m.br(rest)]),
      ];
    });
    return [
      labelledBlock(m, failed, code),
      ...this.restoreFailed(),
      ...this.stop(REGION_EXIT.OPERAND),
    ];
  }

  /** To STOP, which returns what `failed` holds. */
  protected stop(reason: number): ExpressionRef[] {
    const { m } = this;
    return [m.local.set(this.emitter.failed, m.i32.const(reason)), m.br(this.label(STOP))];
  }

  /** Load what the region needs; leave at once where floating point cannot go on. */
  private prologue(): ExpressionRef[] {
    const { m, emitter } = this;
    const hart = () => emitter.hart();
    const instructions = [...this.flow.blocks.values()].flatMap((block) => block.instructions);
    const code: ExpressionRef[] = [
      ...this.place(),
      m.local.set(emitter.tlb, m.i32.load(HART.TLB_READ, 4, hart())),
    ];
    if (instructions.some(({ row, fields }) => row.float === true || isFlagAccess(row, fields))) {
      const enabled = m.i32.load(HART.FLOAT_ENABLED, 4, hart());
      code.push(
        m.local.set(emitter.failed, m.i32.const(REGION_EXIT.FLOAT)),
        m.br_if(this.label(STOP), m.i32.eqz(enabled)),
      );
    }
    code.push(...emitter.floatPrologue(this.label(STOP)));
    code.push(...this.load(this.plan.neededIn.get(this.flow.entry) ?? EMPTY));
    return code;
  }

  /** The page's virtual address, and which entry it is. */
  private place(): ExpressionRef[] {
    const { m, emitter } = this;
    const { entry, entries = [entry] } = this.flow;
    const pc = () => this.getLocal(PARAMETER.pc, i64);
    const [only, ...others] = entries;
    if (others.length === 0) {
      const base = m.local.set(emitter.base, m.i64.sub(pc(), m.i64.const(only ?? entry)));
      return entry === DISPATCH ? [base, m.local.set(this.at, m.i32.const(only ?? 0))] : [base];
    }
    return [
      m.local.set(emitter.base, m.i64.and(pc(), m.i64.const(-PAGE_BYTES))),
      m.local.set(this.at, m.i32.and(m.i32.wrap(pc()), m.i32.const(PAGE_BYTES - 1))),
    ];
  }

  protected load(set: RegisterSet): ExpressionRef[] {
    const { m, emitter } = this;
    return this.each(set, (file, register) => {
      const ops = file === 'x' ? m.i64 : m.f64;
      const value = ops.load(slotOf(file, register), 8, emitter.hart());
      return m.local.set(emitter.registerLocal(file, register), value);
    });
  }

  private each(
    { x, f }: RegisterSet,
    build: (file: 'x' | 'f', register: number) => ExpressionRef,
  ): ExpressionRef[] {
    const code = registersIn(x).map((register) => build('x', register));
    if (f !== 0) for (const register of registersIn(f)) code.push(build('f', register));
    return code;
  }

  protected spill(set: RegisterSet): ExpressionRef[] {
    const { m, emitter } = this;
    return this.each(set, (file, register) => {
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
}
