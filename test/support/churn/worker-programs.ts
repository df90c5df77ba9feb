/** As many different riscv64 programs as wanted, made of one by other immediates in its code, each with what it must print. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildPrograms } from '../build-programs.ts';

const SOURCE = resolve(import.meta.dirname, 'worker-program.c');
const FOLDER = resolve(import.meta.dirname, '../../../build/churn');
/** As in the source. */
const FUNCTIONS = 12;
const PASSES = 3000;
const FIRST_IMMEDIATE = 0x5eed0;
const LUI = 0x37;

export interface WorkerProgram {
  readonly bytes: Uint8Array;
  readonly output: string;
}

/** The immediate of function `index` in program `number`: 20 bits that are never 0. */
function immediate(number: number, index: number): number {
  return (Math.imul(number * FUNCTIONS + index + 1, 0x9e37_79b1) >>> 12) | 1;
}

/** What the program's C says, with unsigned of 32 bits. */
function expected(number: number): string {
  let x = 1;
  for (let index = 0; index < FUNCTIONS; index++) {
    const constant = immediate(number, index) << 12;
    for (let pass = 0; pass < PASSES; pass++)
      x = (Math.imul(x, 1_664_525) + (constant ^ (x >>> 7))) >>> 0;
  }
  return x.toString(16).padStart(8, '0');
}

/** Program `number` of them, 0 to 2^16. */
export async function workerPrograms(): Promise<(number: number) => WorkerProgram> {
  const [file = ''] = await buildPrograms([{ file: SOURCE, flags: ['-O1', '-s'] }], FOLDER);
  const template = readFileSync(file);
  const places: { at: number; index: number }[] = [];
  for (let at = 0; at + 4 <= template.length; at += 2) {
    const word = template.readUInt32LE(at);
    const index = (word >>> 12) - FIRST_IMMEDIATE;
    if ((word & 0x7f) === LUI && index >= 0 && index < FUNCTIONS) places.push({ at, index });
  }
  if (new Set(places.map(({ index }) => index)).size !== FUNCTIONS)
    throw new Error(`${SOURCE}: its immediates are not where they were expected`);
  return (number) => {
    const bytes = Buffer.from(template);
    for (const { at, index } of places) {
      const rest = template.readUInt32LE(at) & 0xfff;
      bytes.writeUInt32LE(((immediate(number, index) << 12) | rest) >>> 0, at);
    }
    return { bytes, output: expected(number) };
  };
}
