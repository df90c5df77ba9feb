/** A request to the translator for hand-made code at the start of a page, all of it executed. */
import type { RegionRequest } from '../../src/jit/control-flow.ts';

export function requestFor(
  words: readonly number[],
  entry = 0,
  indirect: readonly (readonly [number, number])[] = [],
): RegionRequest {
  const code = new Uint16Array(2048);
  const executed = new Uint8Array(2048);
  words.forEach((word, k) => {
    code[2 * k] = word & 0xffff;
    code[2 * k + 1] = word >>> 16;
    executed[2 * k] = 1;
  });
  return { page: 0, code, executed, entry, indirect };
}
