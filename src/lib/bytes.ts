/** Byte strings: text inside the kernel is a string with one char (0-255) per byte, so that any file name survives. */

/** Longer inputs are converted in pieces of this many bytes: an argument list is limited. */
const PIECE_BYTES = 8192;
const SHORT_BYTES = 128;

/** The bytes of a latin-1 string; chars above 255 lose their upper bits. */
export function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A view of the array and the spreading of it would cost more than a path's characters one by one. */
function fromFewBytes(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let at = from;
  for (; at + 4 <= to; at += 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < to; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/**
 * Short strings that were made twice of late, by a hash of their last bytes: programs name the same files again and again. What is seen for the
 * first time leaves only its hash, since to keep each would make work for the collector.
 */
const RECENT: string[] = new Array<string>(1024).fill('');
const SEEN = new Int32Array(RECENT.length);
const HASHED_BYTES = 12;
const FNV_PRIME = 16_777_619;

/** As fromFewBytes, but mostly a string that is there already, which is also faster to look up. */
function fromRecentBytes(bytes: Uint8Array, from: number, to: number): string {
  let hash = to - from;
  for (let at = Math.max(from, to - HASHED_BYTES); at < to; at++)
    hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
  const place = (hash ^ (hash >>> 15)) & (RECENT.length - 1);
  if (SEEN[place] !== hash) {
    SEEN[place] = hash;
    return fromFewBytes(bytes, from, to);
  }
  const recent = RECENT[place] as string;
  if (recent.length === to - from && isText(recent, bytes, from)) return recent;
  return (RECENT[place] = fromFewBytes(bytes, from, to));
}

function isText(text: string, bytes: Uint8Array, from: number): boolean {
  for (let i = text.length - 1; i >= 0; i--)
    if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

/** The latin-1 string of `bytes`, each byte one char. */
export function fromBytes(bytes: Uint8Array, from = 0, to = bytes.length): string {
  if (to - from <= SHORT_BYTES) return fromRecentBytes(bytes, from, to);
  let text = '';
  for (let at = from; at < to; at += PIECE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + PIECE_BYTES, to)));
  }
  return text;
}

/** Unicode text (a host's name, a log line) as the byte string of its UTF-8 form. */
export function fromUnicode(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}

/** A byte string read as UTF-8; bytes that are not become U+FFFD. */
export function toUnicode(text: string): string {
  return new TextDecoder().decode(toBytes(text));
}
