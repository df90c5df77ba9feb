/** Graphs of objects come back as they were; what cannot be saved is named, what is damaged is refused. */
import { describe, expect, it } from 'vitest';
import { readIndex, writeIndex } from './graph-index.ts';
import { restoreGraph } from './reader.ts';
import {
  GraphError,
  GraphNames,
  type GraphType,
  type GraphTypes,
  type SavedGraph,
} from './types.ts';
import { saveGraph } from './writer.ts';

class Node {
  readonly name: string;
  next: Node | undefined = undefined;
  private secret: (() => string) | undefined;

  constructor(name: string) {
    this.name = name;
    this.secret = () => name;
  }

  tell(): string {
    this.secret ??= () => `again ${this.name}`;
    return this.secret();
  }
}

class Base {
  get size(): number {
    return 1;
  }
}

class Wide {
  constructor() {
    for (let k = 0; k < 40; k++) Object.assign(this, { [`field${k}`]: k });
  }
}

class Visitor {
  readonly own = true;
}

const TABLE = { handler: () => 42 };
const ROWS = new Map<string, GraphType>([
  ['Node', { prototype: Node.prototype, transient: ['secret'] }],
  ['Base', { prototype: Base.prototype }],
  ['Wide', { prototype: Wide.prototype }],
  ['Visitor', { prototype: Visitor.prototype, isLost: true }],
]);
const TYPES: GraphTypes = { get: (name) => ROWS.get(name), all: () => [...ROWS] };
const NAMES = new GraphNames(
  new Map<string, object>([['ram', new SharedArrayBuffer(64)]]),
  new GraphNames(new Map([['handler', TABLE.handler]])),
);

function again<T extends object>(root: T): T {
  return restoreGraph(saveGraph(root, TYPES, NAMES), TYPES, NAMES) as T;
}

describe('a graph', () => {
  it('keeps values of all kinds', () => {
    const root = {
      numbers: [0, -0, 1, -1, 2 ** 31, 2 ** 53, 0.1, Number.NaN, Infinity, -Infinity],
      others: [undefined, null, true, false, '', 'ümläut \0 \ud800', 2n ** 70n, -1n],
      // biome-ignore lint/suspicious/noSparseArray: holes are values, too.
      holes: [1, , 3],
      map: new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, new Set([1, 'x'])],
      ]),
      bare: Object.assign(Object.create(null), { x: 1 }),
    };
    const back = again(root);
    expect(back).toEqual(root);
    expect(Object.is(back.numbers[1], -0)).toBe(true);
    expect(1 in back.holes).toBe(false);
    expect(Object.getPrototypeOf(back.bare)).toBe(null);
  });

  it('keeps identity, cycles and classes', () => {
    const a = new Node('a');
    const b = new Node('b');
    a.next = b;
    b.next = a;
    const weak = new WeakMap<object, object>([
      [a, { of: 'a' }],
      [{}, {}],
    ]);
    const set = new WeakSet([b]);
    const back = again({ a, list: [a, b, b], weak, set, byNode: new Map([[b, 'b']]) });
    expect(back.a).toBeInstanceOf(Node);
    expect(back.a.next?.next).toBe(back.a);
    expect(back.list[1]).toBe(back.list[2]);
    expect(back.byNode.get(back.list[1] as Node)).toBe('b');
    expect([back.set.has(back.list[1] as Node), back.set.has(back.a)]).toEqual([true, false]);
    expect(back.weak.get(back.a)).toEqual({ of: 'a' });
    expect(a.tell()).toBe('a');
    expect(back.a.tell()).toBe('again a');
  });

  it('keeps fields that hide accessors, and many of them', () => {
    const value = { value: 2, writable: true, enumerable: true };
    const back = again({
      sized: Object.defineProperty(new Base(), 'size', value),
      wide: new Wide(),
    });
    expect(back.sized.size).toBe(2);
    expect(back.wide).toEqual(new Wide());
    expect(back.wide).toBeInstanceOf(Wide);
  });

  it('keeps views of one buffer together, and those of memory where they are', () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    const ram = NAMES.get('ram') as SharedArrayBuffer;
    const root = {
      bytes,
      words: new Uint16Array(bytes.buffer, 2, 2),
      view: new DataView(bytes.buffer, 1, 3),
      registers: new Uint32Array(ram, 8, 4),
      lone: bytes.buffer,
    };
    const back = again(root);
    expect(back.bytes).toEqual(bytes);
    back.bytes[2] = 0x55;
    expect(back.words[0]).toBe(0x455);
    expect(back.view.byteOffset).toBe(1);
    expect(back.lone).toBe(back.bytes.buffer);
    expect(back.lone).not.toBe(bytes.buffer);
    expect(back.registers.buffer).toBe(ram);
    expect([back.registers.byteOffset, back.registers.length]).toEqual([8, 4]);
  });

  it('binds names again, and leaves out what belongs to the process', () => {
    const back = again({ handler: TABLE.handler, visitor: new Visitor() });
    expect(back.handler).toBe(TABLE.handler);
    expect(back.visitor).toBe(undefined);
    const saved = saveGraph({ handler: TABLE.handler }, TYPES, NAMES);
    expect(restoreGraph(saved, TYPES, new GraphNames(new Map()))).toEqual({ handler: undefined });
  });

  it('names what it cannot save', () => {
    const refusal = (root: object) => () => saveGraph(root, TYPES, NAMES);
    expect(refusal({ a: [1, { f: () => 1 }] })).toThrow('state.a[1].f is a function');
    expect(refusal({ at: new Map([['x', new Date()]]) })).toThrow(
      'state.at.x is of class Date, which is not in the table',
    );
    expect(refusal({ s: { k: Symbol('x') } })).toThrow('state.s has a symbol in k');
    expect(refusal({ p: new SharedArrayBuffer(4) })).toThrow(/state.p shows memory that is shared/);
  });
});

describe('damaged bytes', () => {
  const root = {
    list: [1, 'two', 3.5],
    node: new Node('n'),
    bytes: new Uint8Array(9),
    set: new Set([1]),
  };
  const saved = saveGraph(root, TYPES, NAMES);
  const restore = (change: Partial<SavedGraph>) => () =>
    restoreGraph({ ...saved, ...change }, TYPES, NAMES);

  it('are refused, or give some other graph, and do nothing else', () => {
    for (const part of ['index', 'objects', 'tags', 'ints', 'doubles', 'bytes'] as const) {
      expect(restore({ [part]: saved[part].subarray(0, -1) }), part).toThrow(GraphError);
      for (let at = 0; at < saved[part].length; at++) {
        for (const bit of [1, 16, 128]) {
          const altered = new Uint8Array(saved[part]);
          altered[at] = (altered[at] as number) ^ bit;
          try {
            restore({ [part]: altered })();
          } catch (error) {
            if (!(error instanceof GraphError)) throw error;
          }
        }
      }
    }
  });

  it('reach no prototype', () => {
    const with_ = (type: string, fields: string[]) =>
      restore({ index: writeIndex({ ...readIndex(saved.index), shapes: [[type, fields]] }) });
    expect(with_('Object', ['__proto__'])).toThrow('wrong fields of Object');
    expect(with_('toString', [])).toThrow('this version has no class toString');
    expect(with_('Array', ['x'])).toThrow('Array with fields');
  });
});
