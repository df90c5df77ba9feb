/** 9P messages on the wire: little-endian numbers, strings as u16 length and UTF-8. plan9 intro(5). */

const TWO_32 = 0x1_0000_0000;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The message ends before its fields do. */
export class ShortMessageError extends Error {
  readonly code = 'EPROTO';
}

export class MessageReader {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private at = 0;

  /** `bytes` must not be shared memory, which TextDecoder refuses. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** Exact below 2^53. */
  u64(): number {
    const low = this.u32();
    return this.u32() * TWO_32 + low;
  }

  string(): string {
    return decoder.decode(this.data(this.u16()));
  }

  data(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  private take(length: number): number {
    const { at } = this;
    if (at + length > this.bytes.length) throw new ShortMessageError('9p message too short');
    this.at += length;
    return at;
  }
}

export class MessageWriter {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  get capacity(): number {
    return this.bytes.length;
  }

  get length(): number {
    return this.at;
  }

  get room(): number {
    return this.bytes.length - this.at;
  }

  /** Forget everything from `length` on. */
  truncate(length: number): void {
    this.at = length;
  }

  u8(value: number): void {
    this.view.setUint8(this.advance(1), value);
  }

  u16(value: number): void {
    this.view.setUint16(this.advance(2), value, true);
  }

  u32(value: number): void {
    this.view.setUint32(this.advance(4), value, true);
  }

  /** Of a whole number from 0 to 2^53; a negative one is stored in two's complement. */
  u64(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.u32(value - high * TWO_32);
    this.u32(high >>> 0);
  }

  string(text: string): void {
    const encoded = encoder.encode(text);
    this.u16(encoded.length);
    this.bytes.set(encoded, this.advance(encoded.length));
  }

  /** The next `length` bytes, to be filled by the caller; advance() takes those that were. */
  space(length: number): Uint8Array {
    return this.bytes.subarray(this.at, this.at + Math.min(length, this.room));
  }

  /** Returns the position before. */
  advance(length: number): number {
    const { at } = this;
    if (length > this.room) throw new ShortMessageError('9p reply too long');
    this.at += length;
    return at;
  }

  /** Overwrite a number that was written as 0. */
  patch32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  finish(): Uint8Array {
    this.patch32(0, this.at);
    return this.bytes.subarray(0, this.at);
  }
}
