/** The random programs of test/isa on the interpreter and in translated regions, against the reference evaluator. */
import { describe, expect, it } from 'vitest';
import { type RunOptions, runOnEngine, SYNCHRONOUS } from '../support/engine-backend.ts';
import { runOnEvaluator } from '../support/evaluator-backend.ts';
import { isaMixes, programOf } from '../support/isa-mixes.ts';
import { differences } from '../support/isa-program.ts';

const TIERS: Readonly<Record<string, RunOptions>> = {
  interpreter: { translation: { mode: 'interpret' } },
  'regions at the first execution': { translation: SYNCHRONOUS, heatThreshold: 1 },
  'both, in short slices': { translation: SYNCHRONOUS, heatThreshold: 3, budget: 97 },
  'with and without counting branches': {
    translation: SYNCHRONOUS,
    heatThreshold: 3,
    budget: 997,
    countsBranches: true,
  },
};

for (const mix of isaMixes()) {
  describe(mix.name, () => {
    for (const seed of mix.seeds) {
      it(`seed ${seed}`, () => {
        const program = programOf(mix, seed);
        const expected = runOnEvaluator(program);
        const retired = Object.entries(TIERS).map(([tier, options]) => {
          const { written, machine } = runOnEngine(program, options);
          expect(differences(program, expected, written), tier).toEqual([]);
          return machine.instret;
        });
        expect(new Set(retired).size, `instret ${retired}`).toBe(1);
      });
    }
  });
}
