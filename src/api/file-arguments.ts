/** Arguments of System.fs, as callers without types give them. */
import type { FileOperation } from '../protocol.ts';
import {
  checkArgument,
  DATA,
  either,
  FLAG,
  type Kind,
  oneOf,
  WORD,
  whole,
} from './argument-checks.ts';
import { OptionError } from './errors.ts';

/** Seconds since 1970 where it is a number, as in Node. */
export type Time = Date | number | string;

const ENCODING: Kind = {
  takes: 'utf8, latin1, base64, hex … or null for bytes',
  fits: (value) => value === null || Buffer.isEncoding(value as string),
};
const WRITE_FLAG = oneOf('w', 'wx', 'a', 'ax');
const MODE = whole(0, 0o7777, ', such as 0o755');
/** -1: as it is. */
const ID = whole(-1, 2 ** 32 - 1);
const TIME: Kind = { takes: 'a Date, or seconds since 1970', fits: Number.isFinite };
const SETTINGS: Kind = either(
  { takes: 'an encoding', fits: (value) => typeof value === 'string' },
  { takes: 'an object', fits: (value) => typeof value === 'object' },
);

/** By the names that they have in a FileOperation. */
const FIELDS: Readonly<Record<string, Kind>> = {
  path: WORD,
  from: WORD,
  to: WORD,
  existing: WORD,
  target: WORD,
  mode: MODE,
  uid: ID,
  gid: ID,
  size: whole(0),
  recursive: FLAG,
  force: FLAG,
};

/** Of a method's options, or an encoding in their place. Throws OptionError. */
export function settingsOf<Options extends object>(
  method: string,
  given: Options | BufferEncoding | null,
): Partial<Options> & { encoding?: BufferEncoding | null } {
  checkArgument(method, 'options', given, SETTINGS);
  const settings = typeof given === 'string' ? { encoding: given } : (given ?? {});
  const { encoding, flag } = settings as { encoding?: unknown; flag?: unknown };
  if (encoding !== undefined) checkArgument(method, 'encoding', encoding, ENCODING);
  if (flag !== undefined) checkArgument(method, 'flag', flag, WRITE_FLAG);
  return settings as Partial<Options> & { encoding?: BufferEncoding | null };
}

/** Throws OptionError. */
export function checkData(method: string, data: unknown): void {
  checkArgument(method, 'data', data, DATA);
}

/** Milliseconds. Throws OptionError. */
export function timeOf(name: 'atime' | 'mtime', time: Time): number {
  const ms = time instanceof Date ? time.getTime() : Number(time) * 1000;
  if (!Number.isFinite(ms)) checkArgument('fs.utimes', name, time, TIME);
  return ms;
}

/** Throws OptionError. */
export function checkOperation(operation: FileOperation): void {
  const method = `fs.${operation.name === 'remove' ? 'rm' : operation.name}`;
  for (const [name, value] of Object.entries(operation)) {
    const kind = FIELDS[name];
    if (!kind) continue;
    checkArgument(method, name, value, kind);
    if (kind === WORD && name !== 'target' && !String(value).startsWith('/'))
      throw new OptionError(`fs: the guest path '${String(value)}' must begin with /`);
  }
}
