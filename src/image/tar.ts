/**
 * Reading tar archives: ustar, pax and GNU's long names. POSIX.1-2024 pax, "ustar Interchange Format" and "pax Header Block"; GNU tar
 * manual, "Basic Tar Format". An archive is read where it lies; names and extended attributes stay bytes.
 */
import { makeDevice, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from '../abi/stat.ts';
import type { Timestamp } from '../fs/inode.ts';
import { fromBytes } from '../lib/bytes.ts';
import { type FilePart, readAll } from './content.ts';
import { ImageSourceError } from './image-source-error.ts';
import type { ImageNode } from './image-tree.ts';

const BLOCK = 512;
/** Type flags. */
const LONG_NAME = 'L';
const LONG_LINK = 'K';
const PAX = 'x';
const PAX_GLOBAL = 'g';
const HARD_LINK = '1';
/** A label, a directory dump, a continued volume: nothing of a root. */
const SKIPPED = new Set(['V', 'D', 'M', 'N', 'A', 'I']);
const TYPES: Readonly<Record<string, number>> = {
  '0': S_IFREG,
  '\0': S_IFREG,
  '7': S_IFREG,
  '2': S_IFLNK,
  '3': S_IFCHR,
  '4': S_IFBLK,
  '5': S_IFDIR,
  '6': S_IFIFO,
};
/** What GNU tar, star and bsdtar put before the name of an extended attribute. */
const XATTR_PREFIX = 'SCHILY.xattr.';

export interface TarEntry {
  readonly path: string;
  /** The earlier entry that this is another name of; then `node` says nothing. */
  readonly linkTo?: string;
  readonly node: ImageNode;
}

interface Extension {
  readonly values: Map<string, Uint8Array>;
}

/** Entries in order. Throws ImageSourceError for what is no tar, is damaged or cut off. */
export function* readTar(archive: FilePart, name: string): Generator<TarEntry> {
  const global: Extension = { values: new Map() };
  let own: Extension = { values: new Map() };
  let at = 0;
  let count = 0;
  while (at + BLOCK <= archive.size) {
    const header = new Uint8Array(BLOCK);
    archive.read(at, header);
    at += BLOCK;
    if (header.every((byte) => byte === 0)) return;
    checkHeader(header, count === 0, name);
    count++;
    const type = String.fromCharCode(header[156] as number);
    const extended = (key: string) => own.values.get(key) ?? global.values.get(key);
    const given = extended('size');
    const size =
      given && !(type === PAX || type === PAX_GLOBAL)
        ? Number(fromBytes(given))
        : numberAt(header, 124, 12);
    if (!(size >= 0) || at + size > archive.size)
      throw new ImageSourceError(`${name} is cut off: the archive ends within a file`);
    const data = archive.part(at, size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    if (type === PAX || type === PAX_GLOBAL)
      readPax(readAll(data), type === PAX ? own : global, name);
    else if (type === LONG_NAME) own.values.set('path', trimZero(readAll(data)));
    else if (type === LONG_LINK) own.values.set('linkpath', trimZero(readAll(data)));
    else {
      if (!SKIPPED.has(type))
        yield entryOf(
          header,
          type,
          data,
          extended,
          new Map([...global.values, ...own.values]),
          name,
        );
      own = { values: new Map() };
    }
  }
  if (count === 0) throw new ImageSourceError(`${name} is no tar archive`);
}

function checkHeader(header: Uint8Array, isFirst: boolean, name: string): void {
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let i = 0; i < BLOCK; i++) {
    if (i >= 148 && i < 156) continue;
    const byte = header[i] as number;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const sum = numberAt(header, 148, 8);
  // Old implementations summed signed characters.
  if (sum === unsigned || sum === signed) return;
  throw new ImageSourceError(
    isFirst ? `${name} is no tar archive` : `${name} is damaged: a header's checksum is wrong`,
  );
}

/** Octal digits, or GNU's base-256 form: first byte 0x80 (or 0xff for negative numbers), the rest big-endian. */
function numberAt(header: Uint8Array, offset: number, length: number): number {
  const first = header[offset] as number;
  if (first >= 0x80) {
    let value = first === 0xff ? -1 : first & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (header[offset + i] as number);
    return value;
  }
  const text = textAt(header, offset, length).trim();
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function textAt(header: Uint8Array, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return fromBytes(end < 0 ? field : field.subarray(0, end));
}

function trimZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Records `length key=value\n`; an empty value takes back an earlier one. */
function readPax(bytes: Uint8Array, into: Extension, name: string): void {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(fromBytes(bytes, at, space));
    const equals = bytes.indexOf(0x3d, space);
    if (!(length > 0) || at + length > bytes.length || equals < 0 || equals >= at + length) {
      throw new ImageSourceError(`${name} is damaged: a pax record is wrong`);
    }
    const key = fromBytes(bytes, space + 1, equals);
    if (key.startsWith('GNU.sparse.')) {
      throw new ImageSourceError(`${name} holds sparse files: make the archive without tar's -S`);
    }
    into.values.set(key, bytes.slice(equals + 1, at + length - 1));
    at += length;
  }
}

function timestamp(text: string): Timestamp {
  const value = Number(text);
  const seconds = Math.floor(value);
  if (!Number.isFinite(seconds)) return { seconds: 0, nanoseconds: 0 };
  const fraction = (/\.(\d{1,9})/.exec(text)?.[1] ?? '').padEnd(9, '0');
  return { seconds, nanoseconds: text.startsWith('-') ? 0 : Number(fraction) };
}

function entryOf(
  header: Uint8Array,
  type: string,
  content: FilePart,
  extended: (key: string) => Uint8Array | undefined,
  all: ReadonlyMap<string, Uint8Array>,
  name: string,
): TarEntry {
  const text = (key: string) => {
    const value = extended(key);
    return value === undefined || value.length === 0 ? undefined : fromBytes(value);
  };
  const isUstar = textAt(header, 257, 5) === 'ustar';
  // GNU's own format has other fields where ustar has the prefix.
  const prefix = isUstar && header[262] === 0 ? textAt(header, 345, 155) : '';
  const short = textAt(header, 0, 100);
  const path = text('path') ?? (prefix === '' ? short : `${prefix}/${short}`);
  const linkPath = text('linkpath') ?? textAt(header, 157, 100);
  // Archives from before ustar mark a directory by a slash only.
  const kind = path.endsWith('/') && TYPES[type] === S_IFREG ? S_IFDIR : TYPES[type];
  const node: ImageNode = {
    mode: (kind ?? S_IFREG) | (numberAt(header, 100, 8) & 0o7777),
    uid: Number(text('uid') ?? numberAt(header, 108, 8)),
    gid: Number(text('gid') ?? numberAt(header, 116, 8)),
    mtime: timestamp(text('mtime') ?? String(numberAt(header, 136, 12))),
  };
  if (type === HARD_LINK) return { path, linkTo: linkPath, node };
  if (kind === undefined)
    throw new ImageSourceError(`${name}: '${path}' is of the unknown type '${type}'`);
  if (kind === S_IFREG) node.content = content;
  if (kind === S_IFDIR) node.children = new Map();
  if (kind === S_IFLNK) node.target = linkPath;
  if (kind === S_IFCHR || kind === S_IFBLK)
    node.rdev = makeDevice(numberAt(header, 329, 8), numberAt(header, 337, 8));
  const xattrs = [...all]
    .filter(([key]) => key.startsWith(XATTR_PREFIX))
    .map(([key, value]): [string, Uint8Array] => [key.slice(XATTR_PREFIX.length), value]);
  if (xattrs.length > 0) node.xattrs = new Map(xattrs);
  return { path, node };
}
