/** The input of a terminal that was not read yet: finished lines, and the one being typed. Linux: struct n_tty_data. */

/** Bytes kept, and with them the longest line: 4095 and its end. */
export const INPUT_BYTES = 4096;
const MASK = INPUT_BYTES - 1;
/** Value of an EOF character in the buffer. */
const END_OF_FILE = 0;

export class InputBuffer {
  private readonly bytes = new Uint8Array(INPUT_BYTES);
  /** 1 where a byte ends a line. */
  private readonly ends = new Uint8Array(INPUT_BYTES);
  /** Counters of bytes ever stored and read; positions in the ring are these modulo its size. */
  private head = 0;
  private tail = 0;
  /** Where the line being typed begins: behind the last finished one. */
  private lineStart = 0;
  /** ECHOPRT: erased characters are being shown. */
  isErasing = false;

  get length(): number {
    return this.head - this.tail;
  }

  get isLineEmpty(): boolean {
    return this.head === this.lineStart;
  }

  /** A finished line can be read, even an empty one (end of file). */
  get hasLine(): boolean {
    return this.lineStart !== this.tail;
  }

  /** Bytes that FIONREAD counts: an EOF character is none. */
  countReadable(isCanonical: boolean): number {
    if (!isCanonical) return this.length;
    let count = 0;
    for (let at = this.tail; at < this.lineStart; at++) {
      const isEof = this.ends[at & MASK] === 1 && this.bytes[at & MASK] === END_OF_FILE;
      if (!isEof) count++;
    }
    return count;
  }

  put(byte: number): void {
    this.bytes[this.head & MASK] = byte;
    this.ends[this.head & MASK] = 0;
    this.head++;
  }

  endLine(byte: number): void {
    this.bytes[this.head & MASK] = byte;
    this.ends[this.head & MASK] = 1;
    this.head++;
    this.lineStart = this.head;
  }

  /**
   * Whether one more byte may come. A typed line that fills everything keeps taking bytes, each in place of the last, so
   * that its end can still be typed.
   */
  makeRoom(isCanonical: boolean, mayDouble: boolean): boolean {
    let room = INPUT_BYTES - this.length;
    if (mayDouble) room = Math.floor((room + 2) / 3);
    room--;
    if (room > 0) return true;
    const isOneLine = isCanonical && this.lineStart === this.tail;
    if (isOneLine && room < 0) this.head--;
    return isOneLine;
  }

  /** Bytes of the line being typed. */
  *currentLine(): Generator<number> {
    for (let at = this.lineStart; at < this.head; at++) yield this.bytes[at & MASK] as number;
  }

  /** The byte `back` places before the end of the line being typed; undefined in front of its start. */
  typed(back: number): number | undefined {
    const at = this.head - 1 - back;
    return at < this.lineStart ? undefined : this.bytes[at & MASK];
  }

  /** Take back the last `count` typed bytes. */
  drop(count: number): void {
    this.head -= count;
  }

  dropLine(): void {
    this.head = this.lineStart;
  }

  clear(): void {
    this.head = this.tail = this.lineStart = 0;
    this.ends.fill(0);
    this.isErasing = false;
  }

  /** ICANON was switched: what is there becomes readable, as one line when it was switched on. */
  changeMode(isCanonical: boolean): void {
    this.ends.fill(0);
    this.isErasing = false;
    if (isCanonical && this.length > 0) {
      this.ends[(this.head - 1) & MASK] = 1;
      this.lineStart = this.head;
    } else {
      this.lineStart = this.tail;
    }
  }

  /** Take at most `limit` bytes of the first line. An EOF character ends it without being taken out as a byte. */
  readLine(limit: number): Uint8Array {
    let end = this.tail;
    let isEnd = false;
    while (end < this.lineStart && end - this.tail < limit && !isEnd) {
      isEnd = this.ends[end & MASK] === 1;
      end++;
    }
    const isEof = isEnd && this.bytes[(end - 1) & MASK] === END_OF_FILE;
    const result = this.copy(end - this.tail - (isEof ? 1 : 0));
    if (isEnd) this.ends[(end - 1) & MASK] = 0;
    this.tail = end;
    // A read that is exactly filled takes the EOF character behind it along: else the next one would be empty.
    if (!isEnd && result.length === limit) this.skipEof();
    return result;
  }

  private skipEof(): void {
    const at = this.tail & MASK;
    if (this.tail === this.lineStart || this.ends[at] === 0) return;
    if (this.bytes[at] !== END_OF_FILE) return;
    this.ends[at] = 0;
    this.tail++;
  }

  /** Take at most `limit` bytes, lines or not. */
  readRaw(limit: number): Uint8Array {
    const result = this.copy(Math.min(limit, this.length));
    this.tail += result.length;
    this.lineStart = Math.max(this.lineStart, this.tail);
    return result;
  }

  private copy(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let i = 0; i < count; i++) result[i] = this.bytes[(this.tail + i) & MASK] as number;
    return result;
  }
}
