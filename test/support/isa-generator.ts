/** Random programs for one hart, from the instruction rows and a seed. */
import { CSR } from '../../src/isa/csr.ts';
import { encodeB, encodeI, encodeJ, encodeS } from '../../src/isa/encode.ts';
import type { CompressedInstruction, Instruction } from '../../src/isa/instruction.ts';
import { RVC } from '../../src/isa/rvc.ts';
import {
  type Item,
  type Jump,
  moveNear,
  type Piece,
  randomCompressedItem,
  randomItem,
} from './isa-item.ts';
import {
  BLOCK_LOG,
  buildImage,
  epilogue,
  ITEMS_PER_BLOCK,
  LOG_ENTRY,
  prologue,
  RESERVED,
  registerAndDataFields,
  SECTION,
  WORD,
} from './isa-layout.ts';
import { type DumpField, type IsaProgram, listing } from './isa-program.ts';
import { randomTrapItem } from './lockstep/trap-items.ts';
import { Random } from './random.ts';

export interface GeneratorOptions {
  readonly seed: number;
  /** Blocks of ITEMS_PER_BLOCK random items. */
  readonly blocks: number;
  /** Rows to choose from, all with the same probability. */
  readonly rows: readonly Instruction[];
  /** Probability of a compressed form instead of a row. */
  readonly compressed?: number;
  /** Forms to choose from: all, if absent. */
  readonly compressedRows?: readonly CompressedInstruction[];
  /**
   * Probability that the flags are read (and mostly cleared) after a floating-point instruction. CSR instructions end
   * a translated region: choose 0 for long ones. Default 1.
   */
  readonly observeFlags?: number;
  /** Probability of an item that traps or may trap: for the harness of lockstep/ only. Default 0. */
  readonly traps?: number;
  /** Times that each block is executed. Default 1. */
  readonly repeat?: number;
}

const BASE = 0x8010_0000;
const PAGE = 4096;

/** c.beqz and c.bnez, c.j: scattered offsets (unprivileged spec, table 31). */
const bit = (value: number, from: number, to: number): number => ((value >> from) & 1) << to;
const branchOffset = (d: number): number =>
  bit(d, 8, 12) |
  (((d >> 3) & 3) << 10) |
  (((d >> 6) & 3) << 5) |
  (((d >> 1) & 3) << 3) |
  bit(d, 5, 2);
const jumpOffset = (d: number): number =>
  bit(d, 11, 12) |
  bit(d, 4, 11) |
  (((d >> 8) & 3) << 9) |
  bit(d, 10, 8) |
  bit(d, 6, 7) |
  bit(d, 7, 6) |
  (((d >> 1) & 7) << 3) |
  bit(d, 5, 2);

const PATCHES: Record<Jump['form'], (bits: number, distance: number) => number> = {
  B: (bits, distance) => encodeB(bits, 0, 0, distance),
  J: (bits, distance) => encodeJ(bits, 0, distance),
  I: (bits, distance) => encodeI(bits, 0, 0, distance),
  CB: (bits, distance) => bits | branchOffset(distance),
  CJ: (bits, distance) => bits | jumpOffset(distance),
};

const word = (bits: number): Piece => ({ bits, length: 4 });

/** Stores of what an item computed, and of its flags, to its entry of the log. */
function logPieces(item: Item, index: number, observe: boolean, random: Random): Piece[] {
  const entry = index * LOG_ENTRY;
  const pieces: Piece[] = [];
  if (item.result) {
    const match = item.result.file === 'x' ? WORD.sd : WORD.fsd;
    pieces.push(word(encodeS(match, RESERVED.log, item.result.register, entry)));
  }
  if (item.hasFlags && observe) {
    const clear = random.chance(0.7);
    const match = clear ? WORD.csrrwi : WORD.csrrs;
    pieces.push(word(encodeI(match, RESERVED.scratch, 0, CSR.fflags)));
    pieces.push(word(encodeS(WORD.sd, RESERVED.log, RESERVED.scratch, entry + 8)));
  }
  return pieces;
}

interface Section {
  readonly pieces: readonly Piece[];
  /** First pieces of the items, and the end. */
  readonly starts: readonly number[];
}

function chooseItem(options: GeneratorOptions, random: Random): Item {
  if (options.traps && random.chance(options.traps)) return randomTrapItem(random);
  if (random.chance(0.02)) return moveNear(random);
  if (random.chance(options.compressed ?? 0)) {
    return randomCompressedItem(options.compressedRows ?? RVC, random);
  }
  return randomItem(random.pick(options.rows), random);
}

