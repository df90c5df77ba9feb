/** Entries worked out by hand from the formats of the privileged specification, 10.4.1. */
import { expect, test } from 'vitest';
import type { PageWalk } from '../../protocol.ts';
import type { Line } from './line.ts';
import { flagsOf, parseAddress, physicalOf, ppnOf, walkLines } from './page-walk.ts';

const text = (line: Line) => (typeof line === 'string' ? line : line.map((it) => it.text).join(''));

/** 0x10abc: VPN 0, 0, 16. Tables at 0x80200000, 0x80201000, 0x80202000; the page is the frame 0x80345. */
const WALK: PageWalk = {
  address: 0x10abc,
  root: 0x8020_0000,
  asid: 7,
  steps: [
    { level: 2, index: 0, entryAddress: 0x8020_0000, low: (0x80201 << 10) | 1, high: 0 },
    { level: 1, index: 0, entryAddress: 0x8020_1000, low: (0x80202 << 10) | 1, high: 0 },
    { level: 0, index: 16, entryAddress: 0x8020_2080, low: (0x80345 << 10) | 0xdb, high: 0 },
  ],
};

test('flags are letters in the order of their bits', () => {
  // 0xdb: D, A, U, X, R, V.
  expect(flagsOf({ low: 0xdb })).toBe('DA-UX-RV');
  expect(flagsOf({ low: 0x01 })).toBe('-------V');
  expect(flagsOf({ low: 0x24 })).toBe('--G--W--');
});

test('the page number is bits 53 to 10', () => {
  expect(ppnOf({ low: 0xffff_fc01 | 0, high: 0 })).toBe(2 ** 22 - 1);
  expect(ppnOf({ low: 1 << 10, high: 1 })).toBe(2 ** 22 + 1);
  // Bits 63 to 54 are no part of it.
  expect(ppnOf({ low: 0, high: 0xffc0_0000 | 0 })).toBe(0);
});

test('a leaf gives the physical address, at any level', () => {
  expect(physicalOf(WALK)).toBe(0x8034_5abc);
  const [root] = WALK.steps;
  const mega = { level: 1, index: 1, entryAddress: 0, low: (0x80400 << 10) | 0xd7, high: 0 };
  const steps = root ? [root, mega] : [];
  expect(physicalOf({ ...WALK, address: 0x20_1234, steps })).toBe(0x8040_1234);
  expect(physicalOf({ ...WALK, steps: root ? [{ ...root, low: 0 }] : [] })).toBeUndefined();
  expect(physicalOf({ ...WALK, steps: root ? [root] : [] })).toBeUndefined();
});

test('the lines tell each level, wide and narrow', () => {
  const wide = walkLines(WALK, '/bin/sh r-xp', 150).map(text);
  expect(wide).toEqual([
    '0x10abc  /bin/sh r-xp',
    '= VPN[2] 0  VPN[1] 0  VPN[0] 16  offset 0xabc',
    'satp: Sv39, ASID 7, root table at 0x80200000',
    'level 2  entry   0 at 0x80200000 = 0x0000000020080401  -------V  table at 0x80201000',
    'level 1  entry   0 at 0x80201000 = 0x0000000020080801  -------V  table at 0x80202000',
    'level 0  entry  16 at 0x80202080 = 0x00000000200d14db  DA-UX-RV  page of 4 KiB at 0x80345000',
    'physical address 0x80345abc, frame 0x80345',
    'V valid  R read  W write  X execute  U user  G global  A accessed  D dirty',
  ]);
  const narrow = walkLines(WALK, '', 78).map(text);
  expect(Math.max(...narrow.slice(3, -1).map((line) => line.length))).toBeLessThanOrEqual(78);
  expect(narrow.join('\n')).toContain('DA-UX-RV  page of 4 KiB at 0x80345000');
});

test('an access to what is not mapped traps', () => {
  const steps = [{ level: 2, index: 0, entryAddress: 0x8020_0000, low: 0, high: 0 }];
  const lines = walkLines({ ...WALK, steps }, '', 150).map(text);
  expect(lines[3]).toMatch(/-------- {2}not valid$/);
  expect(lines[4]).toBe('The access traps: page fault');
});

test('addresses as people type them', () => {
  expect(parseAddress('0x3fff')).toBe(0x3fff);
  expect(parseAddress(' 3FFF ')).toBe(0x3fff);
  expect(parseAddress('12g')).toBeUndefined();
  expect(parseAddress('')).toBeUndefined();
});
