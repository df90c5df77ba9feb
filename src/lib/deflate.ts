/** Compression to zlib streams with the fixed codes: RFC 1950 and RFC 1951, 3.2.6. For blocks of some kilobytes. */

const MIN_MATCH = 3;
const MAX_MATCH = 258;
const WINDOW = 32_768;
const HASH_BITS = 12;
/** Earlier places with the same hash that are tried. */
const MAX_TRIES = 16;
const END_OF_BLOCK = 256;
/** What has not become smaller after so many bytes is given up, where it must. */
const SAMPLE_BYTES = 512;
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];

/** More bits that follow symbol `index` of a table: they double every so many symbols. */
function extraBits(index: number, each: number): number {
  return Math.max(0, Math.floor(index / each) - 1);
}

function indexIn(bases: readonly number[], value: number): number {
  let index = bases.length - 1;
  while ((bases[index] as number) > value) index--;
  return index;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

class BitWriter {
  readonly bytes: Uint8Array;
  length = 0;
  private value = 0;
  private bits = 0;

  constructor(limit: number) {
    this.bytes = new Uint8Array(limit);
  }

  get isFull(): boolean {
    return this.length >= this.bytes.length;
  }

  put(value: number, bits: number): void {
    this.value |= value << this.bits;
    this.bits += bits;
    while (this.bits >= 8) this.flushByte();
  }

  /** A Huffman code: its first bit first. */
  putCode(code: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) this.put((code >>> bit) & 1, 1);
  }

  flush(): void {
    if (this.bits > 0) this.flushByte();
    this.bits = 0;
  }

  private flushByte(): void {
    if (!this.isFull) this.bytes[this.length] = this.value;
    this.length++;
    this.value >>>= 8;
    this.bits -= 8;
  }
}

function putSymbol(writer: BitWriter, symbol: number): void {
  if (symbol < 144) writer.putCode(0x30 + symbol, 8);
  else if (symbol < 256) writer.putCode(0x190 + symbol - 144, 9);
  else if (symbol < 280) writer.putCode(symbol - 256, 7);
  else writer.putCode(0xc0 + symbol - 280, 8);
}

function putMatch(writer: BitWriter, length: number, distance: number): void {
  const index = indexIn(LENGTH_BASE, length);
  putSymbol(writer, END_OF_BLOCK + 1 + index);
  if (length < MAX_MATCH) writer.put(length - (LENGTH_BASE[index] as number), extraBits(index, 4));
  const far = indexIn(DISTANCE_BASE, distance);
  writer.putCode(far, 5);
  writer.put(distance - (DISTANCE_BASE[far] as number), extraBits(far, 2));
}

function hashAt(bytes: Uint8Array, at: number): number {
  const word =
    (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return Math.imul(word, 0x9e37_79b1) >>> (32 - HASH_BITS);
}

function matchLength(bytes: Uint8Array, from: number, at: number): number {
  const most = Math.min(MAX_MATCH, bytes.length - at);
  let length = 0;
  while (length < most && bytes[from + length] === bytes[at + length]) length++;
  return length;
}

/** A zlib stream of at most `limit` bytes; undefined if it would be longer. */
export function deflateZlib(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  const writer = new BitWriter(limit);
  const heads = new Int32Array(1 << HASH_BITS).fill(-1);
  const earlier = new Int32Array(bytes.length);
  writer.put(0x78, 8);
  writer.put(0x01, 8);
  writer.put(1, 1);
  writer.put(1, 2);
  const enter = (at: number): void => {
    if (at + MIN_MATCH > bytes.length) return;
    const hash = hashAt(bytes, at);
    earlier[at] = heads[hash] as number;
    heads[hash] = at;
  };
  for (let at = 0; at < bytes.length && !writer.isFull; ) {
    if (at > SAMPLE_BYTES && writer.length > at && limit < bytes.length) return undefined;
    let best = 0;
    let distance = 0;
    let from = at + MIN_MATCH <= bytes.length ? (heads[hashAt(bytes, at)] as number) : -1;
    for (let tries = 0; tries < MAX_TRIES && from >= 0 && at - from <= WINDOW; tries++) {
      const length = matchLength(bytes, from, at);
      if (length > best) {
        best = length;
        distance = at - from;
      }
      from = earlier[from] as number;
    }
    if (best < MIN_MATCH) {
      putSymbol(writer, bytes[at] as number);
      enter(at++);
      continue;
    }
    putMatch(writer, best, distance);
    for (const end = at + best; at < end; at++) enter(at);
  }
  putSymbol(writer, END_OF_BLOCK);
  writer.flush();
  const sum = adler32(bytes);
  for (let shift = 24; shift >= 0; shift -= 8) writer.put((sum >>> shift) & 0xff, 8);
  return writer.length > limit ? undefined : writer.bytes.subarray(0, writer.length);
}
