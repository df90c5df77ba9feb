/** What a graph of objects is saved with: the classes that it may have, and the objects that are there before. */
import { SPARSE_ALIGNMENT } from '../sparse-copy.ts';

/** A class by its name in saved graphs. */
export interface GraphType {
  readonly prototype: object;
  /** Fields that are not saved: undefined in what is restored, and made again by the class when they are asked for. */
  readonly transient?: readonly string[];
  /** Belongs to the process that saves: it is undefined in what is restored. */
  readonly isLost?: boolean;
}

/** By name. */
export interface GraphTypes {
  get(name: string): GraphType | undefined;
  /** In the order of their table. */
  all(): readonly (readonly [name: string, type: GraphType])[];
}

/** Objects, functions and buffers that are not saved but bound again, by name. */
export interface Bindings {
  get(name: string): object | undefined;
  nameOf(object: object): string | undefined;
}

export class GraphNames implements Bindings {
  private readonly objects: ReadonlyMap<string, object>;
  private readonly names = new Map<object, string>();
  private readonly others: Bindings | undefined;

  /** With those of `others`. */
  constructor(objects: ReadonlyMap<string, object>, others?: Bindings) {
    this.objects = objects;
    this.others = others;
    for (const [name, object] of objects) this.names.set(object, name);
  }

  get(name: string): object | undefined {
    return this.objects.get(name) ?? this.others?.get(name);
  }

  nameOf(object: object): string | undefined {
    return this.names.get(object) ?? this.others?.nameOf(object);
  }
}

/** A graph that cannot be saved, with the path of what cannot; or saved bytes that are no graph of these types. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** A saved graph. Streams of values: `tags` has one byte per value, which says in which of the others more is. */
export interface SavedGraph {
  /** GraphIndex, as graph-index.ts writes it. */
  readonly index: Uint8Array;
  /** Of each object, its shape: Uint32, little-endian like all others. */
  readonly objects: Uint8Array;
  readonly tags: Uint8Array;
  /** Int32. */
  readonly ints: Uint8Array;
  /** Float64. */
  readonly doubles: Uint8Array;
  /** Content of all saved buffers, one after the other, each with placeOf its length. */
  readonly bytes: Uint8Array;
}

/** What a buffer of so many bytes takes among others. */
export function placeOf(bytes: number): number {
  return Math.ceil(bytes / SPARSE_ALIGNMENT) * SPARSE_ALIGNMENT;
}

/** The kinds of objects that are no instances of a class of ours. Their shapes have these names and no fields. */
export const KIND = {
  PLAIN: 'Object',
  BARE: 'null',
  ARRAY: 'Array',
  MAP: 'Map',
  SET: 'Set',
  WEAK_MAP: 'WeakMap',
  WEAK_SET: 'WeakSet',
  VIEW: 'view',
  BUFFER: 'buffer',
  NAMED: 'named',
  LOST: 'lost',
} as const;

export interface GraphIndex {
  /** Name of the type, or a kind, and the names of the fields. */
  readonly shapes: readonly (readonly [type: string, fields: readonly string[]])[];
  readonly strings: readonly string[];
  /** Length of each saved buffer, or the name of one that is not saved. */
  readonly buffers: readonly (number | string)[];
  /** What the objects of these kinds are, in their order. `kind`: index of VIEWS; `length` is in elements, for a DataView in bytes. */
  readonly views: readonly (readonly [
    kind: number,
    buffer: number,
    offset: number,
    length: number,
  ])[];
  readonly loneBuffers: readonly number[];
  readonly named: readonly string[];
}

/** A value's tag. STRING, BIGINT: the string's number follows in ints; REF: the object's; INT: itself. */
export const TAG = {
  UNDEFINED: 0,
  NULL: 1,
  TRUE: 2,
  FALSE: 3,
  INT: 4,
  DOUBLE: 5,
  STRING: 6,
  BIGINT: 7,
  REF: 8,
  HOLE: 9,
} as const;

type ViewConstructor = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ArrayBufferView;

/** In this order: the number of a constructor is saved. */
export const VIEWS: readonly ViewConstructor[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
];
