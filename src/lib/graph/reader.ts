/** Restores a graph of objects that writer.ts saved. The bytes may be anybody's: all is checked, nothing is evaluated. */
import { copySparsely } from '../sparse-copy.ts';
import { readIndex } from './graph-index.ts';
import {
  GraphError,
  type GraphIndex,
  type GraphNames,
  type GraphTypes,
  KIND,
  placeOf,
  type SavedGraph,
  TAG,
  VIEWS,
} from './types.ts';

/** Objects with more fields become slow ones when fields are added one by one; a copy of a template does not. */
const FEW_FIELDS = 12;
const KINDS: ReadonlySet<string> = new Set(Object.values(KIND));

interface Shape {
  readonly type: string;
  readonly fields: readonly string[];
  readonly prototype: object | null;
  /** What objects of many fields begin as, and those whose class has accessors of the fields' names. */
  readonly template: object | undefined;
}

/** The root. What `names` lacks is undefined in what is restored. Throws GraphError. */
export function restoreGraph(saved: SavedGraph, types: GraphTypes, names: GraphNames): object {
  return new GraphReader(saved, types, names).restore();
}

class GraphReader {
  private readonly index: GraphIndex;
  private readonly names: GraphNames;
  private readonly shapes: readonly Shape[];
  private readonly buffers: readonly ArrayBufferLike[];
  private readonly objects: Uint32Array;
  private readonly tags: Uint8Array;
  private readonly ints: Int32Array;
  private readonly doubles: Float64Array;
  private readonly made: unknown[] = [];
  private tagAt = 0;
  private intAt = 0;
  private doubleAt = 0;
  private viewAt = 0;
  private bufferAt = 0;
  private nameAt = 0;

  constructor(saved: SavedGraph, types: GraphTypes, names: GraphNames) {
    this.index = readIndex(saved.index);
    this.names = names;
    this.shapes = shapesOf(this.index.shapes, types);
    this.buffers = buffersOf(this.index, saved.bytes, names);
    this.objects = new Uint32Array(bufferOf(saved.objects, 4));
    this.tags = saved.tags;
    this.ints = new Int32Array(bufferOf(saved.ints, 4));
    this.doubles = new Float64Array(bufferOf(saved.doubles, 8));
  }

  restore(): object {
    const { objects, shapes, made } = this;
    for (const number of objects) made.push(this.create(shapes[number]));
    const weak: (WeakMap<object, unknown> | WeakSet<object>)[] = [];
    for (let id = 0; id < objects.length; id++) {
      const object = made[id];
      if (object instanceof WeakMap || object instanceof WeakSet) weak.push(object);
      else this.fill(shapes[objects[id] as number] as Shape, object);
    }
    for (const holder of weak) this.fillWeak(holder);
    const isSpent =
      this.tagAt === this.tags.length &&
      this.intAt === this.ints.length &&
      this.doubleAt === this.doubles.length;
    const [root] = made;
    if (!isSpent || typeof root !== 'object' || root === null) throw wrong('it has no end');
    return root;
  }

  private create(shape: Shape | undefined): unknown {
    if (!shape) throw wrong('a shape is missing');
    const { prototype, template } = shape;
    if (template) return { __proto__: prototype, ...template };
    switch (shape.type) {
      case KIND.ARRAY:
        return [];
      case KIND.MAP:
        return new Map();
      case KIND.SET:
        return new Set();
      case KIND.WEAK_MAP:
        return new WeakMap();
      case KIND.WEAK_SET:
        return new WeakSet();
      case KIND.VIEW:
        return this.createView();
      case KIND.BUFFER:
        return this.buffer(this.index.loneBuffers[this.bufferAt++]);
      case KIND.NAMED:
        return this.names.get(this.index.named[this.nameAt++] ?? '');
      case KIND.LOST:
        return undefined;
      default:
        return Object.create(prototype);
    }
  }

  private createView(): ArrayBufferView {
    const [kind = 0, buffer, offset, length] = this.index.views[this.viewAt++] ?? [];
    const View = VIEWS[kind];
    if (!View) throw wrong('a view of an unknown kind');
    try {
      return new View(this.buffer(buffer), offset, length);
    } catch (cause) {
      throw wrong('a view outside its buffer', cause);
    }
  }

  private buffer(number: number | undefined): ArrayBufferLike {
    const buffer = this.buffers[number ?? -1];
    if (!buffer) throw wrong('a buffer is missing');
    return buffer;
  }

  private fill(shape: Shape, object: unknown): void {
    if (object instanceof Map) {
      for (let left = this.count(); left > 0; left--) object.set(this.value(), this.value());
    } else if (object instanceof Set && shape.type === KIND.SET) {
      for (let left = this.count(); left > 0; left--) object.add(this.value());
    } else if (Array.isArray(object) && shape.type === KIND.ARRAY) {
      this.fillArray(object);
    } else if (shape.fields.length > 0) {
      const values = object as Record<string, unknown>;
      for (const field of shape.fields) values[field] = this.value();
    }
  }

