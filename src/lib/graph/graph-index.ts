/** The index of a saved graph as bytes, and back: those may be anybody's. */
import { GraphError, type GraphIndex } from './types.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isBuffer = (value: unknown): value is number | string => isText(value) || isCount(value);

/** Lines of JSON: the shapes, which are the same for the next twin as a rule, and the rest. */
const LINE = '\n';

export function writeIndex({ shapes, ...rest }: GraphIndex): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(shapes) + LINE + JSON.stringify(rest));
}

/** Characters; ours has 20,000. */
const LONGEST_KEPT = 1 << 20;

/** Those of the index that was read last, by their line. */
let lastShapes: { readonly line: string; readonly shapes: GraphIndex['shapes'] } | undefined;

/** Equal lines have the same list of shapes. Throws GraphError. */
export function readIndex(bytes: Uint8Array): GraphIndex {
  const [line = '', rest = ''] = new TextDecoder().decode(bytes).split(LINE);
  const value = parsed(rest);
  const fields = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
  const list = <T>(name: string, isItem: (item: unknown) => item is T): T[] =>
    checked(name, fields.get(name), isItem);
  const shapes =
    lastShapes?.line === line ? lastShapes.shapes : checked('shapes', parsed(line), isShape);
  if (line.length <= LONGEST_KEPT) lastShapes = { line, shapes };
  return {
    shapes,
    strings: list('strings', isText),
    buffers: list('buffers', isBuffer),
    views: list('views', isView),
    loneBuffers: list('loneBuffers', isCount),
    named: list('named', isText),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GraphError('the saved state is damaged: its index cannot be read', { cause });
  }
}

function checked<T>(name: string, items: unknown, isItem: (item: unknown) => item is T): T[] {
  if (Array.isArray(items) && items.every(isItem)) return items;
  throw new GraphError(`the saved state is damaged: its ${name} are wrong`);
}

function isShape(value: unknown): value is readonly [string, readonly string[]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [type, fields]: unknown[] = value;
  return isText(type) && Array.isArray(fields) && fields.every(isText);
}

function isView(value: unknown): value is readonly [number, number, number, number] {
  return Array.isArray(value) && value.length === 4 && value.every(isCount);
}
