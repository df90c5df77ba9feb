/** Listings of code in the form of `objdump -d`: addresses, bytes, text, and the addresses that pairs of instructions compute. */
import { decodeAt, lengthOf } from './decode.ts';
import { type DisassembleOptions, disassemble } from './disassemble.ts';
import { operandsOf } from './operands.ts';

export interface CodeSection {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface ListingSymbol {
  readonly name: string;
  readonly address: bigint;
}

export interface ListingOptions extends Omit<DisassembleOptions, 'pc'> {
  /** In rising order of address. */
  readonly symbols?: readonly ListingSymbol[];
}

const ZERO_RUN = 8;
const ZERO_RUN_AT_END = 3;
const ZERO_ALIGN = 4;
const BYTES_WIDTH = 20;
const ADDRESS_DIGITS = 4;
const GLOBAL_POINTER = 3;
const THREAD_POINTER = 4;
const TARGET = /0x([0-9a-f]+)$/;
const HAS_TARGET = new Set(['B', 'J']);
/** Rows that add an offset to a register that a `lui` or `auipc` may have set. */
const ADDRESSING = /^(l[bhwd]u?|s[bhwd]|fl[hwd]|fs[hwd]|addi|addiw|jalr)$/;

/** Of the compressed forms objdump looks at c.addi and c.addiw only, by quadrant and funct3. */
const C_MASK = 0xe003;
const ACCUMULATING = new Set([0x0001, 0x2001]);

/** Follows lui and auipc, as objdump does: until its first use, and whatever else writes the register. */
class HighParts {
  private readonly parts = new Map<number, bigint>();
  private readonly globalPointer: bigint | undefined;

  constructor(globalPointer: bigint | undefined) {
    this.globalPointer = globalPointer;
  }

  /** The address that the instruction computes, if it is to be told. `text` is what is shown of it. */
  follow(pc: bigint, low: number, high: number, text: string): bigint | undefined {
    const decoded = decodeAt(low, high);
    if (!decoded) return undefined;
    const { row, word, length } = decoded;
    const { rd, rs1, imm } = operandsOf(row.format, word);
    if (row.name === 'auipc') this.parts.set(rd, BigInt.asUintN(64, pc + BigInt(imm)));
    if (row.name === 'lui') this.parts.set(rd, BigInt.asUintN(64, BigInt(imm)));
    const isShort = length === 2 && !(rd !== 0 && ACCUMULATING.has(low & C_MASK));
    if (isShort || !ADDRESSING.test(row.name)) return undefined;
    // Aliases without an offset tell no address, but for jumps.
    if (/^(li|mv|sext\.w|nop|ret)\b/.test(text) || (row.name === 'addi' && rs1 === 0)) {
      return undefined;
    }
    const address = this.take(rs1, imm);
    if (address === undefined) return undefined;
    return BigInt.asUintN(64, row.name === 'addiw' ? BigInt.asIntN(32, address) : address);
  }

  private take(base: number, offset: number): bigint | undefined {
    const part = this.parts.get(base);
    this.parts.delete(base);
    if (part !== undefined) return (base === 0 ? 0n : part) + BigInt(offset);
    if (base === GLOBAL_POINTER && this.globalPointer !== undefined) {
      return this.globalPointer + BigInt(offset);
    }
    return base === 0 || base === THREAD_POINTER ? BigInt(offset) : undefined;
  }
}

class Listing {
  private readonly options: ListingOptions;
  private readonly high: HighParts;

  constructor(options: ListingOptions) {
    this.options = options;
    const pointer = options.symbols?.find(({ name }) => name === '__global_pointer$');
    this.high = new HighParts(pointer?.address);
  }

