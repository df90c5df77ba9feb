/** Generates build/vector.wasm, the functions of vector instructions, from src/isa/vector with binaryen. Run by tools/build.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildVectorModule } from '../src/jit/vector-module.ts';

/** Write the module to `file`; throws where binaryen finds it invalid. */
export function generateVectorModule(file: string): void {
  const module = buildVectorModule();
  if (!module.validate()) throw new Error('the generated vector module is not valid WebAssembly');
  mkdirSync(new URL('.', `file://${file}`), { recursive: true });
  writeFileSync(file, module.emitBinary());
  module.dispose();
}

if (import.meta.filename === process.argv[1]) {
  const file = new URL('../build/vector.wasm', import.meta.url).pathname;
  generateVectorModule(file);
  console.log(`wrote ${file}`);
}
