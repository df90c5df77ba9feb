/** Files of the translation cache: what was written is read, and nothing else is. */
import { expect, test } from 'vitest';
import { Random } from '../../test/support/random.ts';
import { decodePageFile, encodePageFile, type Segment } from './page-file.ts';

const KEY = 'a'.repeat(40);
const SEGMENTS: readonly Segment[] = [
  {
    wasm: new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 9]),
    regions: [
      { entry: 0, index: 0, covered: new Uint16Array([0, 1, 2]) },
      { entry: 4094, index: 1, covered: new Uint16Array([2047]), next: 0xffff },
    ],
  },
  { wasm: new Uint8Array(0), regions: [] },
];

test('what was written is read', () => {
  const file = encodePageFile(KEY, SEGMENTS);
  expect(decodePageFile(KEY, file)).toEqual(SEGMENTS);
  // A view into something larger, as a file's buffer may be.
  const padded = new Uint8Array(file.length + 8);
  padded.set(file, 4);
  expect(decodePageFile(KEY, padded.subarray(4, 4 + file.length))).toEqual(SEGMENTS);
  expect(decodePageFile(KEY, encodePageFile(KEY, []))).toEqual([]);
});

test('a file of another key, cut short, or longer is refused', () => {
  const file = encodePageFile(KEY, SEGMENTS);
  expect(decodePageFile('b'.repeat(40), file)).toBeUndefined();
  for (let length = 0; length < file.length; length++)
    expect(decodePageFile(KEY, file.subarray(0, length))).toBeUndefined();
  expect(decodePageFile(KEY, Uint8Array.of(...file, 0))).toBeUndefined();
});

test('every changed bit, and bytes at random, are refused', () => {
  const file = encodePageFile(KEY, SEGMENTS);
  for (let bit = 0; bit < file.length * 8; bit++) {
    const changed = file.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(decodePageFile(KEY, changed), `bit ${bit}`).toBeUndefined();
  }
  const random = new Random(20);
  for (let round = 0; round < 2000; round++) {
    const changed = file.slice();
    for (let i = random.below(8) + 1; i > 0; i--)
      changed[random.below(changed.length)] = random.below(256);
    const isSame = changed.every((byte, at) => byte === file[at]);
    expect(decodePageFile(KEY, changed) === undefined, `round ${round}`).toBe(!isSame);
  }
});

test('lengths that leave the file are refused even under a right checksum', () => {
  const region = { entry: 0, index: 0, covered: new Uint16Array([0]) };
  const wrong: Segment[] = [
    { wasm: new Uint8Array(4), regions: [{ ...region, covered: new Uint16Array([2048]) }] },
    { wasm: new Uint8Array(4), regions: [{ ...region, entry: 4096 }] },
    { wasm: new Uint8Array(4), regions: [{ ...region, covered: new Uint16Array(2049) }] },
  ];
  for (const segment of wrong)
    expect(decodePageFile(KEY, encodePageFile(KEY, [segment]))).toBeUndefined();
});
