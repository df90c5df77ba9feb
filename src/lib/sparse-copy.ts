/** Copies that leave memory untouched where there is nothing but zeros: what is touched first costs a page fault, and a page. */

const BLOCK_BYTES = 4096;
const BLOCK_WORDS = BLOCK_BYTES / 4;

/** Buffers that are to be copied so begin at multiples of it. */
export const SPARSE_ALIGNMENT = 8;

/** As `into.set(from, at)`, for zeros in `into`. */
export function copySparsely(from: Uint8Array, into: Uint8Array, at = 0): void {
  const isAligned = from.byteOffset % 4 === 0;
  const blocks = isAligned ? Math.floor(from.length / BLOCK_BYTES) : 0;
  const words = new Int32Array(from.buffer, isAligned ? from.byteOffset : 0, blocks * BLOCK_WORDS);
  let start = 0;
  for (let block = 0; block < blocks; block++) {
    if (!isZero(words, block * BLOCK_WORDS)) continue;
    const end = block * BLOCK_BYTES;
    if (start < end) into.set(from.subarray(start, end), at + start);
    start = end + BLOCK_BYTES;
  }
  if (start < from.length) into.set(from.subarray(start), at + start);
}

function isZero(words: Int32Array, first: number): boolean {
  for (let k = first; k < first + BLOCK_WORDS; k += 4) {
    const some =
      (words[k] as number) |
      (words[k + 1] as number) |
      (words[k + 2] as number) |
      (words[k + 3] as number);
    if (some !== 0) return false;
  }
  return true;
}
