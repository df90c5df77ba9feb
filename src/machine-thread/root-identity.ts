/** What tells root images apart: their lengths and their beginnings, where a file system keeps its number, times and counts. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const HEAD_BYTES = 64 * 1024;

/** Of the file at `path`. Throws node's errors. */
export function describeRoot(path: string): string {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const count = readSync(file, head, 0, HEAD_BYTES, 0);
    return `${fstatSync(file).size}:${crc32(head.subarray(0, count))}`;
  } finally {
    closeSync(file);
  }
}
