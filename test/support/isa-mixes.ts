/** The random programs of test/isa and test/jit: sets of rows, sizes and seeds. */
import { EXTENSIONS, type Extension } from '../../src/isa/extensions.ts';
import type { CompressedInstruction, Instruction } from '../../src/isa/instruction.ts';
import { EXTENSIONS_OF, INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { RVC } from '../../src/isa/rvc.ts';
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
  row.name === 'fence.i' ||
  row.name === 'amocas.q' ||
  isCsr(row) ||
  (row.ends !== 'system' && row.format !== 'none');
const isInteger = (row: Instruction): boolean => !row.float && row.ends !== 'system';

/** Rows of test programs that belong to an extension. */
export function rowsOfExtension(extension: Extension): readonly Instruction[] {
  return INSTRUCTIONS.filter(
    (row, index) => isUsable(row) && EXTENSIONS_OF[index]?.[0] === extension,
  );
}

export function compressedRowsOfExtension(extension: Extension): readonly CompressedInstruction[] {
  return RVC.filter((form) => form.extension === extension);
}

const seeds = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => first + k);

const EVERYTHING: ReadonlySet<Extension> = new Set(EXTENSIONS.map(({ name }) => name as Extension));

/** For a backend that has these extensions, without the rows that it is known to get wrong. */
export const isaMixes = (
  extensions = EVERYTHING,
  faulty: ReadonlySet<string> = new Set(),
): readonly IsaMix[] => mixesOf(MIXES, extensions, faulty);

/** The same for backends that run the harness of lockstep/. */
export const systemMixes = (
  extensions = EVERYTHING,
  faulty: ReadonlySet<string> = new Set(),
): readonly IsaMix[] => mixesOf(SYSTEM_MIXES, extensions, faulty);

function mixesOf(
  sources: readonly MixSource[],
  extensions: ReadonlySet<Extension>,
  faulty: ReadonlySet<string>,
): readonly IsaMix[] {
  const usable = INSTRUCTIONS.filter(
    (row, index) =>
      isUsable(row) &&
      !faulty.has(row.name) &&
      EXTENSIONS_OF[index]?.every((extension) => extensions.has(extension)),
  );
  const compressedRows = RVC.filter((form) => extensions.has(form.extension));
  return sources.map(({ isIncluded, options, ...mix }) => ({
    ...mix,
    options: { ...options, rows: usable.filter(isIncluded), compressedRows },
  }));
}

interface MixSource extends Omit<IsaMix, 'options'> {
  readonly isIncluded: (row: Instruction) => boolean;
  readonly options: Omit<GeneratorOptions, 'seed' | 'rows' | 'compressedRows'>;
}

const MIXES: readonly MixSource[] = [
  {
    name: 'integers, atomics, compressed',
    seeds: seeds(100, 6),
    isIncluded: isInteger,
    options: { blocks: 100, compressed: 0.3 },
  },
  {
    name: 'floating point, with flags',
    seeds: seeds(200, 10),
    isIncluded: (row) => row.float === true,
    options: { blocks: 100, compressed: 0.05 },
  },
  {
    name: 'everything',
    seeds: seeds(300, 4),
    isIncluded: () => true,
    options: { blocks: 100, compressed: 0.25 },
  },
  {
    name: 'loops without CSR instructions',
    seeds: seeds(400, 4),
    isIncluded: (row) => row.ends !== 'system',
    options: {
      blocks: 3,
      compressed: 0.25,
      observeFlags: 0,
      repeat: 40,
    },
  },
];

/** For the harness of lockstep/: programs that trap all the time. */
const SYSTEM_MIXES: readonly MixSource[] = [
  {
    name: 'traps, page ends, code that changes',
    seeds: seeds(500, 2),
    isIncluded: () => true,
    options: { blocks: 8, compressed: 0.2, traps: 0.3 },
  },
  {
    name: 'the same in loops',
    seeds: seeds(600, 2),
    isIncluded: () => true,
    options: { blocks: 4, compressed: 0.2, traps: 0.2, repeat: 12, observeFlags: 0.1 },
  },
];

export function programOf(mix: IsaMix, seed: number): IsaProgram {
  return generateProgram({ ...mix.options, seed });
}

/** Random items of all mixes, repetitions not counted. */
export const ISA_ITEM_COUNT = MIXES.reduce(
  (sum, mix) => sum + mix.seeds.length * mix.options.blocks * ITEMS_PER_BLOCK,
  0,
);
