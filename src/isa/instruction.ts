/** One row per instruction: encoding and meaning. Formats: unprivileged spec, "Base Instruction Formats". */
import type { Extension } from './extensions.ts';
import type { Operands, Ops } from './ops.ts';

export type Format =
  | 'R'
  | 'R4'
  | 'I'
  | 'shift6'
  | 'shift5'
  | 'S'
  | 'B'
  | 'U'
  | 'J'
  | 'amo'
  | 'csr'
  | 'csri'
  | 'fp' /* R with rm in funct3 */
  | 'fli.h' /* imm is the constant: isa/fli-constants.ts */
  | 'fli.s'
  | 'fli.d' /* its upper half */
  | 'fence' /* imm is fm, pred and succ */
  | 'sfence' /* imm is the register numbers: rs1 | rs2 << 5 */
  | 'vector' /* imm is the word; carriers.ts */
  | 'none';

export interface Instruction {
  readonly name: string;
  readonly format: Format;
  readonly match: number;
  readonly mask: number;
  /**
   * block: ends a basic block (branches, jumps, traps). system: may change translation, privilege or CSRs, so a
   * translated region stops before it and the interpreter executes it. Absent: straight-line.
   */
  readonly ends?: 'block' | 'system';
  /** Reads or writes f registers or fcsr: illegal while mstatus.FS is Off. */
  readonly float?: true;
  /** Extensions that the row needs beside the one that it is listed under. */
  readonly needs?: readonly Extension[];
  /** Operands as the assembler writes them, where they differ from the format's usual ones (disassemble.ts). `rm?` is a mode that cannot matter. */
  readonly assembly?: string;
  readonly exec: <V, R>(m: Ops<V, R>, i: Operands<V, R>) => void;
}

/** A compressed form: expansion to one 32-bit instruction word, no meaning of its own. */
export interface CompressedInstruction {
  readonly name: string;
  readonly match: number;
  readonly mask: number;
  /** Its own; that of the instruction it expands to is needed too. */
  readonly extension: Extension;
  /** The 32-bit word that this halfword stands for, or undefined where the encoding is reserved (an illegal instruction). */
  readonly expand: (halfword: number) => number | undefined;
}
