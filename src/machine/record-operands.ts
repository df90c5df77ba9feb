/** What records have of an instruction's operands: for RecordWriter, and for the decoder that is generated (jit/decoder-tables.ts). */
import type { Format, Instruction } from '../isa/instruction.ts';
import { operandsOf } from '../isa/operands.ts';

/** Rows whose rd is an integer register: writes to x0 must not land in its slot. */
export const isIntegerDestination = (row: Instruction): boolean =>
  row.float !== true || row.assembly?.startsWith('xd') === true;

/** What a record has of an instruction's word: the register as RECORD.RD has it, and the words from RS1, IMM and RS3 on, the last without ADVANCE. */
interface RecordOperands {
  readonly destination: number;
  readonly sources: number;
  readonly immediate: number;
  readonly rest: number;
}

export function recordOperands(format: Format, word: number): RecordOperands {
  const { rd, rs1, rs2, rs3, imm, csr, rm } = operandsOf(format, word);
  const hasCsr = format === 'csr' || format === 'csri';
  return {
    destination: rd * 8,
    sources: (rs1 * 8) | (rs2 * 8 * 0x10000),
    immediate: imm,
    rest: (hasCsr ? csr : rs3 * 8) | (rm << 16),
  };
}
