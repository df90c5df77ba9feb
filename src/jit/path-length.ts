/** How many instructions can retire between two budget checks of a region. */
import type { ControlFlow } from './control-flow.ts';
import type { Structure } from './dominators.ts';

/** By block: the most instructions on a path from its start to the next check (a loop header's) or exit. */
export function longestPaths(flow: ControlFlow, structure: Structure): ReadonlyMap<number, number> {
  const longest = new Map<number, number>();
  for (const start of [...structure.order].reverse()) {
    let rest = 0;
    for (const target of structure.edges.get(start) ?? []) {
      if (!structure.loopHeaders.has(target)) rest = Math.max(rest, longest.get(target) ?? 0);
    }
    longest.set(start, rest + (flow.blocks.get(start)?.instructions.length ?? 0));
  }
  return longest;
}
