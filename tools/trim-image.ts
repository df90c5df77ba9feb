/** Cuts the zeros at the end off the shipped image: the machine pads it again to the size that its superblock says. */
import { readFileSync, truncateSync } from 'node:fs';

const BLOCK_BYTES = 4096;

export function trimImage(file: string): void {
  const bytes = readFileSync(file);
  let end = bytes.length;
  while (end > BLOCK_BYTES && bytes.subarray(end - BLOCK_BYTES, end).every((byte) => byte === 0))
    end -= BLOCK_BYTES;
  truncateSync(file, end);
}
