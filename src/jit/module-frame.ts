/** Imports and features that all generated modules share. */
import binaryen from 'binaryen';
import { FLOAT_HELPERS } from './float-table.ts';
import { INTEGER_HELPER_TYPE, INTEGER_HELPERS } from './integer-helpers.ts';

const { i32, i64, none, createType } = binaryen;

const { Features } = binaryen;

/** Named one by one: `Features.All` emits encodings that engines refuse. */
export const FEATURES =
  Features.Atomics |
  Features.MutableGlobals |
  Features.NontrappingFPToInt |
  Features.SIMD128 |
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.SignExt |
  Features.TailCall |
  Features.ReferenceTypes |
  Features.RelaxedSIMD;

/** The whole 32-bit address space: the importer's maximum must not be smaller than the memory's. */
const MAXIMUM_PAGES = 65536;

/** Memory and the table of translated regions. */
export function importMemoryAndTable(
  module: binaryen.Module,
  segments: binaryen.MemorySegment[] = [],
): void {
  module.setMemory(1, MAXIMUM_PAGES, null, segments, true, false, 'memory');
  module.addMemoryImport('memory', 'env', 'memory', true);
  module.addTable('regions', 1, 0xffff_ffff);
  module.addTableImport('regions', 'env', 'regions');
}

/** Functions of vector instructions by the number of their meaning; empty on a machine without V. */
export function importVectorTable(module: binaryen.Module): void {
  module.addTable('vector', 0, 0xffff_ffff);
  module.addTableImport('vector', 'env', 'vector');
}

/** Parameters of a vector instruction's function: hart, word, scalar, second scalar, whether slow paths may be taken. */
export const VECTOR_PARAMETERS = createType([i32, i32, i64, i64, i32]);

/** Name of the function of a meaning, in the vector module and among what it exports. */
export const vectorFunctionName = (meaning: number): string => `v${meaning}`;

/** Import it into a module of regions, once. */
export function importVectorFunction(module: binaryen.Module, meaning: number): string {
  const name = vectorFunctionName(meaning);
  if (module.getFunction(name) === 0)
    module.addFunctionImport(name, 'vector', name, VECTOR_PARAMETERS, i32);
  return name;
}

/** Import EngineCalls.readTime into a module of regions, once. */
export function importReadTime(module: binaryen.Module): string {
  const name = 'readTime';
  if (module.getFunction(name) === 0) module.addFunctionImport(name, 'env', name, i32, i32);
  return name;
}

/** Slow paths: machine/engine.ts, EngineCalls, and the engine's own (decode, straddle, illegal, marked, newPage, hot). */
export const ENGINE_IMPORTS: readonly (readonly [
  name: string,
  parameters: number,
  results: 0 | 1,
])[] = [
  ['load', 2, 1],
  ['store', 2, 1],
  ['translateWrite', 2, 1],
  ['translateRead', 2, 1],
  ['translateFetch', 1, 1],
  ['readCsr', 2, 1],
  ['writeCsr', 2, 1],
  ['trapReturn', 2, 1],
  ['sfenceVma', 2, 1],
  ['waitForInterrupt', 1, 1],
  ['manageBlock', 1, 1],
  ['softFloat', 3, 1],
  ['decode', 2, 1],
  ['straddle', 3, 1],
  ['illegal', 3, 0],
  ['marked', 3, 1],
  ['newPage', 1, 1],
  ['hot', 2, 0],
];

export function addImports(module: binaryen.Module, segments: binaryen.MemorySegment[]): void {
  importMemoryAndTable(module, segments);
  for (const [name, parameters, results] of ENGINE_IMPORTS) {
    const type = createType(new Array<binaryen.Type>(parameters).fill(i32));
    module.addFunctionImport(name, 'env', name, type, results === 1 ? i32 : none);
  }
}

/** A helper's parameters: hart, rounding mode where it rounds, i64 operands. */
export function helperType(rounds: boolean, operands: number): binaryen.Type {
  const values = new Array<binaryen.Type>(operands).fill(i64);
  return createType(rounds ? [i32, i32, ...values] : [i32, ...values]);
}

/** Parameters of the interpreter's helpers by name. */
const HELPERS: ReadonlyMap<string, binaryen.Type> = new Map([
  ...FLOAT_HELPERS.map(
    ({ name, rounds, operands }) => [name, helperType(rounds, operands)] as const,
  ),
  ...INTEGER_HELPERS.map((name) => [name, INTEGER_HELPER_TYPE] as const),
]);

/** Import a helper of the interpreter, once. */
export function importHelper(module: binaryen.Module, name: string): string {
  const type = HELPERS.get(name);
  if (type === undefined) throw new Error(`the interpreter has no helper ${name}`);
  if (module.getFunction(name) === 0) module.addFunctionImport(name, 'helpers', name, type, i64);
  return name;
}

/** What all modules of regions import: memory and table. */
export function importFrame(module: binaryen.Module): void {
  module.setFeatures(FEATURES);
  importMemoryAndTable(module);
}

/** The same, and all helpers of the interpreter. */
export function buildImports(module: binaryen.Module): void {
  importFrame(module);
  for (const name of HELPERS.keys()) importHelper(module, name);
}