/** The random items of one block, each followed by its log. */
function randomSection(options: GeneratorOptions, random: Random): Section {
  const pieces: Piece[] = [];
  const starts: number[] = [];
  for (let index = 0; index < ITEMS_PER_BLOCK; index++) {
    const item = chooseItem(options, random);
    starts.push(pieces.length);
    const observe = random.chance(options.observeFlags ?? 1);
    pieces.push(...item.pieces, ...logPieces(item, index, observe, random));
  }
  return { pieces, starts: [...starts, pieces.length] };
}

/** Byte offsets of the pieces from the section's start, and of the end. */
function offsetsOf(pieces: readonly Piece[]): number[] {
  let offset = 0;
  return [0, ...pieces.map((piece) => (offset += piece.length))];
}

/** Writes a section at code[start]; returns the offsets in the code of its items and of its end. */
function layOut(section: Section, code: DataView, start: number): number[] {
  const { pieces, starts } = section;
  const offsets = offsetsOf(pieces);
  const at = (piece: number): number => offsets[Math.min(piece, pieces.length)] as number;
  starts.slice(0, -1).forEach((first, index) => {
    const next = starts[index + 1] as number;
    for (let k = first; k < next; k++) {
      const { bits, length, jump } = pieces[k] as Piece;
      let patched = bits;
      if (jump) {
        const { to, from } = jump;
        const target =
          'piece' in to ? first + to.piece : (starts[index + to.items] ?? pieces.length);
        patched = PATCHES[jump.form](bits, at(target) - at(from === undefined ? k : first + from));
      }
      if (length === 4) code.setUint32(start + at(k), patched, true);
      else code.setUint16(start + at(k), patched, true);
    }
  });
  return starts.map((first) => start + at(first));
}

/** Largest block: every item with all its company. */
const MAX_BLOCK_BYTES = ITEMS_PER_BLOCK * 48;
const FIXED_CODE_BYTES = 2 * PAGE;

/** Code under construction. */
class CodeWriter {
  readonly view: DataView;
  length = 0;

  constructor(capacity: number) {
    this.view = new DataView(new ArrayBuffer(capacity));
  }

  words(words: readonly number[]): void {
    for (const bits of words) {
      this.view.setUint32(this.length, bits, true);
      this.length += 4;
    }
  }

  section(section: Section): number[] {
    const offsets = layOut(section, this.view, this.length);
    this.length = offsets.at(-1) as number;
    return offsets;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.view.buffer, 0, this.length);
  }
}

/** One block: next part of the log, then the items, `repeat` times. Returns the offsets of its items. */
function writeBlock(writer: CodeWriter, options: GeneratorOptions, random: Random): number[] {
  const { counter, log } = RESERVED;
  writer.words([
    encodeI(WORD.addi, log, log, BLOCK_LOG),
    encodeI(WORD.addi, counter, 0, options.repeat ?? 1),
  ]);
  const loop = writer.length;
  const offsets = writer.section(randomSection(options, random));
  writer.words([
    encodeI(WORD.addi, counter, counter, -1),
    encodeB(WORD.beq, counter, 0, 8),
    encodeJ(WORD.jal, 0, loop - (writer.length + 8)),
  ]);
  return offsets;
}

/** The log entries of a block; `offsets` are those of its items in the code. */
function logFields(image: Uint8Array, offsets: readonly number[], block: number): DumpField[] {
  const start = SECTION.log - SECTION.registers + block * BLOCK_LOG;
  return Array.from({ length: ITEMS_PER_BLOCK }, (_, index) => {
    const text = () => listing(image, BASE, offsets[index] as number, offsets[index + 1] as number);
    const entry = start + index * LOG_ENTRY;
    return [
      { offset: entry, length: 8, describe: () => `result of ${text()}` },
      { offset: entry + 8, length: 8, describe: () => `flags of ${text()}` },
    ];
  }).flat();
}

/** The program of a seed: the same options give the same bytes. */
export function generateProgram(options: GeneratorOptions): IsaProgram {
  const random = new Random(options.seed);
  const { blocks } = options;
  const capacity = FIXED_CODE_BYTES + blocks * MAX_BLOCK_BYTES;
  // Where the data begins has to be known before the code: the space for the code is the largest.
  const start = Math.ceil(capacity / PAGE) * PAGE;
  const writer = new CodeWriter(capacity);
  writer.words(prologue(start, random));
  const blockOffsets = Array.from({ length: blocks }, () => writeBlock(writer, options, random));
  if (writer.length % 4 !== 0) writer.section({ pieces: [{ bits: 1, length: 2 }], starts: [0, 1] });
  writer.words(epilogue(writer.length, start, blocks));
  const image = buildImage(writer.bytes(), start, blocks, random);
  const logs = blockOffsets.flatMap((offsets, block) => logFields(image, offsets, block));
  return { base: BASE, image, fields: [...logs, ...registerAndDataFields()] };
}
