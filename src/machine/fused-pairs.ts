/**
 * Instructions that often follow one another: the first one's record says so, and its handler in the interpreter goes straight to the
 * second one's, without the jump by a table that the processor guesses wrong in cold code. Each is still counted, and may trap, by itself.
 */
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { VECTOR_CARRIERS } from '../isa/vector/carriers.ts';
import { lazily } from '../lib/lazily.ts';
import { panic } from '../lib/panic.ts';
import { OPERATION } from './record-layout.ts';

/** Second ones by the first: what was executed most in cc1 and a start of python3, 0.4 to 7.6 % of all instructions each. */
const SECONDS: Readonly<Record<string, readonly string[]>> = {
  ld: ['ld', 'addi', 'add', 'sd', 'beq', 'bne', 'lw', 'slli'],
  lw: ['addi', 'lw'],
  lbu: ['addi'],
  lwu: ['lwu'],
  sd: ['sd', 'addi', 'add', 'ld'],
  sw: ['sw'],
  addi: ['addi', 'add', 'ld', 'sd', 'slli', 'beq', 'bne', 'bltu', 'jal', 'jalr'],
  addiw: ['addi', 'slli'],
  add: ['add', 'addi', 'ld', 'sd', 'lw', 'beq', 'jal'],
  slli: ['add', 'srli', 'or'],
  srli: ['add'],
  lui: ['addi', 'ld'],
  auipc: ['jalr', 'ld', 'addi'],
};

interface FusedPair {
  /** Rows of the instruction table. */
  readonly first: number;
  readonly second: number;
}

/** In the order of their operations, which follow those of all rows. Made with the first block that is decoded, not on the way to it. */
export const fusedPairs = lazily((): readonly FusedPair[] => {
  const rows = new Map(INSTRUCTIONS.map(({ name }, row) => [name, row]));
  const rowOf = (name: string): number => rows.get(name) ?? panic(`no instruction ${name}`);
  return Object.entries(SECONDS).flatMap(([first, seconds]) =>
    seconds.map((second) => ({ first: rowOf(first), second: rowOf(second) })),
  );
});

/** The operation of the first pair. */
export const FIRST_FUSED = OPERATION.FIRST_ROW + INSTRUCTIONS.length + VECTOR_CARRIERS.length;
