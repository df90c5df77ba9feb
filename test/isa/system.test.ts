/** Random programs in U-mode under Sv39 that trap all the time, on the whole machine, against qemu-system-riscv64. */
import { describe, expect, it } from 'vitest';
import { SYNCHRONOUS } from '../support/engine-backend.ts';
import { programOf, systemMixes } from '../support/isa-mixes.ts';
import { differences } from '../support/isa-program.ts';
import {
  hasQemuSystem,
  runOnMachine,
  runOnQemuSystem,
  type TierOptions,
  trapDifference,
} from '../support/lockstep/system-backend.ts';
import { qemuExtensions, qemuFaults } from '../support/qemu-user.ts';

const TIERS: Readonly<Record<string, TierOptions>> = {
  interpreter: { translation: { mode: 'interpret' } },
  'regions at the first execution': { translation: SYNCHRONOUS, heatThreshold: 1 },
  'both, in short slices': { translation: SYNCHRONOUS, heatThreshold: 3, budget: 97 },
};

const hasOracle = hasQemuSystem();
const mixes = hasOracle ? systemMixes(qemuExtensions(), qemuFaults()) : systemMixes();

for (const mix of mixes) {
  describe(mix.name, () => {
    for (const seed of mix.seeds) {
      it(`seed ${seed}`, () => {
        const program = programOf(mix, seed);
        const runs = Object.entries(TIERS).map(([tier, options]) => ({
          tier,
          ...runOnMachine(program, options),
        }));
        const expected = hasOracle ? runOnQemuSystem(program) : runs[0];
        for (const { tier, written, traps } of runs) {
          expect(trapDifference(program, expected?.traps ?? traps, traps), tier).toBe(undefined);
          expect(differences(program, expected?.written ?? written, written), tier).toEqual([]);
          expect(traps.length, tier).toBeGreaterThan(0);
        }
        expect(new Set(runs.map(({ retired }) => retired)).size).toBe(1);
      });
    }
  });
}
