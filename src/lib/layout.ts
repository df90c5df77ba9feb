/** Little-endian C structures as data: offsets, size and typed access from one list of fields in declaration order. */
import { panic } from './panic.ts';
import { wide } from './wide.ts';

type ScalarType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64';
/** `bytesN` is an array of N bytes, aligned to 1. */
export type FieldType = ScalarType | `bytes${number}`;
export type Fields = Readonly<Record<string, FieldType>>;
type Value<T extends FieldType> = T extends ScalarType ? number : Uint8Array;
type Input<T extends FieldType> = T extends ScalarType ? number | bigint : Uint8Array;
export type Decoded<F extends Fields> = { -readonly [K in keyof F]: Value<F[K]> };

export interface Layout<F extends Fields> {
  /** sizeof, trailing padding included. */
  readonly size: number;
  readonly align: number;
  readonly offset: { readonly [K in keyof F]: number };
  /** Fields left out are zero. The result belongs to the caller. */
  encode(values: { readonly [K in keyof F]?: Input<F[K]> }): Uint8Array;
  /** As encode, in an array of the layout's own that its next encodeBriefly overwrites: for what is copied at once. */
  encodeBriefly(values: { readonly [K in keyof F]?: Input<F[K]> }): Uint8Array;
  /** 64-bit fields become numbers: exact below 2^53 in magnitude. `at` is the byte offset of the structure. */
  decode(bytes: Uint8Array, at?: number): Decoded<F>;
}

const SCALAR_SIZE: Readonly<Record<ScalarType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
};

function isScalar(type: FieldType): type is ScalarType {
  return type in SCALAR_SIZE;
}

function sizeOf(type: FieldType): number {
  return isScalar(type) ? SCALAR_SIZE[type] : Number(type.slice(5));
}

/** The low `size` bytes of an integer, in two's complement. */
function writeScalar(bytes: Uint8Array, at: number, size: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    for (let i = 0; i < size; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    return;
  }
  const low = value >>> 0;
  bytes[at] = low;
  if (size >= 2) bytes[at + 1] = low >>> 8;
  if (size >= 4) {
    bytes[at + 2] = low >>> 16;
    bytes[at + 3] = low >>> 24;
  }
  if (size === 8 && value !== low) {
    const high = Math.floor(value / 0x1_0000_0000);
    for (let i = 0; i < 4; i++) bytes[at + 4 + i] = high >> (8 * i);
  }
}

/** Byte by byte: the buffer that a DataView wants is allocated only then for a short array, which costs more than all else here. */
function readScalar(bytes: Uint8Array, at: number, type: ScalarType): number {
  switch (type) {
    case 'u8':
      return bytes[at] as number;
    case 'i8':
      return ((bytes[at] as number) << 24) >> 24;
    case 'u16':
      return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    case 'i16':
      return (((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 24)) >> 16;
    case 'u32':
      return readWord(bytes, at) >>> 0;
    case 'i32':
      return readWord(bytes, at);
    case 'u64':
      return wide(readWord(bytes, at + 4) >>> 0, readWord(bytes, at) >>> 0);
    case 'i64':
      return wide(readWord(bytes, at + 4), readWord(bytes, at) >>> 0);
  }
}

function readWord(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly at: number;
  readonly bytes: number;
}

type AnyValue = number | bigint | Uint8Array;
type Values<F extends Fields> = { readonly [K in keyof F]?: Input<F[K]> };

/**
 * Most programs need few of all structures: each is worked out when it is first asked for. Objects with a structure's fields begin as copies of
 * `fields`, whose shape V8 knows from its source: to add one field after the other would leave a shape for each.
 */
class Structure<F extends Fields> implements Layout<F> {
  private readonly fields: F;
  private plan: readonly Field[] | undefined;
  private offsets: Layout<F>['offset'] | undefined;
  private brief: Uint8Array | undefined;
  private bytes = 0;
  private alignment = 1;

  constructor(fields: F) {
    this.fields = fields;
  }

  get size(): number {
    this.plan ??= this.laidOut();
    return this.bytes;
  }

  get align(): number {
    this.plan ??= this.laidOut();
    return this.alignment;
  }

  get offset(): Layout<F>['offset'] {
    this.offsets ??= this.withOffsets();
    return this.offsets;
  }

  encode(values: Values<F>): Uint8Array {
    return this.encodeInto(new Uint8Array(this.size), values);
  }

  encodeBriefly(values: Values<F>): Uint8Array {
    this.brief ??= new Uint8Array(this.size);
    return this.encodeInto(this.brief.fill(0), values);
  }

  decode(bytes: Uint8Array, at = 0): Decoded<F> {
    if (at < 0 || at + this.size > bytes.length) throw new RangeError('layout: bytes are too few');
    const plan = this.plan as readonly Field[];
    const result: Record<string, unknown> = { ...this.fields };
    for (let i = 0; i < plan.length; i++) {
      const { name, type, at: from, bytes: length } = plan[i] as Field;
      result[name] = isScalar(type)
        ? readScalar(bytes, at + from, type)
        : bytes.slice(at + from, at + from + length);
    }
    return result as Decoded<F>;
  }

  private encodeInto(bytes: Uint8Array, values: Values<F>): Uint8Array {
    const plan = this.plan as readonly Field[];
    for (let i = 0; i < plan.length; i++) {
      const { name, type, at, bytes: length } = plan[i] as Field;
      const value = (values as Record<string, AnyValue | undefined>)[name];
      if (value === undefined) continue;
      if (typeof value === 'object') bytes.set(value.subarray(0, length), at);
      else if (isScalar(type)) writeScalar(bytes, at, length, value);
      else panic(`layout field ${name} takes bytes`);
    }
    return bytes;
  }

  private laidOut(): readonly Field[] {
    let end = 0;
    const plan = Object.entries(this.fields).map(([name, type]): Field => {
      const bytes = sizeOf(type);
      const alignment = isScalar(type) ? bytes : 1;
      const at = Math.ceil(end / alignment) * alignment;
      end = at + bytes;
      this.alignment = Math.max(this.alignment, alignment);
      return { name, type, at, bytes };
    });
    this.bytes = Math.ceil(end / this.alignment) * this.alignment;
    return plan;
  }

  private withOffsets(): Layout<F>['offset'] {
    this.plan ??= this.laidOut();
    const offsets: Record<string, unknown> = { ...this.fields };
    for (const { name, at } of this.plan) offsets[name] = at;
    return offsets as Layout<F>['offset'];
  }
}

export function layout<const F extends Fields>(fields: F): Layout<F> {
  return new Structure(fields);
}
