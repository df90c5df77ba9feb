/** Generates build/interpreter.wasm from the instruction table (src/isa) with binaryen. Run by tools/build.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { addBranchHints } from '../src/jit/branch-hints.ts';
import { buildInterpreter } from '../src/jit/interpreter-module.ts';

/** Write the interpreter to `file`; throws where binaryen finds it invalid. */
export function generateInterpreter(file: string): void {
  const module = buildInterpreter();
  if (!module.validate()) throw new Error('the generated interpreter is not valid WebAssembly');
  mkdirSync(new URL('.', `file://${file}`), { recursive: true });
  const { binary, sourceMap } = module.emitBinary('hints');
  writeFileSync(file, addBranchHints(binary, sourceMap ?? ''));
  module.dispose();
}

if (import.meta.filename === process.argv[1]) {
  const file = new URL('../build/interpreter.wasm', import.meta.url).pathname;
  generateInterpreter(file);
  console.log(`wrote ${file}`);
}
