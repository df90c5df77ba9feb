/**
 * Which guest registers a region loads at its entry and spills at its exits. Registers are numbered 0-31 (x) and 32-63
 * (f); a set is a pair of 32-bit masks.
 */
import type { Block, ControlFlow, DecodedInstruction } from './control-flow.ts';
import type { Structure } from './dominators.ts';
import { registerUseOf } from './register-use.ts';

export interface RegisterSet {
  readonly x: number;
  readonly f: number;
}

export const EMPTY: RegisterSet = { x: 0, f: 0 };

export const union = (a: RegisterSet, b: RegisterSet): RegisterSet => ({
  x: a.x | b.x,
  f: a.f | b.f,
});
const without = (a: RegisterSet, b: RegisterSet): RegisterSet => ({
  x: a.x & ~b.x,
  f: a.f & ~b.f,
});
const isSame = (a: RegisterSet, b: RegisterSet): boolean => a.x === b.x && a.f === b.f;
/** x0 is never in a set. */
const x = (...registers: number[]): number =>
  registers.reduce((mask, register) => mask | (1 << register), 0) & ~1;
const f = (...registers: number[]): number =>
  registers.reduce((mask, register) => mask | (1 << register), 0);

export function readsOf({ row, fields }: DecodedInstruction): RegisterSet {
  const use = registerUseOf(row);
  return {
    x: x(...use.readsX.map((field) => fields[field])),
    f: f(...use.readsF.map((field) => fields[field])),
  };
}

export function writesOf({ row, fields }: DecodedInstruction): RegisterSet {
  const use = registerUseOf(row);
  return { x: use.writesX ? x(fields.rd) : 0, f: use.writesF ? f(fields.rd) : 0 };
}

export interface RegisterPlan {
  /** Written on some path from the region's entry to the block's start. */
  readonly dirtyIn: ReadonlyMap<number, RegisterSet>;
  /** Supersets of the dirty set of every point where an instruction may fail; few, so that their spills are shared. */
  readonly spillSets: readonly RegisterSet[];
  /** Number of the smallest of spillSets that covers what the block may have written before its last instruction. */
  readonly spillSetOf: ReadonlyMap<number, number>;
  /** To be loaded where the region is entered, by block. */
  readonly liveAt: ReadonlyMap<number, RegisterSet>;
}

const writtenBy = (block: Block): RegisterSet =>
  block.instructions.map(writesOf).reduce(union, EMPTY);

function dirtySets(flow: ControlFlow, structure: Structure): Map<number, RegisterSet> {
  const dirty = new Map<number, RegisterSet>(structure.order.map((start) => [start, EMPTY]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const start of structure.order) {
      const block = flow.blocks.get(start) as Block;
      const out = union(dirty.get(start) ?? EMPTY, writtenBy(block));
      for (const target of structure.edges.get(start) ?? []) {
        const before = dirty.get(target) ?? EMPTY;
        const after = union(before, out);
        if (isSame(before, after)) continue;
        dirty.set(target, after);
        changed = true;
      }
    }
  }
  return dirty;
}

const SPILL_SETS = 3;

/** Dirty sets grow along the order: the sets of its first third, of two thirds and of all of it. */
function spillPlan(
  flow: ControlFlow,
  structure: Structure,
  dirty: ReadonlyMap<number, RegisterSet>,
): Pick<RegisterPlan, 'spillSets' | 'spillSetOf'> {
  const spillSets: RegisterSet[] = [];
  const spillSetOf = new Map<number, number>();
  let accumulated = EMPTY;
  const { order } = structure;
  for (let part = 0; part < SPILL_SETS; part++) {
    const first = Math.ceil((part * order.length) / SPILL_SETS);
    const last = Math.ceil(((part + 1) * order.length) / SPILL_SETS);
    if (first === last) continue;
    for (const start of order.slice(first, last)) {
      const block = flow.blocks.get(start) as Block;
      accumulated = union(accumulated, union(dirty.get(start) ?? EMPTY, writtenBy(block)));
      spillSetOf.set(start, spillSets.length);
    }
    spillSets.push(accumulated);
  }
  return { spillSets, spillSetOf };
}

/** Backwards: what is read before it is written, where an exit reads all that it spills. */
function liveAtOf(
  flow: ControlFlow,
  structure: Structure,
  plan: Omit<RegisterPlan, 'liveAt'>,
): Map<number, RegisterSet> {
  const live = new Map<number, RegisterSet>();
  const backwards = [...structure.order].reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const start of backwards) {
      const block = flow.blocks.get(start) as Block;
      // An exit may follow the last instruction, and budget checks lead out at the start.
      let after = union(plan.dirtyIn.get(start) ?? EMPTY, writtenBy(block));
      for (const target of structure.edges.get(start) ?? [])
        after = union(after, live.get(target) ?? EMPTY);
      const spilled = plan.spillSets[plan.spillSetOf.get(start) ?? 0] ?? EMPTY;
      for (const instruction of [...block.instructions].reverse()) {
        after = union(without(after, writesOf(instruction)), readsOf(instruction));
        if (mayFail(instruction)) after = union(after, spilled);
      }
      if (structure.loopHeaders.has(start)) after = union(after, plan.dirtyIn.get(start) ?? EMPTY);
      if (isSame(after, live.get(start) ?? EMPTY)) continue;
      live.set(start, after);
      changed = true;
    }
  }
  return live;
}

/** Loads, stores and atomics: they can miss the TLB. */
export function mayFail({ row }: DecodedInstruction): boolean {
  return registerUseOf(row).touchesMemory;
}

export function planRegisters(flow: ControlFlow, structure: Structure): RegisterPlan {
  const dirtyIn = dirtySets(flow, structure);
  const plan = { dirtyIn, ...spillPlan(flow, structure, dirtyIn) };
  return { ...plan, liveAt: liveAtOf(flow, structure, plan) };
}

/** Register numbers of a mask. */
export function registersIn(mask: number): number[] {
  const registers: number[] = [];
  for (let register = 0; register < 32; register++)
    if ((mask >>> register) & 1) registers.push(register);
  return registers;
}
