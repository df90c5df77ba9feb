/** Reads the index of a saved graph, which may be anybody's bytes. */
import { GraphError, type GraphIndex } from './types.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isBuffer = (value: unknown): value is number | string => isText(value) || isCount(value);

/** Throws GraphError. */
export function readIndex(bytes: Uint8Array): GraphIndex {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new GraphError('the saved state is damaged: its index cannot be read', { cause });
  }
  const fields = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
  const list = <T>(name: string, isItem: (item: unknown) => item is T): T[] => {
    const items: unknown = fields.get(name);
    if (Array.isArray(items) && items.every(isItem)) return items;
    throw new GraphError(`the saved state is damaged: its ${name} are wrong`);
  };
  return {
    shapes: list('shapes', isShape),
    strings: list('strings', isText),
    buffers: list('buffers', isBuffer),
    views: list('views', isView),
    loneBuffers: list('loneBuffers', isCount),
    named: list('named', isText),
  };
}

function isShape(value: unknown): value is readonly [string, readonly string[]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [type, fields]: unknown[] = value;
  return isText(type) && Array.isArray(fields) && fields.every(isText);
}

function isView(value: unknown): value is readonly [number, number, number, number] {
  return Array.isArray(value) && value.length === 4 && value.every(isCount);
}
