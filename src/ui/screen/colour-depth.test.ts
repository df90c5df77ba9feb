/** Colours on terminals that have fewer. Expected: xterm's 256colres.pl and its default palette. */
import { expect, test } from 'vitest';
import { KIND_16, KIND_256, KIND_RGB } from './cells.ts';
import { colourDepth, paletteColour, reduceColour } from './colour-depth.ts';
import { sgrChange } from './sgr.ts';

test.each([
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 24],
  [{ TERM: 'xterm-256color', COLORTERM: '24bit' }, 24],
  [{ TERM: 'xterm-direct' }, 24],
  [{ TERM: 'tmux-256color' }, 8],
  [{ TERM: 'xterm' }, 4],
  [{ TERM: 'linux' }, 3],
  [{ TERM: 'vt100' }, 0],
  [{ TERM: 'dumb' }, 0],
  [{}, 0],
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 0],
  // no-color.org: an empty one is none.
  [{ TERM: 'xterm-256color', NO_COLOR: '' }, 8],
])('%j has %i bits', (env, depth) => {
  expect(colourDepth(env)).toBe(depth);
});

test('the palette is that of xterm', () => {
  expect([16, 21, 46, 196, 231, 232, 255].map(paletteColour)).toEqual([
    0x000000, 0x0000ff, 0x00ff00, 0xff0000, 0xffffff, 0x080808, 0xeeeeee,
  ]);
});

test.each([
  [0xff0000, 196],
  [0x00ff00, 46],
  [0x5f87af, 67],
  [0x767676, 243],
  [0x080808, 232],
])('RGB %i is %i of 256', (rgb, index) => {
  expect(reduceColour(KIND_RGB | rgb, 8)).toBe(KIND_256 | index);
});

test('sixteen and eight colours', () => {
  expect(reduceColour(KIND_RGB | 0xfe0101, 4)).toBe(KIND_16 | 9);
  expect(reduceColour(KIND_256 | 196, 4)).toBe(KIND_16 | 9);
  expect(reduceColour(KIND_256 | 196, 3)).toBe(KIND_16 | 1);
  expect(reduceColour(KIND_16 | 12, 3)).toBe(KIND_16 | 4);
  expect(reduceColour(KIND_16 | 12, 4)).toBe(KIND_16 | 12);
});

test('without colours attributes are left', () => {
  const from = { foreground: 0, background: 0 };
  const to = { foreground: (1 << 27) | KIND_RGB | 0x123456, background: KIND_16 | 3 };
  expect(sgrChange(from, to, 0)).toBe('\x1b[1m');
  expect(sgrChange(from, to, 24)).toBe('\x1b[1;38;2;18;52;86;43m');
  expect(sgrChange(to, from, 24)).toBe('\x1b[m');
});
