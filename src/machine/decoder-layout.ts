/**
 * What the decoder in the interpreter's module (jit/block-decoder.ts) reads between the hart blocks and the banks. It depends on the
 * machine's ISA only, so that all engines over one memory write the same there.
 */
import { BANKS_BASE, HART, HART_BLOCKS_BASE, MAX_HARTS } from './hart-layout.ts';

const BASE = HART_BLOCKS_BASE + MAX_HARTS * HART.SIZE;

export const DECODER = {
  /** u8 by operation: 1 where the machine has the row, all others are decoded by Interpreter. */
  ROWS: BASE,
  /** u8 by position in RVC: the same for compressed forms. */
  FORMS: BASE + 1024,
  /** The data of the interpreter's module. */
  TABLES: BASE + 2048,
  END: BANKS_BASE,
} as const;

/** What decodeWord gives: the operation, and ENDS where it ends a block; 0 where Interpreter decodes. */
export const DECODED = {
  ENDS: 0x1_0000,
  operation: (decoded: number): number => decoded & 0xffff,
} as const;
