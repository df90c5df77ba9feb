/** Which guest registers a region loads at its entry and spills at its exits. */
import type { Block, ControlFlow, DecodedInstruction } from './control-flow.ts';
import type { Structure } from './dominators.ts';
import { lastWrites, loopTemporaries } from './loop-temporaries.ts';
import {
  EMPTY,
  isSame,
  minus,
  type RegisterSet,
  readsOf,
  union,
  writesOf,
} from './register-set.ts';
import { registerUseOf } from './register-use.ts';

export interface RegisterPlan {
  /** Written on some path from the region's entry to the block's start. */
  readonly dirtyIn: ReadonlyMap<number, RegisterSet>;
  /** Supersets of the dirty set of every point where an instruction may fail; few, so that their spills are shared. */
  readonly spillSets: readonly RegisterSet[];
  /** By block and instruction that may fail, the number of the one of spillSets that covers what may be dirty there. */
  readonly spillSetsOf: ReadonlyMap<number, readonly (number | undefined)[]>;
  /** By block, what is not dirty at its start because every edge to it stores that. */
  readonly temporaries: ReadonlyMap<number, RegisterSet>;
  /** By block and instruction, what is stored after it. */
  readonly storedAfter: ReadonlyMap<number, readonly RegisterSet[]>;
  /** To be loaded where the region is entered, by block. */
  readonly liveAt: ReadonlyMap<number, RegisterSet>;
}

const writtenBy = (block: Block): RegisterSet =>
  block.instructions.map(writesOf).reduce(union, EMPTY);

function dirtySets(
  flow: ControlFlow,
  structure: Structure,
  temporaries: RegisterPlan['temporaries'],
): Map<number, RegisterSet> {
  const dirty = new Map<number, RegisterSet>(structure.order.map((start) => [start, EMPTY]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const start of structure.order) {
      const block = flow.blocks.get(start) as Block;
      const written = minus(writtenBy(block), temporaries.get(start) ?? EMPTY);
      const out = union(dirty.get(start) ?? EMPTY, written);
      for (const target of structure.edges.get(start) ?? []) {
        const before = dirty.get(target) ?? EMPTY;
        const after = union(before, minus(out, temporaries.get(target) ?? EMPTY));
        if (isSame(before, after)) continue;
        dirty.set(target, after);
        changed = true;
      }
    }
  }
  return dirty;
}

const SPILL_SETS = 3;

type Basis = Pick<RegisterPlan, 'dirtyIn' | 'temporaries' | 'storedAfter'>;

/** What is dirty at each instruction of a loop that stores its temporaries. */
function exactSets({ instructions }: Block, start: number, basis: Basis): RegisterSet[] {
  let dirty = basis.dirtyIn.get(start) ?? EMPTY;
  return instructions.map((instruction, index) => {
    const here = dirty;
    dirty = minus(
      union(dirty, writesOf(instruction)),
      basis.storedAfter.get(start)?.[index] ?? EMPTY,
    );
    return here;
  });
}

/**
 * Dirty sets grow along the order: the sets of its first third, of two thirds and of all of it. What a loop stores as it goes would be
 * carried along by that, so such a loop has sets of its own.
 */
function spillPlan(
  flow: ControlFlow,
  structure: Structure,
  basis: Basis,
): Pick<RegisterPlan, 'spillSets' | 'spillSetsOf'> {
  const spillSets: RegisterSet[] = [];
  const spillSetsOf = new Map<number, readonly (number | undefined)[]>();
  const numberOf = (set: RegisterSet): number => {
    const known = spillSets.findIndex((other) => isSame(other, set));
    return known < 0 ? spillSets.push(set) - 1 : known;
  };
  let accumulated = EMPTY;
  const { order } = structure;
  for (let third = 0; third < SPILL_SETS; third++) {
    const first = Math.ceil((third * order.length) / SPILL_SETS);
    const last = Math.ceil(((third + 1) * order.length) / SPILL_SETS);
    if (first === last) continue;
    const part = order.slice(first, last).map((start) => flow.blocks.get(start) as Block);
    for (const block of part) {
      const written = minus(writtenBy(block), basis.temporaries.get(block.start) ?? EMPTY);
      accumulated = union(accumulated, union(basis.dirtyIn.get(block.start) ?? EMPTY, written));
    }
    for (const block of part) {
      const { start, instructions } = block;
      const own = basis.storedAfter.has(start) ? exactSets(block, start, basis) : undefined;
      spillSetsOf.set(
        start,
        instructions.map((instruction, index) =>
          mayFail(instruction) ? numberOf(own?.[index] ?? accumulated) : undefined,
        ),
      );
    }
  }
  return { spillSets, spillSetsOf };
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
      const sets = plan.spillSetsOf.get(start) ?? [];
      for (let index = block.instructions.length - 1; index >= 0; index--) {
        const instruction = block.instructions[index] as DecodedInstruction;
        after = union(minus(after, writesOf(instruction)), readsOf(instruction));
        after = union(after, plan.spillSets[sets[index] ?? -1] ?? EMPTY);
      }
      if (structure.loopHeaders.has(start)) after = union(after, plan.dirtyIn.get(start) ?? EMPTY);
      if (isSame(after, live.get(start) ?? EMPTY)) continue;
      live.set(start, after);
      changed = true;
    }
  }
  return live;
}

/** Loads, stores and atomics can miss the TLB; rdtime can be forbidden. */
function mayFail({ row }: DecodedInstruction): boolean {
  return registerUseOf(row).touchesMemory || row.format === 'csr';
}

/** `isStoring`: loops may store their temporaries (loop-temporaries.ts). */
export function planRegisters(
  flow: ControlFlow,
  structure: Structure,
  isStoring: boolean,
): RegisterPlan {
  const found = isStoring ? [...loopTemporaries(flow, structure)] : [];
  const temporaries = new Map(found.filter(([, set]) => !isSame(set, EMPTY)));
  const storedAfter = new Map(
    [...temporaries].map(([start, set]) => [
      start,
      lastWrites(flow.blocks.get(start) as Block, set),
    ]),
  );
  const dirtyIn = dirtySets(flow, structure, temporaries);
  const basis = { dirtyIn, temporaries, storedAfter };
  const plan = { ...basis, ...spillPlan(flow, structure, basis) };
  return { ...plan, liveAt: liveAtOf(flow, structure, plan) };
}
