import { expect, it } from 'vitest';
import { unwindStarts } from './unwind-starts.ts';

/** As lld writes it: version 1, pcrel sdata4, udata4, datarel sdata4; .eh_frame; two functions, at -256 and +4096 from the section. */
const SECTION = [
  [0x01, 0x1b, 0x03, 0x3b, 0x20, 0, 0, 0, 2, 0, 0, 0],
  [0x00, 0xff, 0xff, 0xff, 0x40, 0, 0, 0],
  [0x00, 0x10, 0x00, 0x00, 0x80, 0, 0, 0],
].flat();

it('gives the addresses of the functions', () => {
  const section = { address: 0x1_0000n, bytes: Uint8Array.from(SECTION) };
  expect(unwindStarts(section)).toEqual([0xff00n, 0x1_1000n]);
});

it('gives none for what is cut off, or encoded otherwise', () => {
  const bytes = Uint8Array.from(SECTION);
  for (const length of [0, 11, 12, 20]) {
    expect(unwindStarts({ address: 0n, bytes: bytes.subarray(0, length) })).toEqual([]);
  }
  expect(unwindStarts({ address: 0n, bytes: bytes.with(3, 0x1b) })).toEqual([]);
  expect(unwindStarts({ address: 0n, bytes: bytes.with(0, 2) })).toEqual([]);
});
