/** Little-endian C structures as data: offsets, size and typed access from one list of fields in declaration order. */
import { panic } from './panic.ts';

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
  /** Fields left out are zero. */
  encode(values: { readonly [K in keyof F]?: Input<F[K]> }): Uint8Array;
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

function writeScalar(view: DataView, at: number, type: ScalarType, value: number | bigint): void {
  switch (type) {
    case 'u8':
    case 'i8':
      view.setUint8(at, Number(value));
      break;
    case 'u16':
    case 'i16':
      view.setUint16(at, Number(value), true);
      break;
    case 'u32':
    case 'i32':
      view.setUint32(at, Number(value), true);
      break;
    case 'u64':
    case 'i64':
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      break;
  }
}

function readScalar(view: DataView, at: number, type: ScalarType): number {
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 'i8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'i16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u64':
      return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
    case 'i64':
      return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  }
}

export function layout<const F extends Fields>(fields: F): Layout<F> {
  const entries = Object.entries(fields);
  const offset: Record<string, number> = {};
  let end = 0;
  let align = 1;
  for (const [name, type] of entries) {
    const alignment = isScalar(type) ? sizeOf(type) : 1;
    end = Math.ceil(end / alignment) * alignment;
    offset[name] = end;
    end += sizeOf(type);
    align = Math.max(align, alignment);
  }
  const size = Math.ceil(end / align) * align;
  const offsetOf = (name: string): number => offset[name] ?? panic(`layout has no field ${name}`);
  return {
    size,
    align,
    offset: offset as Layout<F>['offset'],
    encode(values) {
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      for (const [name, type] of entries) {
        const value = (values as Record<string, number | bigint | Uint8Array | undefined>)[name];
        if (value === undefined) continue;
        if (value instanceof Uint8Array) bytes.set(value.subarray(0, sizeOf(type)), offsetOf(name));
        else if (isScalar(type)) writeScalar(view, offsetOf(name), type, value);
        else panic(`layout field ${name} takes bytes`);
      }
      return bytes;
    },
    decode(bytes, at = 0) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
      const result: Record<string, number | Uint8Array> = {};
      for (const [name, type] of entries) {
        const from = offsetOf(name);
        result[name] = isScalar(type)
          ? readScalar(view, from, type)
          : bytes.slice(at + from, at + from + sizeOf(type));
      }
      return result as Decoded<F>;
    },
  };
}
