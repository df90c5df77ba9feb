/** Bits of a block or inode bitmap: bit i is bit i % 32 of the little-endian word i / 32. */

/**
 * The first bit in [from, limit) that is clear in `words`, and in `held` if there is one; -1 if there is none.
 */
export function findClear(
  words: Uint32Array,
  held: Uint32Array | undefined,
  from: number,
  limit: number,
): number {
  let bit = from;
  while (bit < limit) {
    const at = bit >>> 5;
    const used = (words[at] as number) | (held === undefined ? 0 : (held[at] as number));
    // Bits in front of the start count as set.
    const word = ~used & (-1 << (bit & 31));
    const base = bit & ~31;
    if (word === 0) {
      bit = base + 32;
      continue;
    }
    const found = base + 31 - Math.clz32(word & -word);
    return found < limit ? found : -1;
  }
  return -1;
}

export function isSet(words: Uint32Array, bit: number): boolean {
  return ((words[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

export function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << (bit & 31));
}

export function clearBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] as number) & ~(1 << (bit & 31));
}

export function setBits(words: Uint32Array, from: number, to: number): void {
  for (let bit = from; bit < to; bit++) setBit(words, bit);
}
