/** Which line of a source file an instruction is of: the line number programs of .debug_line, run once. DWARF 5, section 6.2. */
import { countUpTo } from '../search.ts';
import { Cursor, DwarfError } from './cursor.ts';
import { type LineHeader, type LineSections, readLineHeader } from './line-header.ts';

export interface SourceLine {
  /** Path as the compiler had it, or relative to where it ran. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Rows of rising address, without gaps: the code between two rows is of the first; the last row is the end, and of no line. */
interface Sequence {
  readonly addresses: number[];
  readonly files: number[];
  readonly lines: number[];
  readonly names: LineHeader['files'];
}

const STANDARD = {
  COPY: 1,
  ADVANCE_PC: 2,
  ADVANCE_LINE: 3,
  SET_FILE: 4,
  CONST_ADD_PC: 8,
  FIXED_ADVANCE_PC: 9,
} as const;
const EXTENDED = { END_SEQUENCE: 1, SET_ADDRESS: 2 } as const;
const ADDRESS_BYTES = 8;
const MAX_OPCODE = 255;
/** Debug data of a program of hundreds of megabytes. */
const MAX_SECTION_BYTES = 128 * 1024 * 1024;

/** One unit's program; calls `add` for each sequence. */
function runProgram(cursor: Cursor, header: LineHeader, add: (sequence: Sequence) => void): void {
  const { minimumLength, lineBase, lineRange, opcodeBase, operands, files } = header;
  let [address, file, line] = [0, 1, 1];
  const start = (): Sequence => ({ addresses: [], files: [], lines: [], names: files });
  let sequence = start();
  const row = (): void => {
    sequence.addresses.push(address);
    sequence.files.push(file);
    sequence.lines.push(line);
  };
  while (cursor.left > 0) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += Math.floor(adjusted / lineRange) * minimumLength;
      line += lineBase + (adjusted % lineRange);
      row();
      continue;
    }
    if (opcode === 0) {
      const bytes = cursor.unsigned();
      const next = cursor.skip(bytes) + bytes;
      if (bytes === 0) continue;
      cursor.at = next - bytes;
      const extended = cursor.u8();
      if (extended === EXTENDED.SET_ADDRESS && bytes === 1 + ADDRESS_BYTES) address = cursor.u64();
      if (extended === EXTENDED.END_SEQUENCE) {
        row();
        add(sequence);
        [address, file, line] = [0, 1, 1];
        sequence = start();
      }
      cursor.at = next;
      continue;
    }
    switch (opcode) {
      case STANDARD.COPY:
        row();
        break;
      case STANDARD.ADVANCE_PC:
        address += cursor.unsigned() * minimumLength;
        break;
      case STANDARD.ADVANCE_LINE:
        line += cursor.signed();
        break;
      case STANDARD.SET_FILE:
        file = cursor.unsigned();
        break;
      case STANDARD.CONST_ADD_PC:
        address += Math.floor((MAX_OPCODE - opcodeBase) / lineRange) * minimumLength;
        break;
      case STANDARD.FIXED_ADVANCE_PC:
        address += cursor.u16();
        break;
      default:
        // Columns, marks of statements, and what later versions may add.
        for (let left = operands[opcode - 1] ?? 0; left > 0; left--) cursor.unsigned();
    }
  }
}

function startOf({ addresses }: Sequence): number {
  return addresses[0] ?? 0;
}

export class LineTable {
  /** By rising start. */
  private readonly sequences: readonly Sequence[];

  constructor(sequences: readonly Sequence[]) {
    this.sequences = [...sequences].sort((a, b) => startOf(a) - startOf(b));
  }

  /** Undefined where the file does not say. */
  lineOf(address: number): SourceLine | undefined {
    const { sequences } = this;
    const count = countUpTo(sequences.length, (k) => startOf(sequences[k] as Sequence) <= address);
    const sequence = sequences[count - 1];
    if (!sequence) return undefined;
    const { addresses, files, lines, names } = sequence;
    const row = countUpTo(addresses.length, (k) => (addresses[k] ?? 0) <= address) - 1;
    if (row < 0 || row >= addresses.length - 1) return undefined;
    const [file, line] = [names.get(files[row] ?? 0), lines[row] ?? 0];
    return file === undefined || line < 1 ? undefined : { file, line };
  }
}

/** Units that cannot be read are left out. */
export function readLineTable(sections: LineSections): LineTable {
  const sequences: Sequence[] = [];
  const text = (section: 'lineStrings' | 'strings', offset: number): string =>
    new Cursor(sections[section], offset).text();
  const all = new Cursor(sections.line.subarray(0, MAX_SECTION_BYTES));
  try {
    while (all.left > 0) {
      const { body, isWide } = all.unit();
      readUnit(body, isWide, text, sequences);
    }
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
  }
  return new LineTable(sequences);
}

function readUnit(
  body: Cursor,
  isWide: boolean,
  text: Parameters<typeof readLineHeader>[2],
  sequences: Sequence[],
): void {
  try {
    const header = readLineHeader(body, isWide, text);
    // At 0 is what the linker has thrown away.
    runProgram(body, header, (sequence) => {
      if (startOf(sequence) > 0) sequences.push(sequence);
    });
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
  }
}
