/** Mouse reports, byte by byte as xterm's ctlseqs describes them. */
import { expect, test } from 'vitest';
import { guestReport, trackingChange } from './mouse.ts';

const ALL = { x: 0, y: 0, rows: 23, columns: 80 };

test('a click, in each form', () => {
  const press = '\x1b[<0;5;3M';
  expect(guestReport(press, ALL, 'vt200', 'sgr')).toBe('\x1b[<0;5;3M');
  expect(guestReport(press, ALL, 'vt200', 'urxvt')).toBe('\x1b[32;5;3M');
  expect(guestReport(press, ALL, 'vt200', 'default')).toBe('\x1b[M %#');
  const release = '\x1b[<0;5;3m';
  expect(guestReport(release, ALL, 'vt200', 'sgr')).toBe('\x1b[<0;5;3m');
  expect(guestReport(release, ALL, 'vt200', 'default')).toBe('\x1b[M#%#');
  expect(guestReport(release, ALL, 'x10', 'default')).toBe('');
});

test('what was not asked for is not told', () => {
  const drag = '\x1b[<32;5;3M';
  const move = '\x1b[<35;5;3M';
  const wheel = '\x1b[<64;5;3M';
  expect(guestReport(drag, ALL, 'vt200', 'sgr')).toBe('');
  expect(guestReport(drag, ALL, 'drag', 'sgr')).toBe(drag);
  expect(guestReport(move, ALL, 'drag', 'sgr')).toBe('');
  expect(guestReport(move, ALL, 'any', 'sgr')).toBe(move);
  expect(guestReport(wheel, ALL, 'x10', 'sgr')).toBe('');
  expect(guestReport(wheel, ALL, 'vt200', 'sgr')).toBe(wheel);
  expect(guestReport(wheel, ALL, 'none', 'sgr')).toBe('');
});

test('cells are counted from the corner of the guest; other cells are not its own', () => {
  const below = { x: 10, y: 5, rows: 4, columns: 20 };
  expect(guestReport('\x1b[<0;11;6M', below, 'vt200', 'sgr')).toBe('\x1b[<0;1;1M');
  expect(guestReport('\x1b[<0;30;9M', below, 'vt200', 'sgr')).toBe('\x1b[<0;20;4M');
  expect(guestReport('\x1b[<0;10;6M', below, 'vt200', 'sgr')).toBeUndefined();
  expect(guestReport('\x1b[<0;11;10M', below, 'vt200', 'sgr')).toBeUndefined();
});

test('the one-byte form ends at column 223', () => {
  const wide = { x: 0, y: 0, rows: 50, columns: 300 };
  expect(guestReport('\x1b[<0;223;1M', wide, 'vt200', 'default')).toBe('\x1b[M \xff!');
  expect(guestReport('\x1b[<0;224;1M', wide, 'vt200', 'default')).toBe('');
});

test('the host is asked for what the guest wants, and for nothing when it wants nothing', () => {
  expect(trackingChange('none', 'none')).toBe('');
  expect(trackingChange('none', 'vt200')).toBe('\x1b[?1006h\x1b[?1000h');
  expect(trackingChange('vt200', 'any')).toBe('\x1b[?1000l\x1b[?1006h\x1b[?1003h');
  expect(trackingChange('any', 'none')).toBe('\x1b[?1003l\x1b[?1006l');
});
