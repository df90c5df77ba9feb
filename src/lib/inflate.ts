/** Decompression of zlib streams: RFC 1950 and RFC 1951. Damaged input gives undefined, and never more than was asked for. */

const MAX_BITS = 15;
const END_OF_BLOCK = 256;
/** Lengths by symbol - 257 and distances by symbol: the least, and how many more bits are added to it. RFC 1951, 3.2.5. */
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** Order of the lengths of the code for lengths. RFC 1951, 3.2.7. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

class Damage extends Error {}

/** A Huffman code: entries by the next `bits` bits of the stream, each symbol * 16 + how many of them it takes; 0: no code. */
interface Code {
  readonly bits: number;
  readonly entries: Uint16Array;
}

function reversed(value: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= ((value >>> i) & 1) << (bits - 1 - i);
  return result;
}

/** From the lengths by symbol: RFC 1951, 3.2.2. Throws for more codes than there can be. */
function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MAX_BITS + 1);
  let bits = 1;
  for (const length of lengths) {
    counts[length] = (counts[length] as number) + 1;
    bits = Math.max(bits, length);
  }
  counts[0] = 0;
  const next = new Uint32Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length++) {
    const code = ((next[length] as number) + (counts[length] as number)) << 1;
    if (code > 2 ** (length + 1)) throw new Damage('too many codes');
    next[length + 1] = code;
  }
  const entries = new Uint16Array(1 << bits);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const code = next[length] as number;
    next[length] = code + 1;
    for (let at = reversed(code, length); at < entries.length; at += 1 << length)
      entries[at] = symbol * 16 + length;
  }
  return { bits, entries };
}

let fixed: { literals: Code; distances: Code } | undefined;

/** RFC 1951, 3.2.6. */
function fixedCodes(): { literals: Code; distances: Code } {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  fixed ??= { literals: makeCode(lengths), distances: makeCode(new Uint8Array(30).fill(5)) };
  return fixed;
}

class Inflater {
  private readonly source: Uint8Array;
  private readonly target: Uint8Array;
  private at: number;
  private written = 0;
  private held = 0;
  private heldBits = 0;

  constructor(source: Uint8Array, from: number, target: Uint8Array) {
    this.source = source;
    this.at = from;
    this.target = target;
  }

  /** How many bytes came out. Throws Damage. */
  run(): number {
    for (let isLast = false; !isLast; ) {
      isLast = this.take(1) === 1;
      const type = this.take(2);
      if (type === 0) this.copyStored();
      else if (type === 1) this.decode(fixedCodes().literals, fixedCodes().distances);
      else if (type === 2) this.decodeDynamic();
      else throw new Damage('block type');
    }
    return this.written;
  }

  private fill(bits: number): void {
    while (this.heldBits < bits) {
      // Behind the end zeros stand: a code may be looked up by more bits than it has.
      if (this.at > this.source.length + 4) throw new Damage('end of input');
      this.held |= (this.source[this.at++] ?? 0) << this.heldBits;
      this.heldBits += 8;
    }
  }

  private take(bits: number): number {
    this.fill(bits);
    const value = this.held & ((1 << bits) - 1);
    this.held >>>= bits;
    this.heldBits -= bits;
    return value;
  }

  private symbol({ bits, entries }: Code): number {
    this.fill(bits);
    const entry = entries[this.held & ((1 << bits) - 1)] as number;
    const length = entry & 15;
    if (length === 0) throw new Damage('no such code');
    this.held >>>= length;
    this.heldBits -= length;
    return entry >>> 4;
  }

  private copyStored(): void {
    this.at -= this.heldBits >>> 3;
    this.held = 0;
    this.heldBits = 0;
    const length = this.take(16);
    if ((length ^ this.take(16)) !== 0xffff) throw new Damage('stored length');
    const isInside = this.at + length <= this.source.length;
    if (!isInside || this.written + length > this.target.length) throw new Damage('stored block');
    this.target.set(this.source.subarray(this.at, this.at + length), this.written);
    this.at += length;
    this.written += length;
  }

  private decodeDynamic(): void {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    const order = new Uint8Array(19);
    for (const symbol of LENGTH_ORDER.slice(0, count)) order[symbol] = this.take(3);
    const code = makeCode(order);
    const lengths = new Uint8Array(literals + distances);
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) throw new Damage('nothing to repeat');
      const value = symbol === 16 ? (lengths[at - 1] as number) : 0;
      const repeat =
        symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (at + repeat > lengths.length) throw new Damage('too many lengths');
      lengths.fill(value, at, at + repeat);
      at += repeat;
    }
    this.decode(makeCode(lengths.subarray(0, literals)), makeCode(lengths.subarray(literals)));
  }

  private decode(literals: Code, distances: Code): void {
    const { target } = this;
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) {
        if (this.written >= target.length) throw new Damage('too much');
        target[this.written++] = symbol;
        continue;
      }
      const base = LENGTH_BASE[symbol - 257];
      if (base === undefined) throw new Damage('length');
      const length = base + this.take(LENGTH_BITS[symbol - 257] as number);
      const far = this.symbol(distances);
      const least = DISTANCE_BASE[far];
      if (least === undefined) throw new Damage('distance');
      const distance = least + this.take(DISTANCE_BITS[far] as number);
      if (distance > this.written || this.written + length > target.length)
        throw new Damage('outside');
      this.copyBack(distance, length);
    }
  }

  private copyBack(distance: number, length: number): void {
    const { target, written } = this;
    if (distance >= length)
      target.copyWithin(written, written - distance, written - distance + length);
    else
      for (let i = 0; i < length; i++)
        target[written + i] = target[written + i - distance] as number;
    this.written = written + length;
  }
}

/** The content of a zlib stream of at most `limit` bytes; undefined if it is damaged. Its checksum is not looked at. */
export function inflateZlib(source: Uint8Array, limit: number): Uint8Array | undefined {
  const method = source[0] ?? 0;
  const flags = source[1] ?? 0;
  // Deflate, a header that is a multiple of 31, no preset dictionary.
  if ((method & 15) !== 8 || (method * 256 + flags) % 31 !== 0 || (flags & 0x20) !== 0)
    return undefined;
  const target = new Uint8Array(limit);
  try {
    return target.subarray(0, new Inflater(source, 2, target).run());
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}
