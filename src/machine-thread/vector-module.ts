/** The generated functions of vector instructions, for machines that have them. */
import { readFileSync } from 'node:fs';
import type { Isa } from '../isa/extensions.ts';

export interface VectorModule {
  readonly vectorModule?: WebAssembly.Module;
}

/** Empty where the ISA has no V: the file is not even read. */
export function vectorModuleFor(isa: Isa, file: string): VectorModule {
  return isa.has('v') ? { vectorModule: new WebAssembly.Module(readFileSync(file)) } : {};
}
