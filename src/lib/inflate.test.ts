/** What zlib compressed comes out again; damage gives undefined or other bytes, and never more than the limit. */
import { constants, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Random } from '../../test/support/random.ts';
import { inflateZlib } from './inflate.ts';

const SEED = 20_261_121;

function samples(): Uint8Array[] {
  const random = new Random(SEED);
  const noise = Uint8Array.from({ length: 70_000 }, () => random.below(256));
  const words = Array.from({ length: 9000 }, () => `word${random.below(300)} `).join('');
  return [new Uint8Array(), new Uint8Array(100_000), noise, Buffer.from(words), Buffer.from('a')];
}

describe('inflateZlib', () => {
  it.each([
    { level: 0 },
    { level: 1 },
    { level: 9 },
    { strategy: constants.Z_FIXED },
    { strategy: constants.Z_HUFFMAN_ONLY },
    { strategy: constants.Z_RLE },
  ])('reads what zlib writes with %o', (options) => {
    for (const sample of samples()) {
      const compressed = deflateSync(sample, options);
      const content = inflateZlib(compressed, sample.length);
      expect(content && Buffer.compare(content, sample), `${sample.length} bytes`).toBe(0);
      if (sample.length > 0) expect(inflateZlib(compressed, sample.length - 1)).toBeUndefined();
    }
  });

  it(`survives damage, seed ${SEED}`, () => {
    const random = new Random(SEED);
    const compressed = deflateSync(samples()[3] ?? new Uint8Array());
    for (let round = 0; round < 300; round++) {
      const damaged = compressed.slice(0, random.below(compressed.length));
      for (let i = 0; i < 3 && damaged.length > 0; i++)
        damaged[random.below(damaged.length)] = random.below(256);
      expect(inflateZlib(damaged, 60_000)?.length ?? 0).toBeLessThanOrEqual(60_000);
    }
  });
});
