/** The code of an ELF-64 RISC-V file: sections, symbols, and the extensions that it was made for. System V ABI; RISC-V ELF psABI. */
import { inflateZlib } from '../lib/inflate.ts';
import type { LineSections } from './dwarf/line-header.ts';
import { type LineTable, readLineTable } from './dwarf/line-table.ts';
import type { CodeSection, ListingSymbol } from './listing.ts';
import { unwindStarts } from './unwind-starts.ts';

export interface ElfCode {
  /** Sections with instructions, in the file's order. */
  readonly sections: readonly CodeSection[];
  /** In rising order of address. */
  readonly symbols: readonly ListingSymbol[];
  /** Extensions that .riscv.attributes names; undefined where it does not say. */
  readonly extensions: ReadonlySet<string> | undefined;
}

/** The file is not what can be read here; the message says why. */
export class ElfError extends Error {
  override readonly name = 'ElfError';
}

const ELF_MAGIC = 0x7f45_4c46;
const HEADER_BYTES = 64;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const EM_RISCV = 243;
const ET_EXEC = 2;
const SECTION_HEADER_BYTES = 64;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const PT_LOAD = 1;
const PROGRAM_HEADER_BYTES = 56;
const SHT_NOBITS = 8;
const SHF_EXECINSTR = 4n;
const SHF_COMPRESSED = 0x800n;
const ELFCOMPRESS_ZLIB = 1;
const COMPRESSION_HEADER_BYTES = 24;
const MAX_INFLATED_BYTES = 128 * 1024 * 1024;
const SHN_UNDEF = 0;
const SYMBOL_BYTES = 24;
const FAKE_LABEL = '.L0 ';
/** Global before weak before local, by st_info's binding: STB_LOCAL, STB_GLOBAL, STB_WEAK. */
const BINDING_RANK: readonly number[] = [2, 0, 1];
const KIND_RANK = 3;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_SECTION = 3;
const STT_FILE = 4;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly link: number;
  readonly bytes: Uint8Array;
}

