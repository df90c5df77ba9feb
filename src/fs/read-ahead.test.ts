/** The windows that Linux's get_init_ra_size and get_next_ra_size give with read_ahead_kb 128. */
import { expect, it } from 'vitest';
import { ReadAhead } from './read-ahead.ts';

it('grows while reads go on where the last one ended: 4, 8, 16, 32 pages and no more', () => {
  const ahead = new ReadAhead();
  const windows: number[] = [];
  let index = 0;
  for (let miss = 0; miss < 5; miss++) {
    const count = ahead.pagesAt(index, index + 1);
    windows.push(count);
    index += count;
    ahead.noteRead(index);
  }
  expect(windows).toEqual([4, 8, 16, 32, 32]);
});

it('fetches what is asked for and no more where reads are scattered', () => {
  const ahead = new ReadAhead();
  expect(ahead.pagesAt(100, 101)).toBe(1);
  ahead.noteRead(101);
  expect(ahead.pagesAt(57, 59)).toBe(2);
  ahead.noteRead(59);
  expect(ahead.pagesAt(59, 60)).toBe(4);
});

it('fetches no more than the disk is set to: read_ahead_kb', () => {
  const ahead = new ReadAhead();
  expect(ahead.pagesAt(0, 1, 4)).toBe(2);
  ahead.noteRead(2);
  expect(ahead.pagesAt(2, 3, 4)).toBe(4);
  ahead.noteRead(6);
  expect(ahead.pagesAt(6, 7, 4)).toBe(4);
  expect(ahead.pagesAt(6, 7, 0)).toBe(1);
});

it('follows posix_fadvise(2)', () => {
  const ahead = new ReadAhead();
  ahead.pattern = 'random';
  expect(ahead.pagesAt(0, 3)).toBe(3);
  ahead.pattern = 'sequential';
  expect(ahead.pagesAt(0, 64)).toBe(64);
});
