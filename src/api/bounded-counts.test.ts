/** ECMA-48 8.3: what is too large for the screen does what a screenful does; everything else passes byte by byte. */
import { expect, test } from 'vitest';
import { BoundedCounts } from './bounded-counts.ts';

const SIZE = { rows: 24, columns: 80 };

function through(...chunks: string[]): string {
  const counts = new BoundedCounts();
  const bytes = chunks.map((chunk) => counts.bound(new TextEncoder().encode(chunk), SIZE).slice());
  return new TextDecoder().decode(Buffer.concat(bytes));
}

test.each([
  ['\x1b[2147483647S', '\x1b[24S'],
  ['a\x1b[99999Tb', 'a\x1b[24Tb'],
  ['\x1b[000000000025L\x1b[25M', '\x1b[24L\x1b[24M'],
  ['x\x1b[9999999b', 'x\x1b[80b'],
  ['\x1b[81;5@\x1b[81P\x1b[81X\x1b[81I\x1b[81Z', '\x1b[80;5@\x1b[80P\x1b[80X\x1b[80I\x1b[80Z'],
  ['\u009b99999S', '\x1b[24S'],
  // A control within the sequence is obeyed, and the digits go on behind it.
  ['\x1b[99\n999S', '\n\x1b[24S'],
])('%j becomes %j', (given, expected) => expect(through(given)).toBe(expected));

test.each([
  'plain text, é, 漢字, ›',
  '\x1b[24S\x1b[80b\x1b[1;31mred\x1b[m',
  '\x1b[9999;9999H\x1b[38;2;255;255;255m\x1b[?2026h\x1b[>999999c',
  // ESC cancels, and so does CAN.
  '\x1b[9999\x1b[1S\x1b[9999\x18S',
  '\x1b]0;title [99999S\x07\x1bP1$r99999S\x1b\\',
])('%j passes', (text) => expect(through(text)).toBe(text));

test('a sequence that comes in parts is seen whole', () => {
  for (let at = 1; at < 9; at++) {
    const text = '\x1b[99999S!';
    expect(through(text.slice(0, at), text.slice(at))).toBe('\x1b[24S!');
  }
  expect(through('\x1b', '[', '9', '9', '9', 'b', '.')).toBe('\x1b[80b.');
});

test('one without an end is dropped', () => {
  expect(through(`\x1b[${'0'.repeat(300)}`, '99999S')).toBe('99999S');
});
