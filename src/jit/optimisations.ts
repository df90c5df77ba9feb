/**
 * What the translator does beyond the plain form of each instruction. Each can be left out, so that fuzzing compares every one on
 * and each one off (tools/lockstep.ts), and a measurement says what it buys. Results never depend on them.
 */
export const OPTIMISATIONS = [
  /** One TLB look-up for several accesses through an unchanged register (access-groups.ts). */
  'sharedChecks',
  /** Such a look-up serves later blocks, too (kept-checks.ts). */
  'keptChecks',
  /** One serves all entries of a table (table-indices.ts). */
  'tableChecks',
  /** Loops that walk through memory look up once a page (strided-loops.ts). */
  'stridedLoops',
  /** Loads that wait for one another do not wait for the TLB, too (pointer-chases.ts). */
  'pointerChases',
  /** Two shifts that are a rotation, or an extension (shift-pairs.ts). */
  'shiftPairs',
  /** Loops with many registers store those that no iteration takes from the one before (loop-temporaries.ts). */
  'loopTemporaries',
  /** memory.copy and memory.fill for loops that copy and fill (bulk-loops.ts). */
  'bulkLoops',
  /** Floating-point operators in place, where their flags are set already (inline-float-emitter.ts). */
  'inlineFloat',
  /** Loops that share a header are nested (dominators.ts). */
  'nestedLoops',
  /** What does not nest stays in the region (dispatch.ts). */
  'dispatch',
  /** Fences that the host's processor keeps anyway are left out (region-emitter.ts). */
  'hostOrder',
  /** Neither locks nor fences where one thread runs all guest code (atomic-emitter.ts). */
  'plainAtomics',
  /** V8 is told which way a check goes as a rule (branch-hints.ts). */
  'branchHints',
] as const;

export type Optimisation = (typeof OPTIMISATIONS)[number];
export type Optimisations = ReadonlySet<Optimisation>;

export const EVERY_OPTIMISATION: Optimisations = new Set(OPTIMISATIONS);

export function without(omitted: Optimisation): Optimisations {
  return new Set(OPTIMISATIONS.filter((optimisation) => optimisation !== omitted));
}