  *section({ name, address, bytes }: CodeSection): Generator<string> {
    yield '';
    yield `Disassembly of section ${name}:`;
    const last = address + BigInt(bytes.length);
    const digits = last.toString(16).length;
    const width = (Math.floor(digits / ADDRESS_DIGITS) + 1) * ADDRESS_DIGITS;
    const labels = this.labels(name, address, last);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; ) {
      const pc = address + BigInt(at);
      const label = labels.get(pc);
      if (label !== undefined) yield* ['', `${pc.toString(16).padStart(16, '0')} <${label}>:`];
      const zeros = zeroRun(bytes, at);
      if (zeros > 0) {
        yield '\t...';
        at += zeros;
        continue;
      }
      const { raw, length, text } = this.item(pc, view, at);
      const pad = length === 4 ? BYTES_WIDTH - 2 : BYTES_WIDTH;
      yield `${pc.toString(16).padStart(width)}:\t${raw.padEnd(pad)}\t${text}`;
      at += length;
    }
  }

  /** What lies at an offset: an instruction, or what is left of one at the end. */
  private item(
    pc: bigint,
    view: DataView,
    at: number,
  ): { raw: string; length: number; text: string } {
    const left = view.byteLength - at;
    if (left === 1) {
      const raw = view.getUint8(at).toString(16).padStart(2, '0');
      return { raw, length: 1, text: `.byte\t0x${raw}` };
    }
    const low = view.getUint16(at, true);
    const isLong = lengthOf(low) === 4;
    if (!isLong || left < 4) {
      const raw = low.toString(16).padStart(4, '0');
      return { raw, length: 2, text: isLong ? `.2byte\t0x${raw}` : this.text(pc, low, 0) };
    }
    const high = view.getUint16(at + 2, true);
    const raw = view.getUint32(at, true).toString(16).padStart(8, '0');
    return { raw, length: 4, text: this.text(pc, low, high) };
  }

  /** Labels by address: the symbols, and the section's name at its start where none is there. */
  private labels(name: string, first: bigint, end: bigint): Map<bigint, string> {
    const labels = new Map<bigint, string>([[first, name]]);
    for (const symbol of this.options.symbols ?? []) {
      if (symbol.address >= first && symbol.address < end) labels.set(symbol.address, symbol.name);
    }
    return labels;
  }

  private text(pc: bigint, low: number, high: number): string {
    const text = disassemble(low, high, { ...this.options, pc });
    const address = this.high.follow(pc, low, high, text);
    const row = decodeAt(low, high)?.row;
    const located =
      row && HAS_TARGET.has(row.format)
        ? text.replace(TARGET, (_all, target: string) => this.place(BigInt(`0x${target}`)))
        : text;
    const comment = address === undefined ? '' : ` # ${this.place(address)}`;
    return located.replace(' ', '\t') + comment;
  }

  /** An address as objdump names it: by the symbol before it, if there are symbols. */
  private place(address: bigint): string {
    const { symbols = [] } = this.options;
    if (symbols.length === 0) return `0x${address.toString(16)}`;
    const symbol = nearest(symbols, address);
    if (!symbol) return `0x${address.toString(16)}`;
    const offset = address - symbol.address;
    const suffix =
      offset === 0n
        ? ''
        : `${offset < 0n ? '-' : '+'}0x${(offset < 0n ? -offset : offset).toString(16)}`;
    return `${address.toString(16)} <${symbol.name}${suffix}>`;
  }
}

/** The last symbol at or before an address; before the first one, the first. */
function nearest(symbols: readonly ListingSymbol[], address: bigint): ListingSymbol | undefined {
  let from = 0;
  let to = symbols.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((symbols[middle] as ListingSymbol).address <= address) from = middle + 1;
    else to = middle;
  }
  return symbols[from - 1] ?? symbols[0];
}

/** Zero bytes from `at` on that are left out: long runs, and a few at the end. */
function zeroRun(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] === 0) end++;
  const length = end - at;
  if (length === 0) return 0;
  if (end === bytes.length) return length >= ZERO_RUN || length < ZERO_RUN_AT_END ? length : 0;
  return length >= ZERO_RUN ? length - (length % ZERO_ALIGN) : 0;
}

/** Lines of a listing of sections, without the line that names the file. */
export function* listing(
  sections: readonly CodeSection[],
  options: ListingOptions = {},
): Generator<string> {
  const writer = new Listing(options);
  for (const section of sections) yield* writer.section(section);
}
