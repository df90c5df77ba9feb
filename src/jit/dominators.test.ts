/** Dominators, loops and merge nodes of graphs small enough to draw. */
import { describe, expect, it } from 'vitest';
import { type Block, type ControlFlow, DISPATCH, type Terminator } from './control-flow.ts';
import { withDispatch } from './dispatch.ts';
import { latchLevels, predecessorsOf, structureOf } from './dominators.ts';
import { longestPaths } from './path-length.ts';

/** Blocks by start with their targets: one is a jump, two are a branch. */
function graph(edges: Readonly<Record<number, readonly number[]>>): ControlFlow {
  const blocks = new Map<number, Block>();
  for (const [key, [first, second]] of Object.entries(edges)) {
    const start = Number(key);
    let terminator: Terminator = { kind: 'stop', at: start };
    if (first !== undefined) terminator = { kind: 'jump', target: first };
    if (first !== undefined && second !== undefined)
      terminator = { kind: 'branch', taken: first, next: second };
    blocks.set(start, { start, instructions: [], terminator });
  }
  return { entry: 0, blocks };
}

describe('structureOf', () => {
  it('finds the merge node of a diamond under its top', () => {
    const structure = structureOf(graph({ 0: [4, 8], 4: [12], 8: [12], 12: [] }));
    expect([...structure.mergeNodes]).toEqual([12]);
    expect([...(structure.children.get(0) ?? [])].sort((a, b) => a - b)).toEqual([4, 8, 12]);
    expect(structure.loopHeaders.size).toBe(0);
    expect(structure.order[0]).toBe(0);
    expect(structure.order.at(-1)).toBe(12);
  });

  it('finds nested loops', () => {
    const structure = structureOf(graph({ 0: [4], 4: [8, 16], 8: [8, 12], 12: [4], 16: [] }));
    expect([...structure.loopHeaders].sort((a, b) => a - b)).toEqual([4, 8]);
    expect(structure.mergeNodes.size).toBe(0);
    expect(structure.children.get(8)).toEqual([12]);
  });

  it('drops an edge into the middle of a loop', () => {
    // 4 and 8 jump to each other, and 0 goes to both: neither dominates the other.
    const structure = structureOf(graph({ 0: [4, 8], 4: [8], 8: [4] }));
    const kept = [...structure.edges.values()].flat().length;
    expect(kept).toBe(3);
    expect(structure.loopHeaders.size).toBe(0);
  });

  it('leaves targets outside the region alone', () => {
    const structure = structureOf(graph({ 0: [4, 400], 4: [] }));
    expect(structure.edges.get(0)).toEqual([4]);
  });
});

describe('latchLevels', () => {
  const levels = (edges: Record<number, number[]>): [number, number][] => {
    const structure = structureOf(graph(edges));
    return [...latchLevels(0, predecessorsOf(structure), structure)].sort(([a], [b]) => a - b);
  };

  it('are the loops inside the one that a latch closes', () => {
    const nest = levels({ 0: [0, 4], 4: [0, 8], 8: [0, 12], 12: [] });
    expect(nest).toEqual([
      [0, 0],
      [4, 1],
      [8, 2],
    ]);
    const longer = levels({ 0: [4, 12], 4: [8], 8: [0, 12], 12: [16], 16: [0, 20], 20: [] });
    expect(longer).toEqual([
      [8, 0],
      [16, 1],
    ]);
  });

  it('are one for ways through the same loop', () => {
    expect(levels({ 0: [4, 8], 4: [0], 8: [0, 12], 12: [] })).toEqual([
      [4, 0],
      [8, 0],
    ]);
  });
});

it('longestPaths ends at loop headers', () => {
  const flow = graph({ 0: [4, 8], 4: [8], 8: [8, 12], 12: [] });
  const withCode = new Map(
    [...flow.blocks].map(([start, block]) => [
      start,
      { ...block, instructions: new Array(start + 1).fill(undefined) } as Block,
    ]),
  );
  const counted = { ...flow, blocks: withCode };
  const longest = longestPaths(counted, structureOf(counted));
  // 0 has 1 instruction, 4 has 5, 8 has 9 and checks itself, 12 has 13.
  expect(longest.get(0)).toBe(6);
  expect(longest.get(8)).toBe(22);
});

describe('withDispatch', () => {
  it('leaves what nests as it is', () => {
    const flow = graph({ 0: [4], 4: [8, 16], 8: [8, 12], 12: [4], 16: [] });
    expect(withDispatch(flow)).toBe(flow);
  });

  it('leads one of two entries of a loop through the block that dispatches', () => {
    const flow = withDispatch(graph({ 0: [4, 8], 4: [8], 8: [4] }));
    const structure = structureOf(flow);
    expect(flow.entry).toBe(DISPATCH);
    expect([...structure.loopHeaders]).toEqual([DISPATCH]);
    // Every edge is kept, one of them as an edge to DISPATCH, which goes on to its target and to the entry.
    const targets = (from: number) => structure.edges.get(from) ?? [];
    const backwards = [targets(4), targets(8)].filter((to) => to.includes(DISPATCH));
    expect(backwards.length).toBe(1);
    expect(targets(DISPATCH)).toContain(0);
    expect(targets(DISPATCH).length).toBe(2);
  });

  it('enters a loop in its middle', () => {
    const loop = graph({ 0: [4], 4: [8, 12], 8: [4], 12: [] });
    const structure = structureOf(withDispatch({ ...loop, entries: [0, 8] }));
    expect(structure.edges.get(DISPATCH)).toEqual(expect.arrayContaining([0, 8]));
    expect(structure.loopHeaders.has(4) || structure.loopHeaders.has(DISPATCH)).toBe(true);
    expect([...structure.edges.values()].flat().length).toBeGreaterThanOrEqual(6);
  });
});
