/** RFC 1952 with stored blocks (RFC 1951, 3.2.4): what reads gzip files reads it, and nothing is compressed. */
import { toBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';

const MAX_BLOCK = 0xffff;
const HEADER = '\x1f\x8b\b\0\0\0\0\0\0\xff';
function littleEndian(value: number, bytes: number): string {
  return String.fromCharCode(
    ...Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 0xff),
  );
}

/** Byte string of a byte string. */
export function gzipStored(text: string): string {
  const blocks: string[] = [];
  for (let at = 0; at === 0 || at < text.length; at += MAX_BLOCK) {
    const block = text.slice(at, at + MAX_BLOCK);
    const isLast = at + MAX_BLOCK >= text.length;
    const { length } = block;
    blocks.push(
      `${isLast ? '\x01' : '\0'}${littleEndian(length, 2)}${littleEndian(~length, 2)}${block}`,
    );
  }
  return `${HEADER}${blocks.join('')}${littleEndian(crc32(toBytes(text)), 4)}${littleEndian(text.length, 4)}`;
}
