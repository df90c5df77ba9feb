/** Decodes instructions into records of the generated interpreter (record-layout.ts). */
import { IsaDecoder, lengthOf } from '../isa/decode.ts';
import type { Isa } from '../isa/extensions.ts';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { operandsOf } from '../isa/operands.ts';
import { VECTOR_SHAPES } from '../isa/vector/carriers.ts';
import { vectorTable } from '../isa/vector/vector-instructions.ts';
import { HART_ENGINE, RECORD } from './record-layout.ts';
import { isIntegerDestination, recordOperands } from './record-operands.ts';

/** Of the rounding modes. */
const isReserved = (rm: number): boolean => rm === 5 || rm === 6;

export class RecordWriter {
  private readonly words: Uint32Array;
  private readonly halfwords: Uint16Array;
  private readonly bytes: Uint8Array;
  private readonly decoder: IsaDecoder;
  private readonly hasVector: boolean;

  constructor(memory: WebAssembly.Memory, isa: Isa) {
    this.words = new Uint32Array(memory.buffer);
    this.halfwords = new Uint16Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.decoder = new IsaDecoder(isa);
    this.hasVector = isa.has('v');
  }

  /** Write the operands of an instruction; returns its row, or -1: illegal, and the operand is the instruction's bits. */
  write(at: number, low: number, high: number): number {
    const length = lengthOf(low);
    const word = this.decoder.wordAt(low, high);
    const row = this.decoder.indexOf(word);
    const instruction = INSTRUCTIONS[row];
    const half = at >>> 1;
    this.bytes[at + RECORD.ADVANCE] = length * (RECORD.BYTES / 2);
    if (row < 0 && this.hasVector) return this.writeVector(at, word);
    const operands = instruction && recordOperands(instruction.format, word);
    if (instruction === undefined || operands === undefined || isReserved(operands.rest >>> 16)) {
      this.words[(at + RECORD.IMM) >>> 2] = length === 4 ? ((high << 16) | low) >>> 0 : low;
      return -1;
    }
    const { destination, sources, immediate, rest } = operands;
    const toSink = destination === 0 && isIntegerDestination(instruction);
    this.halfwords[half + RECORD.RD / 2] = toSink ? HART_ENGINE.SINK : destination;
    this.words[(at + RECORD.RS1) >>> 2] = sources;
    this.words[(at + RECORD.IMM) >>> 2] = immediate;
    this.halfwords[half + RECORD.RS3 / 2] = rest;
    this.bytes[at + RECORD.RM] = rest >>> 16;
    return row;
  }

  /** The same for a vector instruction, which is executed by the carrier of its shape. */
  private writeVector(at: number, word: number): number {
    this.words[(at + RECORD.IMM) >>> 2] = word;
    const table = vectorTable();
    const row = table.decode(word);
    if (row === undefined) return -1;
    const { rd, rs1, rs2 } = operandsOf('vector', word);
    const half = at >>> 1;
    const toSink = rd === 0 && row.shape !== 'toF';
    this.halfwords[half + RECORD.RD / 2] = toSink ? HART_ENGINE.SINK : rd * 8;
    this.halfwords[half + RECORD.RS1 / 2] = rs1 * 8;
    this.halfwords[half + RECORD.RS2 / 2] = rs2 * 8;
    this.halfwords[half + RECORD.CSR / 2] = table.numberOf(row);
    return INSTRUCTIONS.length + VECTOR_SHAPES.indexOf(row.shape);
  }
}
