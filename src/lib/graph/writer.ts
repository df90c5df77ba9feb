/** Saves a graph of objects: identity, cycles, prototypes. What it cannot save is an error that names the path to it. */
import { copySparsely } from '../sparse-copy.ts';
import { writeIndex } from './graph-index.ts';
import {
  GraphError,
  type GraphIndex,
  type GraphNames,
  type GraphType,
  type GraphTypes,
  KIND,
  placeOf,
  type SavedGraph,
  TAG,
  VIEWS,
} from './types.ts';

interface Shape {
  readonly number: number;
  readonly fields: readonly string[];
}

/** A list of numbers that grows. */
class Stream<T extends Uint8Array | Int32Array | Uint32Array | Float64Array> {
  private values: T;
  private readonly make: (length: number) => T;
  length = 0;

  constructor(make: (length: number) => T) {
    this.make = make;
    this.values = make(4096);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = this.make(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  finish(): Uint8Array {
    const { buffer, BYTES_PER_ELEMENT } = this.values;
    return new Uint8Array(buffer, 0, this.length * BYTES_PER_ELEMENT).slice();
  }
}

/** Save all that `root` leads to; what is large into memory that threads share, where that is wanted. Throws GraphError. */
export function saveGraph(
  root: object,
  types: GraphTypes,
  names: GraphNames,
  isShared = false,
): SavedGraph {
  return new GraphWriter(types, names).save(root, isShared);
}

type Rows = ReadonlyMap<object | null, readonly [name: string, type: GraphType]>;

/** By prototype: to list hundreds of classes takes as long as to write two hundred objects. */
const knownRows = new WeakMap<GraphTypes, Rows>();

function rowsOf(types: GraphTypes): Rows {
  let rows = knownRows.get(types);
  if (!rows) {
    rows = new Map(types.all().map((row) => [row[1].prototype, row]));
    knownRows.set(types, rows);
  }
  return rows;
}

class GraphWriter {
  private readonly types: Rows;
  private readonly names: GraphNames;
  private readonly list: object[] = [];
  private readonly ids = new Map<object, number>();
  /** By object: who led to it first, and by which field. */
  private readonly parents: number[] = [];
  private readonly keys: unknown[] = [];
  private readonly shapes: [string, readonly string[]][] = [];
  private readonly byType = new Map<string, Shape[]>();
  private readonly strings = new Map<string, number>();
  private readonly buffers = new Map<ArrayBufferLike, number>();
  private readonly lengths: (number | string)[] = [];
  private readonly contents: Uint8Array[] = [];
  private readonly views: [number, number, number, number][] = [];
  private readonly loneBuffers: number[] = [];
  private readonly named: string[] = [];
  /** With their numbers. What they hold is written last. */
  private readonly weak: [WeakMap<object, unknown> | WeakSet<object>, number][] = [];
  private readonly objects = new Stream((length) => new Uint32Array(length));
  private readonly tags = new Stream((length) => new Uint8Array(length));
  private readonly ints = new Stream((length) => new Int32Array(length));
  private readonly doubles = new Stream((length) => new Float64Array(length));

  constructor(types: GraphTypes, names: GraphNames) {
    this.types = rowsOf(types);
    this.names = names;
  }

  save(root: object, isShared: boolean): SavedGraph {
    this.idOf(root, 0, '');
    let done = 0;
    do {
      for (; done < this.list.length; done++) this.write(this.list[done] as object, done);
      this.followWeakMaps();
    } while (done < this.list.length);
    this.writeWeak();
    const index: GraphIndex = {
      shapes: this.shapes,
      strings: [...this.strings.keys()],
      buffers: this.lengths,
      views: this.views,
      loneBuffers: this.loneBuffers,
      named: this.named,
    };
    return {
      index: writeIndex(index),
      objects: this.objects.finish(),
      tags: this.tags.finish(),
      ints: this.ints.finish(),
      doubles: this.doubles.finish(),
      bytes: joined(this.contents, isShared),
    };
  }

  private idOf(object: object, parent: number, key: unknown): number {
    const known = this.ids.get(object);
    if (known !== undefined) return known;
    const id = this.list.length;
    this.ids.set(object, id);
    this.list.push(object);
    this.parents.push(parent);
    this.keys.push(key);
    return id;
  }

  private write(object: object, id: number): void {
    const name = this.names.nameOf(object);
    if (name !== undefined) {
      this.begin(KIND.NAMED);
      this.named.push(name);
      return;
    }
    if (typeof object === 'function') this.refuse(id, 'is a function');
    const prototype: object | null = Object.getPrototypeOf(object);
    const row = this.types.get(prototype);
    if (row) this.writeInstance(object, id, row[0], row[1]);
    else if (prototype === Object.prototype) this.writeFields(object, id, KIND.PLAIN, undefined);
    else if (prototype === null) this.writeFields(object, id, KIND.BARE, undefined);
    else this.writeBuiltIn(object, id, prototype);
  }

  private writeInstance(object: object, id: number, name: string, type: GraphType): void {
    if (type.isLost) this.begin(KIND.LOST);
    else this.writeFields(object, id, name, type.transient);
  }

  private writeBuiltIn(object: object, id: number, prototype: object): void {
    if (prototype === Array.prototype && Array.isArray(object)) this.writeArray(object, id);
    else if (prototype === Map.prototype && object instanceof Map) this.writeMap(object, id);
    else if (prototype === Set.prototype && object instanceof Set) {
      this.begin(KIND.SET);
      this.ints.push(object.size);
      for (const value of object) this.value(value, id, '{}');
    } else if (object instanceof WeakMap) {
      this.begin(KIND.WEAK_MAP);
      this.weak.push([object, id]);
    } else if (object instanceof WeakSet) {
      this.begin(KIND.WEAK_SET);
      this.weak.push([object, id]);
    } else if (ArrayBuffer.isView(object)) this.writeView(object, id);
    else if (object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) {
      this.begin(KIND.BUFFER);
      this.loneBuffers.push(this.bufferOf(object, id));
    } else this.refuse(id, `is of class ${className(prototype)}, which is not in the table`);
  }

  private writeArray(array: readonly unknown[], id: number): void {
    this.begin(KIND.ARRAY);
    this.ints.push(array.length);
    for (let k = 0; k < array.length; k++) {
      if (k in array) this.value(array[k], id, k);
      else this.tags.push(TAG.HOLE);
    }
  }

  private writeMap(map: ReadonlyMap<unknown, unknown>, id: number): void {
    this.begin(KIND.MAP);
    this.ints.push(map.size);
    for (const [key, value] of map) {
      this.value(key, id, 'key');
      this.value(value, id, key);
    }
  }

  private writeView(view: ArrayBufferView, id: number): void {
    const prototype: unknown = Object.getPrototypeOf(view);
    const kind = VIEWS.findIndex((known) => known.prototype === prototype);
    if (kind < 0) this.refuse(id, `is of class ${className(Object.getPrototypeOf(view))}`);
    this.begin(KIND.VIEW);
    this.views.push([kind, this.bufferOf(view.buffer, id), view.byteOffset, lengthOf(view)]);
  }

  private writeFields(
    object: object,
    id: number,
    type: string,
    transient: readonly string[] | undefined,
  ): void {
    let keys = Object.keys(object);
    if (transient) keys = keys.filter((key) => !transient.includes(key));
    const { number, fields } = this.shapeOf(type, keys);
    this.objects.push(number);
    const values = object as Record<string, unknown>;
    for (const field of fields) this.value(values[field], id, field);
  }

  private begin(kind: string): void {
    this.objects.push(this.shapeOf(kind, []).number);
  }

  private shapeOf(type: string, keys: readonly string[]): Shape {
    let shapes = this.byType.get(type);
    if (!shapes) this.byType.set(type, (shapes = []));
    for (const shape of shapes) if (isEqual(shape.fields, keys)) return shape;
    const shape = { number: this.shapes.length, fields: keys };
    this.shapes.push([type, keys]);
    shapes.push(shape);
    return shape;
  }

  private value(value: unknown, parent: number, key: unknown): void {
    const { tags } = this;
    if (typeof value === 'number') this.numeric(value);
    else if (value === undefined) tags.push(TAG.UNDEFINED);
    else if (value === null) tags.push(TAG.NULL);
    else if (typeof value === 'boolean') tags.push(value ? TAG.TRUE : TAG.FALSE);
    else if (typeof value === 'string') {
      tags.push(TAG.STRING);
      this.ints.push(this.numberOf(value));
    } else if (typeof value === 'bigint') {
      tags.push(TAG.BIGINT);
      this.ints.push(this.numberOf(value.toString()));
    } else if (typeof value === 'symbol') {
      this.refuse(parent, `has a symbol in ${String(key)}`);
    } else {
      tags.push(TAG.REF);
      this.ints.push(this.idOf(value, parent, key));
    }
  }

  private numeric(value: number): void {
    const isInt = (value | 0) === value && !Object.is(value, -0);
    this.tags.push(isInt ? TAG.INT : TAG.DOUBLE);
    (isInt ? this.ints : this.doubles).push(value);
  }

  private numberOf(text: string): number {
    let number = this.strings.get(text);
    if (number === undefined) this.strings.set(text, (number = this.strings.size));
    return number;
  }

  private bufferOf(buffer: ArrayBufferLike, id: number): number {
    let number = this.buffers.get(buffer);
    if (number !== undefined) return number;
    number = this.lengths.length;
    this.buffers.set(buffer, number);
    const name = this.names.nameOf(buffer);
    if (name === undefined && buffer instanceof SharedArrayBuffer)
      this.refuse(id, 'shows memory that is shared with another thread');
    this.lengths.push(name ?? buffer.byteLength);
    if (name === undefined) this.contents.push(new Uint8Array(buffer));
    return number;
  }

  /** What weak maps hold for objects that are there. */
  private followWeakMaps(): void {
    for (const [map, id] of this.weak) {
      if (map instanceof WeakSet) continue;
      for (const object of [...this.list]) {
        const value = map.get(object);
        if (typeof value === 'object' && value !== null) this.idOf(value, id, 'value');
      }
    }
  }

  private writeWeak(): void {
    for (const [holder, id] of this.weak) {
      const held = this.list.filter((object) => holder.has(object));
      this.ints.push(held.length);
      for (const object of held) {
        this.value(object, id, 'key');
        if (holder instanceof WeakMap) this.value(holder.get(object), id, 'value');
      }
    }
  }

  private refuse(id: number, what: string): never {
    throw new GraphError(`${this.pathOf(id)} ${what}: it cannot be saved`);
  }

  private pathOf(id: number): string {
    if (id === 0) return 'state';
    const key = this.keys[id];
    const step =
      typeof key === 'string' && /^[a-z]\w*$/i.test(key) ? `.${key}` : `[${describe(key)}]`;
    return this.pathOf(this.parents[id] as number) + step;
  }
}

function describe(key: unknown): string {
  return typeof key === 'object' && key !== null
    ? className(Object.getPrototypeOf(key))
    : String(key);
}

function className(prototype: object | null): string {
  return prototype?.constructor.name ?? 'null';
}

/** In elements. */
function lengthOf(view: ArrayBufferView): number {
  if (view instanceof DataView || !('length' in view)) return view.byteLength;
  return typeof view.length === 'number' ? view.length : view.byteLength;
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

function joined(parts: readonly Uint8Array[], isShared: boolean): Uint8Array {
  const length = parts.reduce((sum, part) => sum + placeOf(part.length), 0);
  const all = isShared ? new Uint8Array(new SharedArrayBuffer(length)) : new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    copySparsely(part, all, at);
    at += placeOf(part.length);
  }
  return all;
}
