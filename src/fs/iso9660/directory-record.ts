/** One record of a directory: where a file is, how large, and what it is called. ECMA-119, section 9.1. */
import { EIO, fail } from '../../abi/errno.ts';
import { fromBytes, fromUnicode } from '../../lib/bytes.ts';
import type { Timestamp } from '../inode.ts';

const LENGTH = 0;
const ATTRIBUTE_BLOCKS = 1;
const EXTENT = 2;
const SIZE = 10;
const TIME = 18;
const FLAGS = 25;
const NAME_LENGTH = 32;
const NAME = 33;
/** Of FLAGS: an associated file, a directory, and more of the same file in the next record. */
const ASSOCIATED = 4;
const DIRECTORY = 2;
const MORE = 128;

export interface DirectoryRecord {
  /** First block of the content. */
  readonly extent: number;
  readonly size: number;
  readonly time: Timestamp;
  readonly isDirectory: boolean;
  readonly isAssociated: boolean;
  readonly hasMore: boolean;
  /** As it is stored: "\0" is the directory itself, "\u0001" its parent. */
  readonly rawName: Uint8Array;
  /** What follows the name: the System Use area. */
  readonly systemUse: Uint8Array;
}

/** Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour east of Greenwich. */
export function decodeTime(bytes: Uint8Array, at: number): Timestamp {
  const [year, month, day, hour, minute, second, zone] = bytes.subarray(at, at + 7);
  const local = Date.UTC(1900 + (year ?? 0), (month ?? 1) - 1, day, hour, minute, second);
  const east = ((zone ?? 0) << 24) >> 24;
  return { seconds: month === 0 ? 0 : local / 1000 - east * 900, nanoseconds: 0 };
}

/** `bytes` begins with the record. Throws EIO for one that cannot be. */
export function decodeRecord(bytes: Uint8Array): DirectoryRecord {
  const length = bytes[LENGTH] ?? 0;
  const nameLength = bytes[NAME_LENGTH] ?? 0;
  if (length > bytes.length || length < NAME + nameLength || nameLength === 0)
    throw fail(EIO, 'iso9660: directory record');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const flags = bytes[FLAGS] as number;
  return {
    extent: view.getUint32(EXTENT, true) + (bytes[ATTRIBUTE_BLOCKS] as number),
    size: view.getUint32(SIZE, true),
    time: decodeTime(bytes, TIME),
    isDirectory: (flags & DIRECTORY) !== 0,
    isAssociated: (flags & ASSOCIATED) !== 0,
    hasMore: (flags & MORE) !== 0,
    rawName: bytes.subarray(NAME, NAME + nameLength),
    systemUse: bytes.subarray(NAME + nameLength + (nameLength % 2 === 0 ? 1 : 0), length),
  };
}

/** The name of a primary volume: in small letters, without version; `isMapped` false: as it is stored. */
export function plainName(raw: Uint8Array, isMapped: boolean): string {
  const name = fromBytes(raw);
  return isMapped ? name.replace(/\.?;1$|\.$/, '').replace(/[A-Z;]/g, mapped) : name;
}

function mapped(character: string): string {
  return character === ';' ? '.' : character.toLowerCase();
}

/** The name of a Joliet volume, UCS-2 in big-endian order, as UTF-8. */
export function jolietName(raw: Uint8Array): string {
  let name = '';
  for (let at = 0; at + 1 < raw.length; at += 2)
    name += String.fromCharCode(((raw[at] as number) << 8) | (raw[at + 1] as number));
  return fromUnicode(name.replace(/;1$/, '').replaceAll('/', '_').replaceAll('\0', '_'));
}
