/**
 * Random programs without end, each on the evaluator, the interpreter, translated regions with every optimisation and with each
 * one off, in short slices, and on QEMU:
 *
 *   node --import tsx tools/lockstep.ts [--seed N] [--instructions N] [--mix WORD]
 *
 * Seeds count up from N (default: one from the clock, printed); a difference prints its mix, seed and instruction, and ends the
 * run with status 1. `--instructions` (default 10,000,000) counts what the programs retire on one tier, the harness's log and
 * output left out. Needs qemu-riscv64 and qemu-system-riscv64 (Debian: qemu-user, qemu-system-misc).
 */
import { parseArgs } from 'node:util';
import { OPTIMISATIONS, without } from '../src/jit/optimisations.ts';
import {
  type RunOptions,
  runOnEngine,
  SYNCHRONOUS,
  synchronous,
} from '../test/support/engine-backend.ts';
import { runOnEvaluator } from '../test/support/evaluator-backend.ts';
import { ITEMS_PER_BLOCK } from '../test/support/isa-layout.ts';
import { type IsaMix, isaMixes, programOf, systemMixes } from '../test/support/isa-mixes.ts';
import { differences, type IsaProgram } from '../test/support/isa-program.ts';
import {
  hasQemuSystem,
  runOnMachine,
  runOnQemuSystem,
  trapDifference,
} from '../test/support/lockstep/system-backend.ts';
import { qemuExtensions, qemuFaults, runOnModel, runOnQemu } from '../test/support/qemu-user.ts';
import { Random } from '../test/support/random.ts';
import {
  runVectorOnEngine,
  runVectorOnEvaluator,
  VECTOR_MODEL,
  VECTOR_ROWS,
} from '../test/support/vector-backends.ts';
import { vectorProgram } from '../test/support/vector-program.ts';

const TIERS: Readonly<Record<string, RunOptions>> = {
  interpreter: { translation: { mode: 'interpret' } },
  regions: { translation: SYNCHRONOUS, heatThreshold: 1 },
  slices: { translation: SYNCHRONOUS, heatThreshold: 3, budget: 97 },
  ...Object.fromEntries(
    OPTIMISATIONS.map((name) => [
      `without ${name}`,
      { translation: synchronous(without(name)), heatThreshold: 1 },
    ]),
  ),
};

/** Returns what differs from QEMU, and the instructions that the program retired. */
function compareUser(program: IsaProgram): { found: string[]; retired: number } {
  const expected = runOnQemu(program);
  const found = differences(program, expected, runOnEvaluator(program)).map(
    (it) => `evaluator: ${it}`,
  );
  let retired = 0;
  for (const [tier, options] of Object.entries(TIERS)) {
    const { written, machine } = runOnEngine(program, options);
    found.push(...differences(program, expected, written).map((it) => `${tier}: ${it}`));
    retired = Number(machine.instret);
  }
  return { found, retired };
}

function compareSystem(program: IsaProgram): { found: string[]; retired: number } {
  const expected = runOnQemuSystem(program);
  const found: string[] = [];
  for (const [tier, options] of Object.entries(TIERS)) {
    const { written, traps } = runOnMachine(program, options);
    const trap = trapDifference(program, expected.traps, traps);
    if (trap !== undefined) found.push(`${tier}: ${trap}`);
    found.push(...differences(program, expected.written, written).map((it) => `${tier}: ${it}`));
  }
  return { found, retired: 0 };
}

const VECTOR_MIX = 'vector';
const VECTOR_ITEMS = 250;

/** Vector instructions with what they are given: vtype, vl, vstart, masks, rounding modes, memory with holes. */
function compareVector(seed: number): string[] {
  const program = vectorProgram({
    random: new Random(seed),
    items: VECTOR_ITEMS,
    rows: VECTOR_ROWS,
  });
  const expected = runOnModel(program, VECTOR_MODEL);
  const found = differences(program, expected, runVectorOnEvaluator(program)).map(
    (it) => `evaluator: ${it}`,
  );
  for (const [tier, { translation, heatThreshold, budget }] of Object.entries(TIERS)) {
    const written = runVectorOnEngine(program, translation, heatThreshold, budget);
    found.push(...differences(program, expected, written).map((it) => `${tier}: ${it}`));
  }
  return found;
}

/** Random items that a program of the mix executes. */
const itemsOf = ({ options }: IsaMix): number =>
  options.blocks * ITEMS_PER_BLOCK * (options.repeat ?? 1);

function report(seed: number, mix: string, found: readonly string[]): void {
  console.log(`seed ${seed}, ${mix}: ${found.length} differences`);
  console.log(found.slice(0, 10).join('\n'));
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      instructions: { type: 'string', default: '10000000' },
      mix: { type: 'string', default: '' },
    },
  });
  if (!hasQemuSystem()) return 2;
  const first = Number(values.seed ?? Date.now() % 1e9);
  const wanted = Number(values.instructions);
  const user = isaMixes(qemuExtensions(), qemuFaults()).filter(({ name }) =>
    name.includes(values.mix),
  );
  const system = systemMixes(qemuExtensions(), qemuFaults()).filter(({ name }) =>
    name.includes(values.mix),
  );
  const hasVector = VECTOR_MIX.includes(values.mix);
  if (
    (user.length + system.length === 0 && !hasVector) ||
    !(wanted > 0) ||
    !Number.isInteger(first)
  ) {
    console.error('lockstep: --seed and --instructions want numbers, --mix a word of a mix');
    return 2;
  }
  let instructions = 0;
  let items = 0;
  for (let seed = first; instructions < wanted; seed++) {
    for (const mix of [...user, ...system]) {
      const program = programOf(mix, seed);
      const { found, retired } = user.includes(mix) ? compareUser(program) : compareSystem(program);
      if (found.length > 0) {
        report(seed, mix.name, found);
        return 1;
      }
      items += itemsOf(mix);
      instructions += Math.max(retired, itemsOf(mix));
    }
    if (hasVector) {
      const found = compareVector(seed);
      if (found.length > 0) {
        report(seed, VECTOR_MIX, found);
        return 1;
      }
      items += VECTOR_ITEMS;
      instructions += VECTOR_ITEMS;
    }
    console.log(
      `seed ${seed} done: ${items} random instructions and what they need, ${instructions} retired`,
    );
  }
  return 0;
}

process.exitCode = main();