function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return new TextDecoder('latin1').decode(bytes.subarray(at, end < 0 ? bytes.length : end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function checkHeader(view: DataView): void {
  if (view.byteLength < HEADER_BYTES || view.getUint32(0) !== ELF_MAGIC) {
    throw new ElfError('it is not an ELF file');
  }
  if (view.getUint8(4) !== CLASS_64 || view.getUint8(5) !== LITTLE_ENDIAN) {
    throw new ElfError('it is not a 64-bit little-endian ELF file');
  }
  const machine = view.getUint16(18, true);
  if (machine !== EM_RISCV) throw new ElfError(`it is for machine ${machine}, not RISC-V (243)`);
}

/** The bytes of a range of the file. */
function slice(bytes: Uint8Array, offset: bigint, size: bigint, what: string): Uint8Array {
  if (offset + size > BigInt(bytes.length)) throw new ElfError(`${what} lies outside the file`);
  return bytes.subarray(Number(offset), Number(offset + size));
}

function sectionsOf(bytes: Uint8Array): Section[] {
  const header = viewOf(bytes);
  const count = header.getUint16(60, true);
  if (count === 0) throw new ElfError('it has no section headers');
  const tableBytes = BigInt(count * SECTION_HEADER_BYTES);
  const table = viewOf(slice(bytes, header.getBigUint64(40, true), tableBytes, 'section table'));
  const read = (index: number): Omit<Section, 'name'> => {
    const at = index * SECTION_HEADER_BYTES;
    const type = table.getUint32(at + 4, true);
    const size = type === SHT_NOBITS ? 0n : table.getBigUint64(at + 32, true);
    return {
      type,
      flags: table.getBigUint64(at + 8, true),
      address: table.getBigUint64(at + 16, true),
      link: table.getUint32(at + 40, true),
      bytes: slice(bytes, table.getBigUint64(at + 24, true), size, `section ${index}`),
    };
  };
  const namesIndex = header.getUint16(62, true);
  const names = namesIndex < count ? read(namesIndex).bytes : new Uint8Array(0);
  return Array.from({ length: count }, (_, index) => ({
    ...read(index),
    name: textAt(names, table.getUint32(index * SECTION_HEADER_BYTES, true)),
  }));
}

/** A symbol with its size: 0 where the file does not say. */
interface SizedSymbol extends ListingSymbol {
  readonly size: bigint;
}

interface RankedSymbol extends SizedSymbol {
  /** Functions before objects before the rest, and by binding among each. */
  readonly rank: number;
}

/** By address; where several lie at one, the first is the one that objdump names it by. */
function compare(a: RankedSymbol, b: RankedSymbol): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** One symbol for each address. */
function symbolsOf(sections: readonly Section[]): ListingSymbol[] {
  return rankedSymbols(sections, SHT_SYMTAB);
}

function rankedSymbols(sections: readonly Section[], type: number): RankedSymbol[] {
  const found = namedSymbols(sections, type).sort(compare);
  return found.filter((symbol, k) => symbol.address !== found[k - 1]?.address);
}

/** In the table's order. */
function namedSymbols(sections: readonly Section[], type: number): RankedSymbol[] {
  const table = sections.find((section) => section.type === type);
  if (!table) return [];
  const names = sections[table.link]?.bytes ?? new Uint8Array(0);
  const view = viewOf(table.bytes);
  const found: RankedSymbol[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= view.byteLength; at += SYMBOL_BYTES) {
    const kind = view.getUint8(at + 4) & 15;
    const index = view.getUint16(at + 6, true);
    const section = index === SHN_UNDEF ? undefined : sections[index];
    const name = textAt(names, view.getUint32(at, true));
    // $x and $d are mapping symbols (psABI), '.L0 ' is the label of assemblers for themselves.
    const isNamed = name !== '' && !name.startsWith('$') && name !== FAKE_LABEL;
    if (!section || !isNamed || kind === STT_SECTION || kind === STT_FILE) continue;
    const binding = BINDING_RANK[view.getUint8(at + 4) >>> 4] ?? 0;
    const group = kind === STT_FUNC ? 0 : kind === STT_OBJECT ? 1 : 2;
    const rank = KIND_RANK * group + binding;
    found.push({
      name,
      address: view.getBigUint64(at + 8, true),
      size: view.getBigUint64(at + 16, true),
      rank,
    });
  }
  return found;
}

/** The ISA string among the attributes, such as rv64i2p1_m2p0_zicsr2p0, as a set of names without versions. */
function extensionsOf(sections: readonly Section[]): Set<string> | undefined {
  const attributes = sections.find(({ name }) => name === '.riscv.attributes');
  const content = attributes && new TextDecoder('latin1').decode(attributes.bytes);
  const words = content
    ?.match(/rv64[a-z0-9_]+/)?.[0]
    .slice(4)
    .split('_');
  return words && new Set(words.map((word) => word.replace(/\d+p\d+$/, '')));
}

/** Throws ElfError. */
export function readElfCode(bytes: Uint8Array): ElfCode {
  checkHeader(viewOf(bytes));
  const sections = sectionsOf(bytes);
  return {
    sections: sections.filter(
      ({ flags, bytes: code }) => (flags & SHF_EXECINSTR) !== 0n && code.length > 0,
    ),
    symbols: symbolsOf(sections),
    extensions: extensionsOf(sections),
  };
}

/** A variable or function by its name; undefined where the file has none. */
export interface ElfPlace {
  readonly address: number;
  /** Bytes; 0 where the file does not say. */
  readonly size: number;
}

/** From .symtab, of several the one that objdump names first. Throws ElfError, also for a program that is put anywhere when it starts. */
export function findElfSymbol(bytes: Uint8Array, name: string): ElfPlace | undefined {
  const header = viewOf(bytes);
  checkHeader(header);
  if (header.getUint16(16, true) !== ET_EXEC)
    throw new ElfError('it is position-independent: where it lies is known when it runs');
  const found = namedSymbols(sectionsOf(bytes), SHT_SYMTAB).filter(
    (symbol) => symbol.name === name,
  );
  const [first] = found.sort((a, b) => a.rank - b.rank);
  return first && { address: Number(first.address), size: Number(first.size) };
}

/** Functions of a program or shared object, and where its segments lie in the file. */
export interface ElfFunctions {
  /** In rising order of address. */
  readonly functions: readonly SizedSymbol[];
  /** Where functions start, named or not, ascending; empty where the file does not say. */
  readonly starts: readonly bigint[];
  /** Address of a byte of the file, as the symbols have it; undefined outside of all segments. */
  addressOf(fileOffset: number): bigint | undefined;
  /** Lines of its source, by address; empty where the file has none. */
  readonly lines: LineTable;
}

/** Of a section that may be compressed (Elf64_Chdr); nothing where that is damaged. */
function contentOf({ flags, bytes }: Section): Uint8Array {
  if ((flags & SHF_COMPRESSED) === 0n) return bytes;
  const nothing = new Uint8Array(0);
  if (bytes.length < COMPRESSION_HEADER_BYTES) return nothing;
  const view = viewOf(bytes);
  const size = view.getBigUint64(8, true);
  if (view.getUint32(0, true) !== ELFCOMPRESS_ZLIB || size > MAX_INFLATED_BYTES) return nothing;
  return inflateZlib(bytes.subarray(COMPRESSION_HEADER_BYTES), Number(size)) ?? nothing;
}

/** Throws ElfError. */
export function readLineSections(bytes: Uint8Array): LineSections {
  checkHeader(viewOf(bytes));
  return lineSectionsOf(sectionsOf(bytes));
}

function lineSectionsOf(sections: readonly Section[]): LineSections {
  const bytesOf = (wanted: string): Uint8Array => {
    const found = sections.find(({ name }) => name === wanted);
    return found ? contentOf(found) : new Uint8Array(0);
  };
  return {
    line: bytesOf('.debug_line'),
    lineStrings: bytesOf('.debug_line_str'),
    strings: bytesOf('.debug_str'),
  };
}

/** From .symtab, or .dynsym of a stripped file. Throws ElfError. */
export function readElfFunctions(bytes: Uint8Array): ElfFunctions {
  const header = viewOf(bytes);
  checkHeader(header);
  const count = header.getUint16(56, true);
  const size = BigInt(count * PROGRAM_HEADER_BYTES);
  const table = viewOf(slice(bytes, header.getBigUint64(32, true), size, 'program headers'));
  const segments = Array.from({ length: count }, (_, k) => k * PROGRAM_HEADER_BYTES)
    .filter((at) => table.getUint32(at, true) === PT_LOAD)
    .map((at) => ({
      offset: Number(table.getBigUint64(at + 8, true)),
      address: table.getBigUint64(at + 16, true),
      length: Number(table.getBigUint64(at + 32, true)),
    }));
  const sections = sectionsOf(bytes);
  const all = [SHT_SYMTAB, SHT_DYNSYM].map((type) => rankedSymbols(sections, type));
  const symbols = all.find((found) => found.length > 0) ?? [];
  return {
    functions: symbols.filter(({ rank }) => rank < KIND_RANK),
    lines: readLineTable(lineSectionsOf(sections)),
    starts: sections.filter(({ name }) => name === '.eh_frame_hdr').flatMap(unwindStarts),
    addressOf: (fileOffset) => {
      const segment = segments.find(
        ({ offset, length }) => fileOffset >= offset && fileOffset < offset + length,
      );
      return segment && segment.address + BigInt(fileOffset - segment.offset);
    },
  };
}
