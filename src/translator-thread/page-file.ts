/**
 * A file of the translation cache: what was translated of one page of code. A checksum stands over key and content, so that a
 * file that was cut short, changed or renamed is known for what it is.
 *
 *     magic u32 | SHA-256 of key and content, 32 bytes | content
 *     content:  segments u32, then each: wasm bytes u32 | regions u32 | regions | wasm | padding to 4
 *     region:   entry u16 | export's number u16 | next halfword u32, -1 for none | covered halfwords u32 | these u16 | padding to 4
 */
import { createHash } from 'node:crypto';

/** One module of regions of the page. */
export interface Segment {
  readonly wasm: Uint8Array;
  readonly regions: readonly SavedRegion[];
}

export interface SavedRegion {
  /** Page offset. */
  readonly entry: number;
  /** Of its export: regionName(). */
  readonly index: number;
  /** Halfwords of the page. */
  readonly covered: Uint16Array;
  /** What the next page begins with, if the region has an instruction that straddles the page's end. */
  readonly next?: number | undefined;
}

const MAGIC = 0x3252_5848;
const CHECKSUM_BYTES = 32;
const HEADER_BYTES = 4 + CHECKSUM_BYTES;
const NO_NEXT = 0xffff_ffff;
const PAGE_BYTES = 4096;
const SLOTS_PER_PAGE = PAGE_BYTES / 2;

const aligned = (length: number): number => (length + 3) & ~3;

function checksum(key: string, content: Uint8Array): Uint8Array {
  return createHash('sha256').update(key).update(content).digest();
}

function regionBytes({ covered }: SavedRegion): number {
  return 12 + aligned(covered.length * 2);
}

function contentBytes(segments: readonly Segment[]): number {
  return segments.reduce(
    (sum, { wasm, regions }) =>
      sum +
      regions.reduce((inner, region) => inner + regionBytes(region), 8 + aligned(wasm.length)),
    4,
  );
}

/** The file of the page with this key. */
export function encodePageFile(key: string, segments: readonly Segment[]): Uint8Array {
  const file = new Uint8Array(HEADER_BYTES + contentBytes(segments));
  const view = new DataView(file.buffer);
  let at = HEADER_BYTES;
  const word = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  word(segments.length);
  for (const { wasm, regions } of segments) {
    word(wasm.length);
    word(regions.length);
    for (const region of regions) {
      word(region.entry | (region.index << 16));
      word(region.next ?? NO_NEXT);
      word(region.covered.length);
      for (const [i, halfword] of region.covered.entries())
        view.setUint16(at + 2 * i, halfword, true);
      at += aligned(region.covered.length * 2);
    }
    file.set(wasm, at);
    at += aligned(wasm.length);
  }
  view.setUint32(0, MAGIC, true);
  file.set(checksum(key, file.subarray(HEADER_BYTES)), 4);
  return file;
}

/** Reads words and refuses to leave the file. */
class Reader {
  private readonly view: DataView;
  private at = HEADER_BYTES;

  constructor(file: Uint8Array) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.view.byteLength;
  }

  /** Offset of the next `length` bytes, which are passed with their padding; undefined where the file ends before. */
  skip(length: number): number | undefined {
    const start = this.at;
    if (length > this.view.byteLength - start || aligned(length) > this.view.byteLength - start)
      return undefined;
    this.at += aligned(length);
    return start;
  }

  word(): number | undefined {
    const at = this.skip(4);
    return at === undefined ? undefined : this.view.getUint32(at, true);
  }

  halfwords(count: number): Uint16Array | undefined {
    const at = this.skip(count * 2);
    if (at === undefined) return undefined;
    return Uint16Array.from({ length: count }, (_, i) => this.view.getUint16(at + 2 * i, true));
  }
}

function decodeRegion(reader: Reader): SavedRegion | undefined {
  const word = reader.word();
  const second = reader.word();
  const count = reader.word();
  if (word === undefined || second === undefined) return undefined;
  if (count === undefined || count > SLOTS_PER_PAGE) return undefined;
  const covered = reader.halfwords(count);
  const entry = word & 0xffff;
  const isInPage = entry < PAGE_BYTES && covered?.every((halfword) => halfword < SLOTS_PER_PAGE);
  if (covered === undefined || !isInPage) return undefined;
  const next = second === NO_NEXT ? {} : { next: second };
  return { entry, index: word >>> 16, covered, ...next };
}

function decodeSegment(file: Uint8Array, reader: Reader): Segment | undefined {
  const wasmLength = reader.word();
  const count = reader.word();
  if (wasmLength === undefined || count === undefined || count > SLOTS_PER_PAGE) return undefined;
  const regions: SavedRegion[] = [];
  for (let i = 0; i < count; i++) {
    const region = decodeRegion(reader);
    if (region === undefined) return undefined;
    regions.push(region);
  }
  const at = reader.skip(wasmLength);
  return at === undefined ? undefined : { wasm: file.subarray(at, at + wasmLength), regions };
}

/** Undefined for anything but what encodePageFile() made for this key. */
export function decodePageFile(key: string, file: Uint8Array): Segment[] | undefined {
  if (file.length < HEADER_BYTES + 4) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const wanted = checksum(key, file.subarray(HEADER_BYTES));
  if (!wanted.every((byte, i) => byte === file[4 + i])) return undefined;
  const reader = new Reader(file);
  const count = reader.word() ?? 0;
  const segments: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const segment = decodeSegment(file, reader);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return reader.isAtEnd ? segments : undefined;
}
