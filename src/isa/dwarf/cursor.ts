/** Reads little-endian DWARF data in order. DWARF 5, section 7. */

/** Whatever is wrong with the data; the tables of a damaged file are left out. */
export class DwarfError extends Error {
  override readonly name = 'DwarfError';
}

const MORE = 0x80;
const SIGN = 0x40;
/** Escape of the initial length for the 64-bit format (section 7.4). */
const IS_64_BIT = 0xffff_ffff;

export class Cursor {
  at: number;
  readonly end: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    if (at > end || end > bytes.length) throw new DwarfError('a table lies outside its section');
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Passes so many bytes, and returns where they were. */
  skip(count: number): number {
    const { at } = this;
    if (count > this.left) throw new DwarfError('a table is cut off');
    this.at += count;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  i8(): number {
    return this.view.getInt8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** Exact below 2^53. */
  u64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** ULEB128, exact below 2^53. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= MORE) {
      const byte = this.u8();
      value += (byte & ~MORE) * scale;
      if (byte < MORE) return value;
    }
  }

  /** SLEB128, exact below 2^53 in magnitude. */
  signed(): number {
    let value = 0;
    for (let scale = 1; ; scale *= MORE) {
      const byte = this.u8();
      value += (byte & ~MORE) * scale;
      if (byte < MORE) return byte < SIGN ? value : value - MORE * scale;
    }
  }

  /** Up to its NUL. */
  text(): string {
    const start = this.at;
    const length = this.bytes.subarray(start, this.end).indexOf(0);
    this.skip(length < 0 ? this.left + 1 : length + 1);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }

  /** What follows an initial length, and whether offsets in it have 64 bits. */
  unit(): { body: Cursor; isWide: boolean } {
    const short = this.u32();
    const isWide = short === IS_64_BIT;
    const length = isWide ? this.u64() : short;
    const start = this.skip(length);
    return { body: new Cursor(this.bytes, start, start + length), isWide };
  }
}
