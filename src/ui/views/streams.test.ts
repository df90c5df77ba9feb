import { expect, test } from 'vitest';
import type { HotRegion, Stand } from '../../protocol.ts';
import { CallLog, callLine } from './call-log.ts';
import { logLines } from './kernel-log.ts';
import { cut, fitted, type Line, pad, printable } from './line.ts';
import { Prompt } from './prompt.ts';
import { codeLines, paceText, registerLines, taskText } from './registers.ts';
import { regionLine, sideBySide, translatorHead } from './translations.ts';

const text = (line: Line | undefined) =>
  line === undefined ? '' : typeof line === 'string' ? line : line.map((it) => it.text).join('');

test('what a guest calls itself cannot reach the host as control characters', () => {
  expect(printable('a\x1b[2Jb\x9b1m\u202ec')).toBe('a·[2Jb·1m·c');
  expect(pad('日本', 5)).toBe('日本 ');
  expect(cut('日本', 3)).toBe('日');
  expect(fitted([{ text: 'abc', colour: 'red' }, { text: 'defg' }], 5)).toEqual([
    { text: 'abc', colour: 'red' },
    { text: 'de' },
  ]);
});

test('a prompt takes what is typed, edited', () => {
  const taken: string[] = [];
  const prompt = new Prompt('signal', 'TERM', (it) => taken.push(it));
  for (const key of ['\x15', 'H', 'U', 'X', '\x7f', 'P']) expect(prompt.key(key)).toBe(false);
  expect(prompt.line).toBe('signal: HUP_');
  expect(prompt.key('\r')).toBe(true);
  expect(taken).toEqual(['HUP']);
  expect(new Prompt('x', '', (it) => taken.push(it)).key('\x1b')).toBe(true);
  expect(taken.length).toBe(1);
});

test('what a filter lets through is not pushed out by what it does not', () => {
  const log = new CallLog();
  log.add({ lines: ['1 7 clone() = 8'], dropped: 0 });
  expect(log.lines('clone').length).toBe(1);
  const writes = Array.from({ length: 3000 }, (_, i) => `2 7 write(${i}) = 1`);
  log.add({ lines: ['2 7 clone() = 9', ...writes], dropped: 0 });
  expect(log.lines('clone')).toEqual(['1 7 clone() = 8', '2 7 clone() = 9']);
  expect(log.lines('write').length).toBe(2000);
  expect(log.lines('').length).toBe(2000);
});

test('calls are counted and filtered, and their parts told apart', () => {
  const log = new CallLog();
  log.add({ lines: ['1.5 7 read(0, "x = 1", 5) = 5', '1.6 7 openat(1) = -1 ENOENT'], dropped: 3 });
  expect([log.total, log.dropped]).toEqual([2, 3]);
  expect(log.lines('ENOENT').length).toBe(1);
  expect(callLine(log.lines('read')[0] ?? '')).toEqual([
    { text: '1.5 7 ', colour: 'gray' },
    { text: 'read', isBold: true },
    { text: '(0, "x = 1", 5)' },
    { text: ' = 5', colour: 'green' },
  ]);
  expect(callLine(log.lines('openat')[0] ?? '')).toContainEqual({
    text: ' = -1 ENOENT',
    colour: 'red',
  });
  log.add({ lines: Array<string>(5000).fill('1.7 7 getpid() = 7'), dropped: 0 });
  expect(log.lines('').length).toBe(2000);
  expect(log.total).toBe(5002);
});

test('lines of the log by level and content', () => {
  const items = [
    { sequence: 0, timeNs: 1.5e9, level: 6, text: 'all is well' },
    { sequence: 1, timeNs: 2e9, level: 3, text: 'disk error' },
  ];
  expect(logLines(items, 7, '').map(text)).toEqual([
    '[    1.500000] all is well',
    '[    2.000000] disk error',
  ]);
  expect(logLines(items, 4, '').length).toBe(1);
  expect(logLines(items, 7, 'well').length).toBe(1);
});

const STAND: Stand = {
  pace: { kind: 'slow', perSecond: 10 },
  task: { pid: 4, tid: 5, name: 'sh' },
  retired: 100,
  pc: 0x1004,
  registers: Array.from({ length: 32 }, (_, n) => n.toString(16).padStart(16, '0')),
  trail: [
    { address: 0x1000, text: 'li a0,1' },
    { address: 0x1002, text: 'nop' },
  ],
  code: [
    { address: 0x1004, text: 'ecall' },
    { address: 0x1008, text: 'ret' },
  ],
  event: '',
};

test('where the machine stands', () => {
  expect(paceText(STAND.pace)).toBe('slow motion, 10 instructions a second');
  expect(taskText(STAND)).toBe('sh[5]');
  expect(taskText({ ...STAND, task: undefined })).toMatch(/idle/);
  expect(codeLines(STAND, 4).map(text)).toEqual([
    '          0x1000  li a0,1',
    '          0x1002  nop',
    '>         0x1004  ecall',
    '          0x1008  ret',
  ]);
  expect(codeLines(STAND, 3).map(text)).toEqual([
    '          0x1002  nop',
    '>         0x1004  ecall',
    '          0x1008  ret',
  ]);
});

test('registers by their names, those that changed marked', () => {
  const registers = [...STAND.registers];
  registers[10] = 'ffffffffffffffff';
  const lines = registerLines({ ...STAND, registers }, STAND, 78);
  expect(lines.length).toBe(11);
  expect(text(lines[3])).toMatch(/^ {2}s1 9 +a0 f{16} +a1 b *$/);
  const marked = lines
    .flatMap((line) => (typeof line === 'string' ? [] : line))
    .filter((it) => it.isBold);
  expect(marked.map((it) => it.text.trim())).toEqual(['ffffffffffffffff']);
});

test('a region: instructions left, wasm right', () => {
  const region: HotRegion = {
    entry: 0x1002,
    file: '/bin/sh',
    samples: 3,
    code: [
      { address: 0x1000, text: 'nop', samples: 0 },
      { address: 0x1002, text: 'j 0x1000', samples: 3 },
    ],
    wasm: new Uint8Array(),
    name: 'r',
  };
  expect(text(regionLine(region, 4))).toBe(' 75.0% █████████░░░         0x1002      2 /bin/sh');
  expect(sideBySide(region, '(loop\n (nop)\n)\n', 63).map(text)).toEqual([
    '        0x1000  nop            │ (loop',
    '    3 > 0x1002  j 0x1000       │  (nop)',
    '                               │ )',
  ]);
  const jit =
    'instructions: 2000000\ntranslatedInstructions: 1000000\nregions: 7\nregionBytes: 2048\n';
  expect(text(translatorHead(jit, { total: 4, regions: [] })[0])).toBe(
    '2.0 million instructions, 50.0 % translated; 7 regions, 2 KiB of wasm',
  );
});
