/** What a copy by blocks gives is what Uint8Array.set gives. */
import { expect, it } from 'vitest';
import { Random } from '../../test/support/random.ts';
import { copySparsely } from './sparse-copy.ts';

it('is the same as a whole copy, wherever the zeros are', () => {
  const random = new Random(13);
  for (let round = 0; round < 60; round++) {
    const all = new Uint8Array(40_000);
    for (let left = random.below(12); left > 0; left--)
      all[random.below(all.length)] = 1 + random.below(255);
    const first = random.below(3) === 0 ? random.below(9) : 0;
    const from = all.subarray(first, first + random.below(all.length - first));
    const at = random.below(100);
    const into = new Uint8Array(all.length + 100);
    copySparsely(from, into, at);
    const whole = new Uint8Array(into.length);
    whole.set(from, at);
    expect(Buffer.compare(into, whole), `round ${round}`).toBe(0);
  }
});
