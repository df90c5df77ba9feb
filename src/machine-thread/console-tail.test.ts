import { expect, test } from 'vitest';
import { ConsoleTail } from './console-tail.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (tail: ConsoleTail) => new TextDecoder().decode(tail.bytes);

test('all of what is short is kept, of more the last whole lines', () => {
  const tail = new ConsoleTail();
  tail.add(bytes('one\n'));
  tail.add(bytes('two'));
  expect(text(tail)).toBe('one\ntwo');
  const line = `${'x'.repeat(99)}\n`;
  for (let k = 0; k < 1000; k++) tail.add(bytes(line));
  tail.add(bytes('end'));
  const kept = text(tail);
  expect(kept.length).toBeLessThanOrEqual(16 * 1024);
  expect(kept.length).toBeGreaterThan(16 * 1024 - 200);
  expect(kept.startsWith('xxx')).toBe(true);
  expect(kept.split('\n')[0]).toHaveLength(99);
  expect(kept.endsWith('\nend')).toBe(true);
});

test('one write that is longer than what is kept', () => {
  const tail = new ConsoleTail();
  tail.add(bytes('y'.repeat(100_000)));
  expect(text(tail)).toHaveLength(16 * 1024);
});
