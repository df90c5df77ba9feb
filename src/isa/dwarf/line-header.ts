/** The header of a line number program: DWARF 5, section 6.2.4; versions 2 to 4 as DWARF 4 has them. */
import { type Cursor, DwarfError } from './cursor.ts';

/** Sections of a file, empty where it has none. */
export interface LineSections {
  /** .debug_line */
  readonly line: Uint8Array;
  /** .debug_line_str */
  readonly lineStrings: Uint8Array;
  /** .debug_str */
  readonly strings: Uint8Array;
}

export interface LineHeader {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** How many LEB128 operands each standard opcode has, from opcode 1. */
  readonly operands: readonly number[];
  /** Paths by the numbers that the program has for them. */
  readonly files: ReadonlyMap<number, string>;
}

const CONTENT = { PATH: 1, DIRECTORY: 2 } as const;
const FORM = {
  DATA2: 0x05,
  DATA4: 0x06,
  DATA8: 0x07,
  STRING: 0x08,
  BLOCK: 0x09,
  DATA1: 0x0b,
  STRP: 0x0e,
  UDATA: 0x0f,
  DATA16: 0x1e,
  LINE_STRP: 0x1f,
} as const;

type Text = (section: 'lineStrings' | 'strings', offset: number) => string;

/** A path as the compiler was given it, below the directory that it ran in where that is known. */
function join(folder: string | undefined, name: string): string {
  return folder === undefined || folder === '' || name.startsWith('/') ? name : `${folder}/${name}`;
}

function value(cursor: Cursor, form: number, isWide: boolean, text: Text): string | number {
  switch (form) {
    case FORM.STRING:
      return cursor.text();
    case FORM.LINE_STRP:
      return text('lineStrings', isWide ? cursor.u64() : cursor.u32());
    case FORM.STRP:
      return text('strings', isWide ? cursor.u64() : cursor.u32());
    case FORM.UDATA:
      return cursor.unsigned();
    case FORM.DATA1:
      return cursor.u8();
    case FORM.DATA2:
      return cursor.u16();
    case FORM.DATA4:
      return cursor.u32();
    case FORM.DATA8:
      return cursor.u64();
    case FORM.DATA16:
      return cursor.skip(16);
    case FORM.BLOCK:
      return cursor.skip(cursor.unsigned());
    default:
      throw new DwarfError(`form ${form} in a line table`);
  }
}

interface Entry {
  readonly path: string;
  readonly directory: number;
}

/** A table of version 5, which says itself what its entries are. */
function entries(cursor: Cursor, isWide: boolean, text: Text): Entry[] {
  const formats = Array.from({ length: cursor.u8() }, () => ({
    content: cursor.unsigned(),
    form: cursor.unsigned(),
  }));
  const count = cursor.unsigned();
  // Each has a byte at least, so that a count that was made up ends here.
  if (count > cursor.left) throw new DwarfError('a table of files is cut off');
  return Array.from({ length: count }, () => {
    let [path, directory] = ['', 0];
    for (const { content, form } of formats) {
      const found = value(cursor, form, isWide, text);
      if (content === CONTENT.PATH) path = String(found);
      if (content === CONTENT.DIRECTORY) directory = Number(found);
    }
    return { path, directory };
  });
}

function filesOf5(cursor: Cursor, isWide: boolean, text: Text): Map<number, string> {
  const [base, ...others] = entries(cursor, isWide, text).map(({ path }) => path);
  const folders = [base, ...others.map((path) => join(base, path))];
  const files = entries(cursor, isWide, text);
  return new Map(files.map(({ path, directory }, k) => [k, join(folders[directory], path)]));
}

/** Folder 0 is that of the compilation, which only .debug_info names: such paths stay relative. */
function filesOf4(cursor: Cursor): Map<number, string> {
  const folders: (string | undefined)[] = [undefined];
  for (let path = cursor.text(); path !== ''; path = cursor.text()) folders.push(path);
  const files = new Map<number, string>();
  for (let path = cursor.text(); path !== ''; path = cursor.text()) {
    const directory = cursor.unsigned();
    // Time and length.
    cursor.unsigned();
    cursor.unsigned();
    files.set(files.size + 1, join(folders[directory], path));
  }
  return files;
}

/** Leaves the cursor at the program. Throws DwarfError, also for a version that is not known. */
export function readLineHeader(cursor: Cursor, isWide: boolean, text: Text): LineHeader {
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DwarfError(`line table of version ${version}`);
  // Sizes of addresses and of segment selectors.
  if (version === 5) cursor.skip(2);
  const headerBytes = isWide ? cursor.u64() : cursor.u32();
  const program = cursor.at + headerBytes;
  const minimumLength = cursor.u8();
  // Operations per instruction: one, except on VLIW machines.
  if (version >= 4) cursor.skip(1);
  // Whether rows begin as statements: all rows count here.
  cursor.skip(1);
  const [lineBase, lineRange, opcodeBase] = [cursor.i8(), cursor.u8(), cursor.u8()];
  if (lineRange === 0 || opcodeBase === 0) throw new DwarfError('a line table without opcodes');
  const operands = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const files = version === 5 ? filesOf5(cursor, isWide, text) : filesOf4(cursor);
  if (program < cursor.at) throw new DwarfError('a header is longer than it says');
  cursor.skip(program - cursor.at);
  return { minimumLength, lineBase, lineRange, opcodeBase, operands, files };
}
