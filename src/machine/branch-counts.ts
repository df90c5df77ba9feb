/** Conditional branches, jumps, calls and returns of a hart, and the branches that its predictor had wrong: counted while that is asked for. */
import { HART } from './hart-layout.ts';
import type { HartState } from './hart-state.ts';
import { ENTRY, HART_ENGINE } from './record-layout.ts';

/** Index of the word that says whether those of the hart whose block is at `block` are counted. */
export const branchMode = (block: number): number => (block + HART.BRANCH_MODE) >>> 2;

/** From when the hart is let into user code next. It may be of another thread, which looks at ENTRY first and then at the mode. */
export function countBranches(words: Uint32Array, block: number, isOn: boolean): void {
  Atomics.store(words, branchMode(block), isOn ? 1 : 0);
  Atomics.store(words, (block + HART_ENGINE.ENTRY) >>> 2, ENTRY.SLOW);
}

export const branchesOf = (state: HartState): number => state.number(HART.BRANCHES);

export const branchMissesOf = (state: HartState): number => state.number(HART.BRANCH_MISSES);
