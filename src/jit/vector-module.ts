/** Builds the module of vector instructions: one function per meaning, in the table that the interpreter calls them by. */
import binaryen from 'binaryen';
import type { ElementSpec } from '../isa/vector/elements.ts';
import type { VectorMeaning } from '../isa/vector/vector-instruction.ts';
import { vectorTable } from '../isa/vector/vector-instructions.ts';
import { operandsOfWord } from '../isa/vector/vector-state.ts';
import { VECTOR_STATUS } from '../machine/record-layout.ts';
import { addFusedProbe } from './float-arithmetic.ts';
import {
  buildImports,
  importVectorTable,
  VECTOR_PARAMETERS,
  vectorFunctionName,
} from './module-frame.ts';
import { VectorEmitter } from './vector-emitter.ts';
import { fastPath } from './vector-fast-path.ts';
import { addVectorMemory } from './vector-memory.ts';

const { i32, createType } = binaryen;

function addMeaning(
  m: binaryen.Module,
  meaning: VectorMeaning,
  name: string,
  fastPaths: ReadonlyMap<VectorMeaning, ElementSpec>,
): void {
  const emitter = new VectorEmitter(m);
  emitter.requireEnabled();
  const operands = operandsOfWord(
    emitter,
    emitter.instructionWord(),
    emitter.scalar(),
    emitter.second(),
  );
  const lanes = fastPaths.get(meaning);
  if (lanes) emitter.emit(...fastPath(m, lanes, emitter.locals));
  meaning(emitter, operands);
  const body = m.block(null, [...emitter.take(), m.i32.const(VECTOR_STATUS.DONE)], i32);
  m.addFunction(name, VECTOR_PARAMETERS, i32, emitter.locals.types, body);
  m.addFunctionExport(name, name);
}

/** Validated by the caller. Imports memory, the table, slow paths, and the interpreter's floating-point helpers. */
export function buildVectorModule(): binaryen.Module {
  const m = new binaryen.Module();
  buildImports(m);
  for (const name of ['load', 'store'])
    m.addFunctionImport(name, 'env', name, createType([i32, i32]), i32);
  addFusedProbe(m);
  addVectorMemory(m);
  const { meanings, rows } = vectorTable();
  const fastPaths = new Map(
    rows.flatMap(({ meaning, lanes }) => (lanes ? [[meaning, lanes.spec] as const] : [])),
  );
  const names = meanings.map((_meaning, number) => vectorFunctionName(number));
  for (const [number, meaning] of meanings.entries())
    addMeaning(m, meaning, vectorFunctionName(number), fastPaths);
  importVectorTable(m);
  m.addActiveElementSegment('vector', 'functions', names, m.i32.const(0));
  return m;
}
