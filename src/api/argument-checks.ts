/**
 * Options and arguments as callers without types give them: of which kind each is, and what is said of one that is not. A value that is
 * undefined is one that was left out.
 */
import { OptionError } from './errors.ts';

export interface Kind {
  /** For the message: 'write …'. */
  readonly takes: string;
  readonly fits: (value: unknown) => boolean;
  /** Where it has parts, the first that is wrong. */
  readonly wrongPart?: (value: unknown) => readonly [name: string, value: unknown] | undefined;
}

/** A kind for each option that there is. */
export type Shape<Options> = Readonly<Record<keyof Options, Kind>>;

/** A name that is so near to one that there is was meant as that. */
const NEAR = 2;
const SHOWN_CHARACTERS = 60;

const isText = (value: unknown): boolean => typeof value === 'string';
const isCText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isVariable = ([name, value]: [string, unknown]): boolean =>
  name !== '' && !/[=\0]/.test(name) && isCText(value);

/** Of an array, or of an object, all of whose entries are right. */
function partsOf(
  takes: string,
  isWhole: (value: unknown) => boolean,
  isRight: (entry: [string, unknown]) => boolean,
): Kind {
  const wrongPart = (value: unknown) =>
    isWhole(value) ? Object.entries(value as object).find((entry) => !isRight(entry)) : undefined;
  const fits = (value: unknown) => isWhole(value) && wrongPart(value) === undefined;
  return { takes, fits, wrongPart };
}

/** Looked at by whoever takes it. */
export const CHECKED_LATER: Kind = { takes: '', fits: () => true };
export const FLAG: Kind = { takes: 'true or false', fits: (value) => typeof value === 'boolean' };
export const TEXT: Kind = { takes: 'a string', fits: isText };
/** What becomes a string of C: a path, an argument. */
export const WORD: Kind = { takes: 'a string without NUL', fits: isCText };
export const TEXTS = partsOf('an array of strings', Array.isArray, ([, item]) => isText(item));
export const WORDS = partsOf('an array of strings without NUL', Array.isArray, ([, item]) =>
  isCText(item),
);
export const OBJECT: Kind = { takes: 'an object', fits: isObject };
export const FUNCTION: Kind = { takes: 'a function', fits: (value) => typeof value === 'function' };
export const FUNCTIONS = partsOf('an object of functions', isObject, ([, item]) =>
  FUNCTION.fits(item),
);
export const ENVIRONMENT = partsOf(
  "an object of strings without NUL, as { NAME: 'value' }",
  isObject,
  isVariable,
);
export const ABORT_SIGNAL: Kind = {
  takes: 'an AbortSignal',
  fits: (value) => value instanceof AbortSignal,
};
export const PATTERN: Kind = {
  takes: 'a string or a RegExp',
  fits: (value) => isText(value) || value instanceof RegExp,
};
export const DATA: Kind = {
  takes: 'a string or bytes (Buffer, TypedArray, DataView)',
  fits: (value) => isText(value) || ArrayBuffer.isView(value),
};

export function whole(least: number, most = Number.MAX_SAFE_INTEGER, example = ''): Kind {
  const to = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  const takes = `a whole number from ${least}${to}${example}`;
  const fits = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  return { takes, fits };
}

export function oneOf(...values: string[]): Kind {
  // Intl.ListFormat would do it, and take 11 ms of each start.
  const takes = values
    .map((value) => `'${value}'`)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');
  return { takes, fits: (value) => values.includes(value as string) };
}

export function either(first: Kind, second: Kind): Kind {
  const takes = `${first.takes}, or ${second.takes}`;
  return { takes, fits: (value) => first.fits(value) || second.fits(value) };
}

export function bytesOf(data: string | ArrayBufferView, encoding?: BufferEncoding): Uint8Array {
  if (typeof data === 'string') return new Uint8Array(Buffer.from(data, encoding));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** What setTimeout takes. */
export const MILLISECONDS = whole(0, 2 ** 31 - 1);
/** Linux's PID_MAX_LIMIT. */
export const PID = whole(1, 2 ** 22);
const CELLS = whole(1, 65535);
export const SIZE: Kind = {
  takes: '{ rows, columns }, whole numbers from 1 to 65535',
  fits: (value) => isObject(value) && CELLS.fits(value['rows']) && CELLS.fits(value['columns']),
};

/** A value in a message: short, on one line. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value.slice(0, SHOWN_CHARACTERS)).slice(1, -1);
    return `'${text.replaceAll('\\"', '"').replaceAll('\\u0000', '\\0')}'`;
  }
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const { name } = value.constructor ?? Object;
  return name === '' || name === 'Object' ? 'an object' : `an object (${name})`;
}

/** Letters to insert, leave out or replace: Levenshtein's distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}

/** The name that was meant, perhaps. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return names
    .map((known) => ({ known, far: distance(lower, known.toLowerCase()) }))
    .filter(({ known, far }) => far <= NEAR && far < known.length && far < name.length - 1)
    .sort((a, b) => a.far - b.far)[0]?.known;
}

function hint(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near ? `did you mean ${near}?` : `there are ${names.join(', ')}`;
}

/** `of`: whose argument it is. Throws OptionError. */
export function checkArgument(of: string, name: string, value: unknown, kind: Kind): void {
  if (kind.fits(value)) return;
  const [part, given] = kind.wrongPart?.(value) ?? [undefined, value];
  const what = part === undefined ? name : `${name} '${part}':`;
  throw new OptionError(`${of}: ${what} ${shown(given)}; write ${kind.takes}`);
}

/** Throws OptionError for what is no object, has a name that there is not, or a value that is none of its kind. */
export function checkOptions<Options extends object>(
  of: string,
  options: Options,
  shape: Shape<Options>,
): void {
  checkArgument(of, 'options', options, OBJECT);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(shape, name))
      throw new OptionError(
        `${of}: there is no option '${name}'; ${hint(name, Object.keys(shape))}`,
      );
    if (value !== undefined) checkArgument(of, name, value, shape[name as keyof Options]);
  }
}
