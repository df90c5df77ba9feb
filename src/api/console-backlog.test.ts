import { expect, test } from 'vitest';
import { ConsoleBacklog, MOST_BYTES } from './console-backlog.ts';

/** Lines that are all different. */
const printed = (count: number) =>
  Buffer.from(Array.from({ length: count }, (_, i) => `line ${i}\n`).join(''));

test('little comes back as it was printed, once', () => {
  const backlog = new ConsoleBacklog();
  expect(backlog.take()).toEqual([]);
  const all = printed(20_000);
  for (let at = 0; at < all.length; at += 777) backlog.add(all.subarray(at, at + 777));
  expect(Buffer.concat(backlog.take()).equals(all)).toBe(true);
  expect(backlog.take()).toEqual([]);
  backlog.add(Buffer.from('more'));
  expect(Buffer.concat(backlog.take()).toString()).toBe('more');
});

test.each([1, 4096, 65_536, 3_000_000])(
  'of a flood in pieces of %i bytes its end is left',
  (piece) => {
    const backlog = new ConsoleBacklog();
    const all = printed(150_000);
    for (let at = 0; at < all.length; at += piece) backlog.add(all.subarray(at, at + piece));
    const left = Buffer.concat(backlog.take());
    expect(left.length).toBeLessThanOrEqual(MOST_BYTES);
    expect(left.length).toBeGreaterThan(MOST_BYTES * 0.9);
    expect(left.equals(all.subarray(all.length - left.length))).toBe(true);
  },
);

test('the caller’s array may change afterwards', () => {
  const backlog = new ConsoleBacklog();
  const bytes = Buffer.from('abc');
  backlog.add(bytes);
  bytes.fill(0);
  expect(Buffer.concat(backlog.take()).toString()).toBe('abc');
});
