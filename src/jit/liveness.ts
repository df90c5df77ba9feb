/**
 * Which guest registers a region loads, and where; and which it stores, and where. A register is loaded right before the first
 * instruction that reads it, and stored where the region is left if it was written on the way there: exactly then, since what only
 * some of the paths to a place have written is stored where they meet. Loops are the exception: what an iteration writes may be
 * stored after the loop, so what a loop touches is loaded before it.
 */
import { type Block, type ControlFlow, type DecodedInstruction, DISPATCH } from './control-flow.ts';
import { loopBlocks, predecessorsOf, type Structure } from './dominators.ts';
import { lastWrites, loopTemporaries } from './loop-temporaries.ts';
import {
  common,
  EMPTY,
  isSame,
  minus,
  type RegisterSet,
  readsOf,
  union,
  writesOf,
} from './register-set.ts';
import { registerUseOf } from './register-use.ts';
import { type SpillSet, spillSetsOf } from './spill-sets.ts';

export interface RegisterPlan {
  /** By block, what is to be stored if the region is left at its start. */
  readonly dirtyIn: ReadonlyMap<number, RegisterSet>;
  /** By block, what is to be stored if it is left at its end. */
  readonly dirtyOut: ReadonlyMap<number, RegisterSet>;
  /** By block, what must be in locals at its start: loaded on the edges to it that come without. */
  readonly neededIn: ReadonlyMap<number, RegisterSet>;
  /** By block, what is in locals at its end. */
  readonly availableOut: ReadonlyMap<number, RegisterSet>;
  /** By block and instruction, what is loaded before it. */
  readonly loadedBefore: ReadonlyMap<number, readonly RegisterSet[]>;
  /** By block and instruction, what is stored after it. */
  readonly storedAfter: ReadonlyMap<number, readonly RegisterSet[]>;
  /** What instructions that may fail have to store. */
  readonly spillSets: readonly SpillSet[];
  /** By block and instruction that may fail, the number of its one of spillSets. */
  readonly spillSetOf: ReadonlyMap<number, readonly (number | undefined)[]>;
}

type Sets = Map<number, RegisterSet>;

const get = (sets: ReadonlyMap<number, RegisterSet>, start: number): RegisterSet =>
  sets.get(start) ?? EMPTY;

class Planner {
  private readonly flow: ControlFlow;
  private readonly structure: Structure;
  private readonly predecessors: ReadonlyMap<number, readonly number[]>;
  /** Of these, what comes before the block in the order. */
  private readonly before = new Map<number, readonly number[]>();
  /** What is not dirty at a loop's start because every edge to it stores that. */
  private readonly temporaries: ReadonlyMap<number, RegisterSet>;
  private readonly storedAfter = new Map<number, readonly RegisterSet[]>();
  private readonly dirtyIn: Sets = new Map();
  private readonly dirtyOut: Sets = new Map();
  /** By block, all that its instructions write, and what they read before that. */
  private readonly written: Sets = new Map();
  private readonly readFirst: Sets = new Map();
  /** Nothing can be loaded or stored on the edges of a table: all is loaded at the entry, and remains dirty from then on. */
  private readonly isDispatched: boolean;

  constructor(flow: ControlFlow, structure: Structure, isStoring: boolean) {
    this.flow = flow;
    this.structure = structure;
    this.isDispatched = flow.blocks.has(DISPATCH);
    this.predecessors = predecessorsOf(structure);
    for (const start of structure.order) {
      const all = this.predecessors.get(start) ?? [];
      const at = this.position(start);
      this.before.set(
        start,
        all.filter((from) => this.position(from) < at),
      );
      this.summarise(start);
    }
    const found = isStoring ? [...loopTemporaries(flow, structure)] : [];
    this.temporaries = new Map(found.filter(([, set]) => !isSame(set, EMPTY)));
    for (const [start, set] of this.temporaries)
      this.storedAfter.set(start, lastWrites(this.block(start), set));
  }

  private block(start: number): Block {
    return this.flow.blocks.get(start) as Block;
  }

  private summarise(start: number): void {
    let written = EMPTY;
    let read = EMPTY;
    for (const instruction of this.block(start).instructions) {
      read = union(read, minus(readsOf(instruction), written));
      written = union(written, writesOf(instruction));
    }
    this.written.set(start, written);
    this.readFirst.set(start, read);
  }

  private isHeader(start: number): boolean {
    return this.structure.loopHeaders.has(start);
  }

  private position(start: number): number {
    return this.structure.position.get(start) as number;
  }

  /** What is in all sets of the predecessors that come before the block in the order. */
  private commonBefore(start: number, sets: Sets): RegisterSet {
    const [first, ...others] = this.before.get(start) ?? [];
    if (first === undefined) return EMPTY;
    return others.reduce((set, from) => common(set, get(sets, from)), get(sets, first));
  }

