/** Locals and labels of the interpreter's one function. */
import binaryen from 'binaryen';

/** The fixed locals after parameter 0, in order. */
export const VARIABLES = [
  /** The record being executed. */
  ['r', binaryen.i32],
  ['operation', binaryen.i32],
  /** The current record page, and the page of RAM that it stands for. */
  ['page', binaryen.i32],
  ['code', binaryen.i32],
  /** Instructions that may still retire; instret is total - budget. */
  ['budget', binaryen.i32],
  ['t', binaryen.i32],
  ['entry', binaryen.i32],
  /** A CSR was written in this instruction. */
  ['system', binaryen.i32],
  ['side', binaryen.i32],
  /** 1: the next block entry must be interpreted; an address: the region at this record is passed over once. */
  ['bypass', binaryen.i32],
  ['total', binaryen.i64],
  /** Virtual address of a record is pcBase + (r >>> 3). */
  ['pcBase', binaryen.i64],
  /** Target of a jump that leaves the page, or result of an exit. */
  ['pc', binaryen.i64],
] as const;

type Name = 'hart' | (typeof VARIABLES)[number][0];

export const LOCAL: Readonly<Record<Name, number>> = {
  hart: 0,
  ...(Object.fromEntries(VARIABLES.map(([name], index) => [name, index + 1])) as Record<
    (typeof VARIABLES)[number][0],
    number
  >),
};

export const LABEL = {
  /** Execute the record at $r. */
  NEXT: 'next',
  /** Execute $operation with the operands at $r. */
  AGAIN: 'again',
  /** A taken jump inside the page: $r is a block entry. */
  JUMPED: 'jumped',
  /** A computed jump to $pc. */
  JUMPED_INDIRECTLY: 'jumpedIndirectly',
  /** Find the record of $pc. */
  LOOK_UP: 'lookUp',
  /** Undo nothing, report Exit.TRAP at $r: CAUSE and TVAL are stored, the instruction has not retired. */
  TRAP: 'trap',
  ILLEGAL: 'illegal',
  /** Leave with $code; pc is $r's, or $pc. */
  EXIT: 'exit',
  EXIT_AT_PC: 'exitAtPc',
} as const;
