/** Saved state as bytes: a tag, then the value; numbers as doubles, lengths as 32 bits, all little-endian. */
import type { StateValue } from '../state.ts';

const TAG = { NUMBER: 1, TRUE: 2, FALSE: 3, TEXT: 4, BYTES: 5, LIST: 6, RECORD: 7 } as const;
/** Deeper values are no state of ours. */
const MAX_DEPTH = 32;

class Writer {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  tag(tag: number): void {
    const at = this.reserve(1);
    this.bytes[at] = tag;
  }

  count(count: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, count, true);
  }

  double(value: number): void {
    const at = this.reserve(8);
    this.view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    this.count(bytes.length);
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function isList(value: StateValue): value is readonly StateValue[] {
  return Array.isArray(value);
}

function write(out: Writer, value: StateValue): void {
  if (typeof value === 'number') {
    out.tag(TAG.NUMBER);
    out.double(value);
  } else if (typeof value === 'boolean') {
    out.tag(value ? TAG.TRUE : TAG.FALSE);
  } else if (typeof value === 'string') {
    out.tag(TAG.TEXT);
    out.raw(new TextEncoder().encode(value));
  } else if (value instanceof Uint8Array) {
    out.tag(TAG.BYTES);
    out.raw(value);
  } else if (isList(value)) {
    out.tag(TAG.LIST);
    out.count(value.length);
    for (const item of value) write(out, item);
  } else {
    const fields = Object.entries(value);
    out.tag(TAG.RECORD);
    out.count(fields.length);
    for (const [name, field] of fields) {
      out.raw(new TextEncoder().encode(name));
      write(out, field);
    }
  }
}

export function encodeState(value: StateValue): Uint8Array {
  const out = new Writer();
  write(out, value);
  return out.finish();
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  private take(count: number): number {
    const { at } = this;
    if (count > this.bytes.length - at)
      throw new Error('saved state ends in the middle of a value');
    this.at += count;
    return at;
  }

  private count(): number {
    return this.view.getUint32(this.take(4), true);
  }

  private raw(): Uint8Array {
    const length = this.count();
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  private text(): string {
    return new TextDecoder().decode(this.raw());
  }

  value(depth: number): StateValue {
    if (depth > MAX_DEPTH) throw new Error('saved state is nested too deeply');
    const tag = this.bytes[this.take(1)] ?? 0;
    switch (tag) {
      case TAG.NUMBER:
        return this.view.getFloat64(this.take(8), true);
      case TAG.TRUE:
      case TAG.FALSE:
        return tag === TAG.TRUE;
      case TAG.TEXT:
        return this.text();
      case TAG.BYTES:
        return this.raw();
      case TAG.LIST:
        return this.list(depth);
      case TAG.RECORD:
        return this.record(depth);
      default:
        throw new Error(`saved state has a value of an unknown kind ${tag}`);
    }
  }

  private list(depth: number): StateValue[] {
    const values: StateValue[] = [];
    for (let left = this.count(); left > 0; left--) values.push(this.value(depth + 1));
    return values;
  }

  private record(depth: number): StateValue {
    const fields = new Map<string, StateValue>();
    for (let left = this.count(); left > 0; left--) {
      const name = this.text();
      fields.set(name, this.value(depth + 1));
    }
    return Object.fromEntries(fields);
  }
}

/** Throws an Error where the bytes are not what encodeState gave. */
export function decodeState(bytes: Uint8Array): StateValue {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new Error('saved state goes on behind its value');
  return value;
}
