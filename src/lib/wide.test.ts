import { expect, test } from 'vitest';
import { wide } from './wide.ts';

test('words make exact numbers below 2^53 in magnitude', () => {
  expect(wide(0, 0xffff_ffff)).toBe(0xffff_ffff);
  expect(wide(0x1f_ffff, 0xffff_ffff)).toBe(Number.MAX_SAFE_INTEGER);
  expect(wide(-1, 0xffff_ffff)).toBe(-1);
  expect(wide(-0x20_0000, 1)).toBe(-Number.MAX_SAFE_INTEGER);
});

test('larger ones stay on their page, aligned or not as they were', () => {
  for (const high of [0x20_0000, 0x7fff_ffff, 0xffff_ffff, -0x8000_0000, -0x20_0001])
    for (const low of [0, 1, 4095, 4096, 0xffff_f000, 0xffff_ffff]) {
      const exact = BigInt(high) * 2n ** 32n + BigInt(low);
      const value = BigInt(wide(high, low));
      expect(value >> 12n, `${high}:${low}`).toBe(exact >> 12n);
      expect(value % 4096n === 0n, `${high}:${low}`).toBe(exact % 4096n === 0n);
    }
});