  private fillArray(array: unknown[]): void {
    const length = this.count();
    for (let k = 0; k < length; k++) {
      if (this.tags[this.tagAt] !== TAG.HOLE) array.push(this.value());
      else {
        this.tagAt++;
        array.length = k + 1;
      }
    }
  }

  private fillWeak(holder: WeakMap<object, unknown> | WeakSet<object>): void {
    for (let left = this.count(); left > 0; left--) {
      const key = this.value();
      if (typeof key !== 'object' || key === null) throw wrong('a weak key that is no object');
      if (holder instanceof WeakMap) holder.set(key, this.value());
      else holder.add(key);
    }
  }

  /** Of values that follow: no more than there are. */
  private count(): number {
    const count = this.int();
    if (count < 0 || count > this.tags.length - this.tagAt) throw wrong('a wrong length');
    return count;
  }

  private int(): number {
    const value = this.ints[this.intAt++];
    if (value === undefined) throw wrong('it ends in the middle');
    return value;
  }

  private value(): unknown {
    const tag = this.tags[this.tagAt++] ?? TAG.HOLE;
    switch (tag) {
      case TAG.UNDEFINED:
        return undefined;
      case TAG.NULL:
        return null;
      case TAG.TRUE:
        return true;
      case TAG.FALSE:
        return false;
      case TAG.INT:
        return this.int();
      case TAG.DOUBLE:
        return this.double();
      case TAG.STRING:
        return this.text();
      case TAG.BIGINT:
        return bigintOf(this.text());
      case TAG.REF:
        return this.reference();
      default:
        throw wrong('a value of an unknown kind');
    }
  }

  private double(): number {
    const value = this.doubles[this.doubleAt++];
    if (value === undefined) throw wrong('it ends in the middle');
    return value;
  }

  private text(): string {
    const text = this.index.strings[this.int()];
    if (text === undefined) throw wrong('a text is missing');
    return text;
  }

  private reference(): unknown {
    const id = this.int();
    if (id < 0 || id >= this.made.length) throw wrong('an object is missing');
    return this.made[id];
  }
}

function bigintOf(text: string): bigint {
  if (!/^-?\d{1,40}$/.test(text)) throw wrong('a number that is none');
  return BigInt(text);
}

/** Sound ones by their list in the index: to check one takes as long as to fill ten objects, and twins come one after the other. */
const knownShapes = new WeakMap<GraphTypes, WeakMap<GraphIndex['shapes'], readonly Shape[]>>();

function shapesOf(list: GraphIndex['shapes'], types: GraphTypes): readonly Shape[] {
  const known = knownShapes.get(types) ?? new WeakMap();
  knownShapes.set(types, known);
  let shapes = known.get(list);
  if (!shapes) {
    shapes = list.map(([type, fields]) => makeShape(type, fields, types));
    known.set(list, shapes);
  }
  return shapes;
}

function makeShape(type: string, fields: readonly string[], types: GraphTypes): Shape {
  const isKind = KINDS.has(type);
  const row = types.get(type);
  if (!isKind && !row) throw wrong(`this version has no class ${type}`);
  const prototype = row?.prototype ?? (type === KIND.BARE ? null : Object.prototype);
  const hasFields = row !== undefined || type === KIND.PLAIN || type === KIND.BARE;
  if (!hasFields && fields.length > 0) throw wrong(`${type} with fields`);
  // Two fields of one name, or one that is no field of ours.
  const isSound = new Set(fields).size === fields.length && !fields.includes('__proto__');
  if (!isSound) throw wrong(`wrong fields of ${type}`);
  const needsTemplate =
    fields.length > FEW_FIELDS ||
    (prototype !== null && fields.some((field) => field in prototype));
  const template = needsTemplate
    ? Object.fromEntries(fields.map((field) => [field, undefined]))
    : undefined;
  return { type, fields, prototype, template };
}

function buffersOf(
  { buffers }: GraphIndex,
  bytes: Uint8Array,
  names: GraphNames,
): ArrayBufferLike[] {
  let at = 0;
  const made = buffers.map((buffer) => {
    if (typeof buffer === 'string') return namedBuffer(buffer, names);
    if (placeOf(buffer) > bytes.length - at) throw wrong('a buffer ends in the middle');
    const start = at;
    at += placeOf(buffer);
    return copied(bytes.subarray(start, start + buffer));
  });
  if (at !== bytes.length) throw wrong('bytes that are nobody’s');
  return made;
}

function namedBuffer(name: string, names: GraphNames): ArrayBufferLike {
  const buffer = names.get(name);
  if (buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer) return buffer;
  throw wrong(`there is no memory ${name}`);
}

/** A buffer of its own, for an array of elements of that size. */
function bufferOf(bytes: Uint8Array, size: number): ArrayBufferLike {
  if (bytes.length % size !== 0) throw wrong('it ends in the middle');
  return copied(bytes);
}

/** A Buffer's slice would be no copy. */
function copied(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copySparsely(bytes, copy);
  return copy.buffer;
}

function wrong(what: string, cause?: unknown): GraphError {
  return new GraphError(`the saved state is damaged: ${what}`, { cause });
}
