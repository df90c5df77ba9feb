/** 8.3 names: what is on disk, how it is shown, and the alias that a long name gets. Specification, section 7; Linux: fs/fat/namei_vfat.c. */
import { EEXIST, fail } from '../../abi/errno.ts';
import { toBytes } from '../../lib/bytes.ts';
import { fromCodePage, toCodePage, upperInCodePage } from './charset.ts';

export const SHORT_BYTES = 11;
const BASE_BYTES = 8;
const SPACE = 0x20;
const UNDERSCORE = 0x5f;
const TILDE = 0x7e;
const DELETED = 0xe5;
/** Stands for a first byte of 0xe5, which would say that the entry is free. */
const DELETED_ALIAS = 0x05;

/** DIR_NTRes: shown in lower case though stored in capitals. */
export const LOWER_BASE = 0x08;
export const LOWER_EXTENSION = 0x10;

/** The option shortname=. */
export type ShortNameStyle = 'lower' | 'win95' | 'winnt' | 'mixed';

/** Eleven bytes of an entry as text. */
export function showShortName(
  bytes: Uint8Array,
  lowerFlags: number,
  style: ShortNameStyle,
): string {
  const part = (from: number, to: number, flag: number): string => {
    let text = '';
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      text += fromCodePage(i === 0 && byte === DELETED_ALIAS ? DELETED : byte);
    }
    text = text.replace(/ +$/, '');
    const isLower = style === 'lower' || (style !== 'win95' && (lowerFlags & flag) !== 0);
    return isLower ? text.toLowerCase() : text;
  };
  const base = part(0, BASE_BYTES, LOWER_BASE);
  const extension = part(BASE_BYTES, SHORT_BYTES, LOWER_EXTENSION);
  return extension === '' ? base : `${base}.${extension}`;
}

/** What long entries keep of the short one that they belong to: specification, section 7.2. */
export function shortNameChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < SHORT_BYTES; i++)
    sum = (((sum & 1) << 7) + (sum >>> 1) + (bytes[i] as number)) & 0xff;
  return sum;
}

/** Part of a name as it goes into a short one. */
interface Part {
  readonly bytes: number[];
  /** Nothing was left out, replaced or cut. */
  isExact: boolean;
  isUpper: boolean;
  isLower: boolean;
}

/** At most `most` bytes of the code page; dots and spaces are left out, what a short name cannot hold is an underscore. */
function shorten(text: string, most: number): Part {
  const part: Part = { bytes: [], isExact: true, isUpper: true, isLower: true };
  for (const char of text.split('')) {
    if (part.bytes.length === most) {
      part.isExact = false;
      break;
    }
    if (char === '.' || char === ' ') {
      part.isExact = false;
      continue;
    }
    const byte = '[];,+='.includes(char) ? undefined : toCodePage(char);
    if (byte === undefined) {
      part.isExact = false;
      part.bytes.push(UNDERSCORE);
      continue;
    }
    const upper = upperInCodePage(byte);
    const isPlain = byte < 127;
    const isLetter = upper >= 0x41 && upper <= 0x5a;
    if (!isPlain || (isLetter && upper !== byte)) part.isUpper = false;
    if (!isPlain || (isLetter && upper === byte)) part.isLower = false;
    part.bytes.push(upper);
  }
  return part;
}

/** Where the extension begins (behind its dot); undefined if there is none. Dots and spaces alone are no base. */
function extensionStart(name: string): number | undefined {
  const dot = name.lastIndexOf('.');
  if (dot < 0 || dot === name.length - 1) return undefined;
  return /^[. ]*$/.test(name.slice(0, dot)) ? undefined : dot + 1;
}

function assemble(base: readonly number[], extension: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SHORT_BYTES).fill(SPACE);
  bytes.set(base.slice(0, BASE_BYTES));
  bytes.set(extension, BASE_BYTES);
  if (bytes[0] === DELETED) bytes[0] = DELETED_ALIAS;
  return bytes;
}

export interface ShortName {
  readonly bytes: Uint8Array;
  readonly lowerFlags: number;
  /** The short name says all: no long entries. */
  readonly isWhole: boolean;
}

/**
 * The short name for `name` (UTF-16) in a directory where `isTaken` tells which there are; `salt` makes names differ after the
 * ninth. Undefined if nothing of the name can be in one. Throws EEXIST.
 */
export function makeShortName(
  name: string,
  style: ShortNameStyle,
  hasNumberTail: boolean,
  isTaken: (bytes: Uint8Array) => boolean,
  salt: number,
): ShortName | undefined {
  const start = extensionStart(name);
  const base = shorten(start === undefined ? name : name.slice(0, start - 1), BASE_BYTES);
  const extension = shorten(start === undefined ? '' : name.slice(start), 3);
  if (base.bytes.length === 0) return undefined;
  const bytes = assemble(base.bytes, extension.bytes);
  const isExact = base.isExact && extension.isExact;
  if (isExact) {
    // As on Linux: a name that differs by case only, where the charset knows no case.
    if (isTaken(bytes)) throw fail(EEXIST, name);
    const isUpper = base.isUpper && extension.isUpper;
    if (style !== 'winnt') return { bytes, lowerFlags: 0, isWhole: isUpper };
    const isOneCase = (base.isUpper || base.isLower) && (extension.isUpper || extension.isLower);
    const lowerFlags = (base.isUpper ? 0 : LOWER_BASE) | (extension.isUpper ? 0 : LOWER_EXTENSION);
    return { bytes, lowerFlags: isOneCase ? lowerFlags : 0, isWhole: isOneCase };
  }
  if (!hasNumberTail && !isTaken(bytes)) return { bytes, lowerFlags: 0, isWhole: false };
  return {
    bytes: numbered(base.bytes, extension.bytes, isTaken, salt),
    lowerFlags: 0,
    isWhole: false,
  };
}

/** NAMEFO~1 to NAMEFO~9, then NA1234~1: four digits of a number that goes on until nobody has it. */
function numbered(
  base: readonly number[],
  extension: readonly number[],
  isTaken: (bytes: Uint8Array) => boolean,
  salt: number,
): Uint8Array {
  const stem = base.slice(0, 6);
  for (let digit = 1; digit < 10; digit++) {
    const bytes = assemble([...stem, TILDE, 0x30 + digit], extension);
    if (!isTaken(bytes)) return bytes;
  }
  for (let number = salt & 0xffff; ; number = (number - 11) & 0xffff) {
    const digits = number.toString(16).toUpperCase().padStart(4, '0');
    const text = `${digits}~${1 + ((salt >>> 16) & 7)}`;
    const bytes = assemble([...base.slice(0, 2), ...toBytes(text)], extension);
    if (!isTaken(bytes)) return bytes;
  }
}
