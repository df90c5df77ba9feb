/**
 * Control flow that does not nest goes through one block that dominates all others: it looks at an offset and goes there. So a
 * region may have several entries, loops may have several, and computed jumps many targets.
 */
import { type Block, type ControlFlow, DISPATCH } from './control-flow.ts';
import { irreducibleEdges } from './dominators.ts';

/** More targets of a computed jump are not compared one by one; where some do not nest, this many are. */
const MAX_COMPARED = 12;
const MAX_COMPARED_FIRST = 3;

type Edges = Map<number, Set<number>>;

function add(edges: Edges, from: number, to: number): void {
  edges.set(from, (edges.get(from) ?? new Set()).add(to));
}

/** Targets in the region of a computed jump that ends a block. */
function computedTargets({ blocks }: ControlFlow, start: number): number[] {
  const terminator = blocks.get(start)?.terminator;
  return terminator?.kind === 'indirect' ? terminator.targets.filter((to) => blocks.has(to)) : [];
}

/** The graph with those edges, and its entries, through the block that dispatches. */
function through(flow: ControlFlow, dispatched: Edges): ControlFlow {
  const entries = flow.entries ?? [flow.entry];
  const targets = new Set(entries);
  for (const tos of dispatched.values()) for (const to of tos) targets.add(to);
  const ascending = [...targets].sort((a, b) => a - b);
  const block: Block = {
    start: DISPATCH,
    instructions: [],
    terminator: { kind: 'dispatch', targets: ascending },
  };
  const blocks = new Map([[DISPATCH, block], ...flow.blocks]);
  return { ...flow, entry: DISPATCH, entries, blocks, dispatched };
}

/** The same control flow with nothing in it that does not nest. */
export function withDispatch(flow: ControlFlow): ControlFlow {
  const dispatched: Edges = new Map();
  const addAll = (from: number, targets: readonly number[]): void => {
    for (const to of targets) add(dispatched, from, to);
  };
  for (const start of flow.blocks.keys()) {
    const targets = computedTargets(flow, start);
    if (targets.length > MAX_COMPARED) addAll(start, targets);
  }
  const hasEntries = (flow.entries?.length ?? 1) > 1;
  let result = dispatched.size > 0 || hasEntries ? through(flow, dispatched) : flow;
  // An edge through the block that dispatches is never irreducible, for that block dominates all.
  for (;;) {
    const irreducible = irreducibleEdges(result);
    if (irreducible.length === 0) return result;
    for (const [from, to] of irreducible) {
      const targets = computedTargets(flow, from);
      addAll(from, targets.length > MAX_COMPARED_FIRST ? targets : [to]);
    }
    result = through(flow, dispatched);
  }
}
