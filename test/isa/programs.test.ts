/** Random programs on the reference evaluator, against qemu-riscv64. */
import { describe, expect, it } from 'vitest';
import { runOnEvaluator } from '../support/evaluator-backend.ts';
import { ISA_ITEM_COUNT, isaMixes, programOf } from '../support/isa-mixes.ts';
import { differences } from '../support/isa-program.ts';
import { hasQemu, qemuExtensions, qemuFaults, runOnQemu } from '../support/qemu-user.ts';

const available = hasQemu();
const mixes = available ? isaMixes(qemuExtensions(), qemuFaults()) : isaMixes();
const cases = mixes.flatMap((mix) => mix.seeds.map((seed) => ({ name: mix.name, mix, seed })));

describe.skipIf(!available)(`${ISA_ITEM_COUNT} random instructions, as qemu-riscv64`, () => {
  it.each(cases)('$name, seed $seed', ({ mix, seed }) => {
    const program = programOf(mix, seed);
    expect(differences(program, runOnQemu(program), runOnEvaluator(program))).toEqual([]);
  });
});

it('has at least 100,000 of them', () => {
  expect(ISA_ITEM_COUNT).toBeGreaterThanOrEqual(100_000);
});