  /** What is in a set of any predecessor. */
  private anywhereBefore(start: number, sets: Sets): RegisterSet {
    const all = this.predecessors.get(start) ?? [];
    return all.reduce((set, from) => union(set, get(sets, from)), EMPTY);
  }

  /** What is dirty at each instruction of a block, and at its end. */
  private dirtyAlong(start: number): RegisterSet[] {
    const stored = this.storedAfter.get(start);
    let dirty = get(this.dirtyIn, start);
    const along = [dirty];
    this.block(start).instructions.forEach((instruction, index) => {
      dirty = minus(union(dirty, writesOf(instruction)), stored?.[index] ?? EMPTY);
      along.push(dirty);
    });
    return along;
  }

  private dirtyAfter(start: number): RegisterSet {
    if (this.storedAfter.has(start)) return this.dirtyAlong(start).at(-1) ?? EMPTY;
    return union(get(this.dirtyIn, start), get(this.written, start));
  }

  private findDirty(): void {
    const { order } = this.structure;
    for (let changed = true; changed; ) {
      changed = false;
      for (const start of order) {
        const isUnion = this.isDispatched || this.isHeader(start);
        const merged = isUnion
          ? this.anywhereBefore(start, this.dirtyOut)
          : this.commonBefore(start, this.dirtyOut);
        const dirty = minus(merged, get(this.temporaries, start));
        changed ||= !this.dirtyIn.has(start) || !isSame(dirty, get(this.dirtyIn, start));
        this.dirtyIn.set(start, dirty);
        this.dirtyOut.set(start, this.dirtyAfter(start));
      }
    }
  }

  /** By block, what is read on some way from its start before it is written. */
  private findExposed(): Sets {
    const exposed: Sets = new Map();
    const backwards = [...this.structure.order].reverse();
    for (let changed = true; changed; ) {
      changed = false;
      for (const start of backwards) {
        let after = EMPTY;
        for (const to of this.structure.edges.get(start) ?? [])
          after = union(after, get(exposed, to));
        after = union(minus(after, get(this.written, start)), get(this.readFirst, start));
        if (isSame(after, get(exposed, start))) continue;
        exposed.set(start, after);
        changed = true;
      }
    }
    return exposed;
  }

  /** What the blocks of a loop read. */
  private readInLoop(header: number): RegisterSet {
    const inside = loopBlocks(header, this.predecessors, this.structure);
    let read = EMPTY;
    for (const start of inside)
      read = this.block(start).instructions.map(readsOf).reduce(union, read);
    return read;
  }

  private findNeeded(): Sets {
    const needed: Sets = new Map();
    const exposed = this.findExposed();
    if (this.isDispatched) {
      const dirty = [...this.dirtyIn.values()].reduce(union, EMPTY);
      needed.set(DISPATCH, union(dirty, get(exposed, DISPATCH)));
      return needed;
    }
    for (const start of this.structure.loopHeaders) {
      const read = common(get(exposed, start), this.readInLoop(start));
      needed.set(start, union(get(this.dirtyIn, start), read));
    }
    return needed;
  }

  plan(): RegisterPlan {
    this.findDirty();
    const neededIn = this.findNeeded();
    const availableOut: Sets = new Map();
    const loadedBefore = new Map<number, readonly RegisterSet[]>();
    for (const start of this.structure.order) {
      let available = union(this.commonBefore(start, availableOut), get(neededIn, start));
      const loads = this.block(start).instructions.map((instruction) => {
        const loaded = minus(readsOf(instruction), available);
        available = union(union(available, loaded), writesOf(instruction));
        return loaded;
      });
      availableOut.set(start, available);
      loadedBefore.set(start, loads);
    }
    const { dirtyIn, dirtyOut, storedAfter } = this;
    const found = [...this.structure.order].map(
      (start) => [start, this.dirtyAtFailures(start)] as const,
    );
    return {
      dirtyIn,
      dirtyOut,
      neededIn,
      availableOut,
      loadedBefore,
      storedAfter,
      ...spillSetsOf(new Map(found)),
    };
  }

  /** By instruction that may fail, what is dirty there. */
  private dirtyAtFailures(start: number): (RegisterSet | undefined)[] {
    const dirty = this.dirtyAlong(start);
    return this.block(start).instructions.map((instruction, index) =>
      mayFail(instruction) ? dirty[index] : undefined,
    );
  }
}

/** Loads, stores and atomics can miss the TLB; rdtime can be forbidden; half of an instruction can be another page's. */
function mayFail({ row, second }: DecodedInstruction): boolean {
  return registerUseOf(row).touchesMemory || row.format === 'csr' || second !== undefined;
}

/** `isStoring`: loops may store their temporaries (loop-temporaries.ts). */
export function planRegisters(
  flow: ControlFlow,
  structure: Structure,
  isStoring: boolean,
): RegisterPlan {
  return new Planner(flow, structure, isStoring).plan();
}
