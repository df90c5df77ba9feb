/** gzipStored against zlib. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fromBytes, toBytes } from './bytes.ts';
import { gzipStored } from './gzip.ts';

test.each([0, 1, 65_535, 65_536, 200_000])('zlib expands %i bytes to what they were', (length) => {
  const text = Array.from({ length }, (_, i) =>
    String.fromCharCode((i * 7 + (i >> 8)) & 0xff),
  ).join('');
  expect(fromBytes(gunzipSync(toBytes(gzipStored(text))))).toBe(text);
});
