/**
 * Order and dominators of a region's blocks, for structured control flow: Cooper, Harvey, Kennedy, "A simple, fast
 * dominance algorithm"; merge nodes and loop headers as in Ramsey, "Beyond Relooper" (ICFP 2022).
 */
import { type ControlFlow, DISPATCH, destinationsOf } from './control-flow.ts';

export interface Structure {
  /** Block starts in reverse postorder; the entry is first. */
  readonly order: readonly number[];
  /** Position in `order`. */
  readonly position: ReadonlyMap<number, number>;
  /** Blocks whose immediate dominator is the key, in reverse postorder. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  /** Targets of back edges. */
  readonly loopHeaders: ReadonlySet<number>;
  /** Targets of two or more forward edges. */
  readonly mergeNodes: ReadonlySet<number>;
  /** Targets inside the region; edges into the middle of a loop are not among them and leave the region. */
  readonly edges: ReadonlyMap<number, readonly number[]>;
}

function postorder(entry: number, edges: ReadonlyMap<number, readonly number[]>): number[] {
  const done: number[] = [];
  const seen = new Set([entry]);
  const stack: { node: number; next: number }[] = [{ node: entry, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const target = edges.get(top.node)?.[top.next++];
    if (target === undefined) {
      done.push(top.node);
      stack.pop();
    } else if (!seen.has(target)) {
      seen.add(target);
      stack.push({ node: target, next: 0 });
    }
  }
  return done;
}

/** Immediate dominators by position in reverse postorder; the entry's is itself. */
function immediateDominators(predecessors: readonly (readonly number[])[]): number[] {
  const idom: number[] = predecessors.map((_list, index) => (index === 0 ? 0 : -1));
  const intersect = (a: number, b: number): number => {
    while (a !== b) {
      while (a > b) a = idom[a] as number;
      while (b > a) b = idom[b] as number;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let node = 1; node < predecessors.length; node++) {
      const known = (predecessors[node] ?? []).filter((from) => idom[from] !== -1);
      const dominator = known.reduce(intersect);
      if (idom[node] === dominator) continue;
      idom[node] = dominator;
      changed = true;
    }
  }
  return idom;
}

interface Dominators extends Pick<Structure, 'order' | 'position'> {
  readonly inside: ReadonlyMap<number, readonly number[]>;
  readonly idom: readonly number[];
  /** An edge backwards in the order, to a block that does not dominate its origin. */
  readonly isIrreducible: (from: number, to: number) => boolean;
}

function dominatorsOf(flow: ControlFlow): Dominators {
  const inside = new Map<number, readonly number[]>();
  for (const [start, block] of flow.blocks) inside.set(start, destinationsOf(flow, block));
  const order = postorder(flow.entry, inside).reverse();
  const position = new Map(order.map((start, index) => [start, index]));
  const at = (start: number): number => position.get(start) as number;
  const predecessors: number[][] = order.map(() => []);
  for (const from of order)
    for (const to of inside.get(from) ?? []) predecessors[at(to)]?.push(at(from));
  const idom = immediateDominators(predecessors);
  const dominates = (a: number, b: number): boolean => {
    while (b > a) b = idom[b] as number;
    return a === b;
  };
  const isIrreducible = (from: number, to: number): boolean =>
    at(to) <= at(from) && !dominates(at(to), at(from));
  return { order, position, inside, idom, isIrreducible };
}

/** Edges into the middle of loops. */
export function irreducibleEdges(flow: ControlFlow): [from: number, to: number][] {
  const { order, inside, isIrreducible } = dominatorsOf(flow);
  return order.flatMap((from) =>
    (inside.get(from) ?? [])
      .filter((to) => isIrreducible(from, to))
      .map((to): [number, number] => [from, to]),
  );
}

export function structureOf(flow: ControlFlow): Structure {
  const { order, position, inside, idom, isIrreducible } = dominatorsOf(flow);
  const at = (start: number): number => position.get(start) as number;
  const loopHeaders = new Set<number>();
  const forward = new Map<number, number>();
  const edges = new Map<number, number[]>();
  for (const from of order) {
    const kept: number[] = [];
    for (const to of inside.get(from) ?? []) {
      if (isIrreducible(from, to)) continue;
      kept.push(to);
      if (at(to) <= at(from)) loopHeaders.add(to);
      // What is dispatched to is reached by a label.
      else forward.set(to, (forward.get(to) ?? 0) + (from === DISPATCH ? 2 : 1));
    }
    edges.set(from, kept);
  }
  const children = new Map<number, number[]>();
  order.forEach((start, index) => {
    if (index === 0) return;
    const parent = order[idom[index] as number] as number;
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [start]);
    else known.push(start);
  });
  const mergeNodes = new Set([...forward].filter(([, count]) => count > 1).map(([to]) => to));
  return { order, position, children, loopHeaders, mergeNodes, edges };
}

/** By block, where the region's edges to it come from. */
export function predecessorsOf({
  order,
  edges,
}: Pick<Structure, 'order' | 'edges'>): ReadonlyMap<number, readonly number[]> {
  const predecessors = new Map<number, number[]>();
  for (const from of order)
    for (const to of edges.get(from) ?? []) {
      const known = predecessors.get(to);
      if (known === undefined) predecessors.set(to, [from]);
      else known.push(from);
    }
  return predecessors;
}

/** The natural loop of a header: what comes back to it without leaving through it. `latches`: only what comes back from these. */
export function loopBlocks(
  header: number,
  predecessors: ReadonlyMap<number, readonly number[]>,
  { position }: Pick<Structure, 'position'>,
  latches: readonly number[] = latchesOf(header, predecessors, { position }),
): ReadonlySet<number> {
  const inside = new Set([header]);
  const rest = [...latches];
  for (let start = rest.pop(); start !== undefined; start = rest.pop()) {
    if (inside.has(start)) continue;
    inside.add(start);
    rest.push(...(predecessors.get(start) ?? []));
  }
  return inside;
}

/** Where edges lead back to a header from. */
function latchesOf(
  header: number,
  predecessors: ReadonlyMap<number, readonly number[]>,
  { position }: Pick<Structure, 'position'>,
): number[] {
  const at = (start: number): number => position.get(start) as number;
  return (predecessors.get(header) ?? []).filter((from) => at(from) >= at(header));
}

/**
 * Loops that share a header, as where a region begins in the middle of a nest: by latch, how many loops of the header lie inside its
 * own, because their latches go on to it.
 */
export function latchLevels(
  header: number,
  predecessors: ReadonlyMap<number, readonly number[]>,
  structure: Pick<Structure, 'position'>,
): ReadonlyMap<number, number> {
  const latches = [...new Set(latchesOf(header, predecessors, structure))];
  const loops = new Map(
    latches.map((latch) => [latch, loopBlocks(header, predecessors, structure, [latch])]),
  );
  const isInside = (latch: number, other: number): boolean =>
    latch !== other &&
    loops.get(other)?.has(latch) === true &&
    loops.get(latch)?.has(other) === false;
  return new Map(
    latches.map((latch) => [latch, latches.filter((other) => isInside(other, latch)).length]),
  );
}
