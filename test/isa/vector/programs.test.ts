/** Random vector programs in all tiers, against qemu-riscv64: registers, memory, CSRs and traps, byte for byte. */
import { describe, expect, it } from 'vitest';
import { vectorTable } from '../../../src/isa/vector/vector-instructions.ts';
import { SYNCHRONOUS } from '../../support/engine-backend.ts';
import { differences } from '../../support/isa-program.ts';
import { hasQemu, runOnModel } from '../../support/qemu-user.ts';
import { Random } from '../../support/random.ts';
import { runVectorOnEngine, runVectorOnEvaluator } from '../../support/vector-backends.ts';
import { vectorProgram } from '../../support/vector-program.ts';

const MODEL = 'rv64,v=true,vlen=128,elen=64,vext_spec=v1.0,Zfh=false,Zfhmin=false';

const program = (seed: number, items: number) =>
  vectorProgram({ random: new Random(seed), items, rows: vectorTable().rows });

describe.skipIf(!hasQemu())('random vector instructions, as qemu-riscv64', () => {
  it.each([1, 2, 3])('in the interpreter and the evaluator, seed %i', (seed) => {
    const it = program(seed, 700);
    const expected = runOnModel(it, MODEL);
    const interpreted = runVectorOnEngine(it, { mode: 'interpret' });
    expect(differences(it, expected, interpreted)).toEqual([]);
    expect(differences(it, expected, runVectorOnEvaluator(it))).toEqual([]);
  });

  it.each([4])('in translated regions, seed %i', (seed) => {
    const it = program(seed, 150);
    expect(differences(it, runOnModel(it, MODEL), runVectorOnEngine(it, SYNCHRONOUS))).toEqual([]);
  });
});
