/** Names between the guest's bytes and the disk: UTF-16 in long names, code page 437 in short ones. Linux: fs/nls. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { fromBytes, fromUnicode, toBytes } from '../../lib/bytes.ts';

/** Code page 437 (IBM PC), bytes 128 to 255. */
const UPPER_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** The byte of a char in code page 437; undefined if it has none. */
export function toCodePage(char: string): number | undefined {
  const code = char.charCodeAt(0);
  if (code < 128) return code;
  const at = UPPER_437.indexOf(char);
  return at < 0 ? undefined : 128 + at;
}

export function fromCodePage(byte: number): string {
  return byte < 128 ? String.fromCharCode(byte) : (UPPER_437[byte - 128] as string);
}

/** The capital of a byte of code page 437, if the page has one. */
export function upperInCodePage(byte: number): number {
  const upper = fromCodePage(byte).toUpperCase();
  return (upper.length === 1 ? toCodePage(upper) : undefined) ?? byte;
}

/** How the guest writes names. */
export interface Charset {
  readonly name: string;
  /** A name of the guest as UTF-16. Throws EINVAL for bytes that are no text. */
  toUnits(name: string): string;
  /** The other way; chars that the charset lacks become '?'. */
  fromUnits(units: string): string;
  /** Names that are equal but for case give the same. */
  fold(name: string): string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeStrictly(name: string): string {
  try {
    return strict.decode(toBytes(name));
  } catch (error) {
    if (error instanceof TypeError) throw fail(EINVAL, 'name is not UTF-8');
    throw error;
  }
}

function foldAscii(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Beyond ASCII case counts, as on Linux with utf8. */
const utf8: Charset = {
  name: 'utf8',
  toUnits: (name) => (isAscii(name) ? name : decodeStrictly(name)),
  fromUnits: (units) => (isAscii(units) ? units : fromUnicode(units)),
  fold: foldAscii,
};

const latin1: Charset = {
  name: 'iso8859-1',
  toUnits: (name) => name,
  fromUnits: (units) => replaceAbove(units, 255),
  fold: (name) => name.replace(/[A-Z\xc0-\xd6\xd8-\xde]+/g, (letters) => letters.toLowerCase()),
};

const ascii: Charset = {
  name: 'ascii',
  toUnits(name) {
    if (!isAscii(name)) throw fail(EINVAL, 'name is not ASCII');
    return name;
  },
  fromUnits: (units) => replaceAbove(units, 127),
  fold: foldAscii,
};

const codePage: Charset = {
  name: 'cp437',
  toUnits: (name) => fromBytesOfPage(toBytes(name)),
  fromUnits: (units) => fromBytes(Uint8Array.from(units, (char) => toCodePage(char) ?? 0x3f)),
  fold: foldAscii,
};

function fromBytesOfPage(bytes: Uint8Array): string {
  return [...bytes].map(fromCodePage).join('');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function replaceAbove(units: string, limit: number): string {
  return [...units].map((char) => (char.charCodeAt(0) > limit ? '?' : char)).join('');
}

export const CHARSETS: readonly Charset[] = [utf8, latin1, ascii, codePage];

/** By the name that mount(8)'s iocharset= takes. Throws EINVAL. */
export function findCharset(name: string): Charset {
  const found = CHARSETS.find((charset) => charset.name === name);
  if (found === undefined) throw fail(EINVAL, `iocharset ${name}`);
  return found;
}
