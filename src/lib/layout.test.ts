/** layout() on a structure whose offsets follow from the C rules by hand. */
import { expect, test } from 'vitest';
import { layout } from './layout.ts';

const Example = layout({ a: 'u8', b: 'u16', c: 'u64', d: 'bytes3', e: 'i32' });

test('offsets, padding and size are those of C', () => {
  expect(Example.offset).toEqual({ a: 0, b: 2, c: 8, d: 16, e: 20 });
  expect(Example.size).toBe(24);
  expect(Example.align).toBe(8);
});

test('values come back, negative and large ones too', () => {
  const bytes = Example.encode({
    a: 255,
    b: 0x1234,
    c: 2 ** 52 + 1,
    d: Uint8Array.of(1, 2, 3),
    e: -5,
  });
  expect([...bytes.subarray(0, 4)]).toEqual([255, 0, 0x34, 0x12]);
  expect(Example.decode(bytes)).toEqual({
    a: 255,
    b: 0x1234,
    c: 2 ** 52 + 1,
    d: Uint8Array.of(1, 2, 3),
    e: -5,
  });
});
