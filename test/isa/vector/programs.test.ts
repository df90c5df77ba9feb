/** Random vector programs in all tiers, against qemu-riscv64: registers, memory, CSRs and traps, byte for byte. */
import { describe, expect, it } from 'vitest';
import { vectorTable } from '../../../src/isa/vector/vector-instructions.ts';
import { SYNCHRONOUS } from '../../support/engine-backend.ts';
import { differences } from '../../support/isa-program.ts';
import { hasQemu, runOnModel } from '../../support/qemu-user.ts';
import { Random } from '../../support/random.ts';
import {
  runVectorOnEngine,
  runVectorOnEvaluator,
  VECTOR_MODEL,
  VECTOR_ROWS,
} from '../../support/vector-backends.ts';
import { vectorProgram } from '../../support/vector-program.ts';

const program = (seed: number, items: number) =>
  vectorProgram({ random: new Random(seed), items, rows: VECTOR_ROWS });

describe.skipIf(!hasQemu())('random vector instructions, as qemu-riscv64', () => {
  it.each([1, 2, 3, 4])('in the interpreter, seed %i', (seed) => {
    const it = program(seed, 1000);
    const actual = runVectorOnEngine(it, { mode: 'interpret' });
    expect(differences(it, runOnModel(it, VECTOR_MODEL), actual)).toEqual([]);
  });

  it.each([5])('in the evaluator, seed %i', (seed) => {
    const it = program(seed, 500);
    expect(differences(it, runOnModel(it, VECTOR_MODEL), runVectorOnEvaluator(it))).toEqual([]);
  });

  it.each([8])('in translated regions and short slices, seed %i', (seed) => {
    const it = program(seed, 80);
    const actual = runVectorOnEngine(it, SYNCHRONOUS, 3, 97);
    expect(differences(it, runOnModel(it, VECTOR_MODEL), actual)).toEqual([]);
  });

  it.each([7])('in translated regions, seed %i', (seed) => {
    const it = program(seed, 80);
    expect(
      differences(it, runOnModel(it, VECTOR_MODEL), runVectorOnEngine(it, SYNCHRONOUS)),
    ).toEqual([]);
  });
});

/** Round to zero by the opcode is round to zero by frm. */
const TRUNCATING = [
  ['vfcvt.rtz.x.f.v', 'vfcvt.x.f.v'],
  ['vfcvt.rtz.xu.f.v', 'vfcvt.xu.f.v'],
  ['vfwcvt.rtz.x.f.v', 'vfwcvt.x.f.v'],
  ['vfwcvt.rtz.xu.f.v', 'vfwcvt.xu.f.v'],
  ['vfncvt.rtz.x.f.w', 'vfncvt.x.f.w'],
  ['vfncvt.rtz.xu.f.w', 'vfncvt.xu.f.w'],
] as const;

const rowNamed = (name: string) => vectorTable().rows.find((row) => row.name === name);

it.each(TRUNCATING)('%s is %s with frm 1', (truncating, dynamic) => {
  const run = (name: string): Uint8Array => {
    const row = rowNamed(name);
    if (row === undefined) throw new Error(`no row ${name}`);
    const it = vectorProgram({ random: new Random(11), items: 60, rows: [row], frm: 1 });
    return runVectorOnEngine(it, { mode: 'interpret' });
  };
  expect(Buffer.compare(run(truncating), run(dynamic))).toBe(0);
});
