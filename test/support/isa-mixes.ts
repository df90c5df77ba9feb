/** The random programs of test/isa and test/jit: sets of rows, sizes and seeds. */
import type { Instruction } from '../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { type GeneratorOptions, generateProgram } from './isa-generator.ts';
import { ITEMS_PER_BLOCK } from './isa-layout.ts';
import type { IsaProgram } from './isa-program.ts';

export interface IsaMix {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly options: Omit<GeneratorOptions, 'seed'>;
}

const isCsr = (row: Instruction): boolean => row.format === 'csr' || row.format === 'csri';
/** What a process can execute without leaving the program: no traps, nothing privileged. */
const isUsable = (row: Instruction): boolean =>
  row.name === 'fence.i' || isCsr(row) || (row.ends !== 'system' && row.format !== 'none');
const isInteger = (row: Instruction): boolean => !row.float && row.ends !== 'system';
const USABLE = INSTRUCTIONS.filter(isUsable);

const seeds = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => first + k);

export const ISA_MIXES: readonly IsaMix[] = [
  {
    name: 'integers, atomics, compressed',
    seeds: seeds(100, 6),
    options: { blocks: 100, rows: USABLE.filter(isInteger), compressed: 0.3 },
  },
  {
    name: 'floating point, with flags',
    seeds: seeds(200, 10),
    options: { blocks: 100, rows: USABLE.filter((row) => row.float), compressed: 0.05 },
  },
  {
    name: 'everything',
    seeds: seeds(300, 4),
    options: { blocks: 100, rows: USABLE, compressed: 0.25 },
  },
  {
    name: 'loops without CSR instructions',
    seeds: seeds(400, 4),
    options: {
      blocks: 3,
      rows: USABLE.filter((row) => row.ends !== 'system'),
      compressed: 0.25,
      observeFlags: 0,
      repeat: 40,
    },
  },
];

export function programOf(mix: IsaMix, seed: number): IsaProgram {
  return generateProgram({ ...mix.options, seed });
}

/** Random items of all mixes, repetitions not counted. */
export const ISA_ITEM_COUNT = ISA_MIXES.reduce(
  (sum, mix) => sum + mix.seeds.length * mix.options.blocks * ITEMS_PER_BLOCK,
  0,
);
