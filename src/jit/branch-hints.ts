/**
 * Branch hints: the custom section `metadata.code.branch_hint` (WebAssembly branch hinting proposal), which binaryen.js cannot
 * write. Marked branches get debug locations, their source map tells where in the binary they are, and the section goes in
 * front of the code section.
 */
import type binaryen from 'binaryen';
import type { ExpressionRef } from './value.ts';

const SECTION = { CUSTOM: 0, IMPORT: 2, CODE: 10 } as const;
const OPCODE = { IF: 0x04, BR_IF: 0x0d } as const;
const HEADER_BYTES = 8;
const NAME = 'metadata.code.branch_hint';
/** Column of a marked branch's location. */
const UNLIKELY = 0;
const LIKELY = 1;

/** The branches of one function that are known to go one way as a rule. */
export class BranchHints {
  private readonly marked: [branch: ExpressionRef, column: number][] = [];

  unlikely(branch: ExpressionRef): ExpressionRef {
    this.marked.push([branch, UNLIKELY]);
    return branch;
  }

  likely(branch: ExpressionRef): ExpressionRef {
    this.marked.push([branch, LIKELY]);
    return branch;
  }

  /** Give the function, which holds the marked branches, their locations. */
  locate(module: binaryen.Module, target: binaryen.FunctionRef): void {
    if (this.marked.length === 0) return;
    const file = module.addDebugInfoFileName('hints');
    // Lines must differ, for equal locations in a row are written once: a branch's own number.
    for (const [branch, column] of this.marked)
      module.setDebugLocation(target, branch, file, branch, column);
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/** One segment of a source map (ECMA-426, section 8.2.2): base-64 VLQ numbers. */
function decodeSegment(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = VALUES.get(digit) ?? 0;
    value |= (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** Offsets of the located branches in the binary, ascending, and whether each is likely. */
function locationsOf(sourceMap: string): [offset: number, isLikely: boolean][] {
  const { mappings } = JSON.parse(sourceMap) as { mappings: string };
  const found: [number, boolean][] = [];
  let offset = 0;
  let column = 0;
  for (const segment of mappings.split(',')) {
    const [step, _source, line, columns] = decodeSegment(segment);
    offset += step ?? 0;
    if (line === undefined) continue;
    column += columns ?? 0;
    found.push([offset, column === LIKELY]);
  }
  return found;
}

/** Reads a binary's LEB128 numbers and steps over its sections. */
class Reader {
  readonly bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }
  skip(bytes: number): void {
    this.at += bytes;
  }
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}

/** How many of the imports are functions: the first function's number. */
function importedFunctions(reader: Reader): number {
  let functions = 0;
  for (let rest = reader.number(); rest > 0; rest--) {
    for (const _name of ['module', 'field']) reader.skip(reader.number());
    const kind = reader.bytes[reader.at++];
    if (kind === 0) {
      reader.number();
      functions++;
      continue;
    }
    // A table's element type, or a global's type and mutability; limits of tables and memories.
    if (kind === 3) reader.skip(2);
    else {
      if (kind === 1) reader.skip(1);
      const flags = reader.number();
      reader.number();
      if ((flags & 1) !== 0) reader.number();
    }
  }
  return functions;
}

/** The section's vector: per function its number and {offset from the start of its body, length 1, value} of each hint. */
function hintsOf(
  code: Reader,
  first: number,
  locations: readonly (readonly [number, boolean])[],
): number[] {
  const { bytes } = code;
  const functions: number[][] = [];
  const total = code.number();
  let next = 0;
  for (let index = 0; index < total; index++) {
    const length = code.number();
    const start = code.at;
    const end = start + length;
    const hints: number[] = [];
    let count = 0;
    for (; next < locations.length; next++) {
      const [offset, isLikely] = locations[next] as [number, boolean];
      if (offset >= end) break;
      const opcode = bytes[offset];
      if (offset < start || (opcode !== OPCODE.IF && opcode !== OPCODE.BR_IF)) continue;
      hints.push(...leb128(offset - start), 1, isLikely ? 1 : 0);
      count++;
    }
    if (count > 0) functions.push([...leb128(first + index), ...leb128(count), ...hints]);
    code.at = end;
  }
  return [...leb128(functions.length), ...functions.flat()];
}

/** The binary with a section of hints for the branches that were located. */
export function addBranchHints(binary: Uint8Array, sourceMap: string): Uint8Array {
  const locations = locationsOf(sourceMap);
  const reader = new Reader(binary, HEADER_BYTES);
  let first = 0;
  while (reader.at < binary.length) {
    const start = reader.at;
    const id = binary[reader.at++];
    const length = reader.number();
    const end = reader.at + length;
    if (id === SECTION.IMPORT) first = importedFunctions(reader);
    if (id === SECTION.CODE) {
      const name = [...leb128(NAME.length), ...Buffer.from(NAME)];
      const content = [...name, ...hintsOf(reader, first, locations)];
      const section = [SECTION.CUSTOM, ...leb128(content.length), ...content];
      const result = new Uint8Array(binary.length + section.length);
      result.set(binary.subarray(0, start));
      result.set(section, start);
      result.set(binary.subarray(start), start + section.length);
      return result;
    }
    reader.at = end;
  }
  return binary;
}
