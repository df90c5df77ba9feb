/** Keys of the screen: prefix commands, panels, what is passed on to the guest. */
import { expect, test } from 'vitest';
import { type InputModes, InputReader } from './input.ts';

const MODES: InputModes = {
  isPanelOpen: false,
  hasApplicationCursorKeys: false,
  hasBracketedPaste: false,
};
const bytes = (text: string) => new TextEncoder().encode(text);

test('text goes to the guest', () => {
  expect(new InputReader().read(bytes('ls\r'), MODES)).toEqual([{ type: 'send', text: 'ls\r' }]);
});

test('the prefix and a letter open a panel, also over two reads', () => {
  const reader = new InputReader();
  expect(reader.read(bytes('a\x01'), MODES)).toEqual([
    { type: 'send', text: 'a' },
    { type: 'prefix' },
  ]);
  expect(reader.read(bytes('p'), MODES)).toEqual([{ type: 'panel', panel: 'processes' }]);
  expect(reader.read(bytes('p'), MODES)).toEqual([{ type: 'send', text: 'p' }]);
});

test('the prefix twice sends it', () => {
  expect(new InputReader().read(bytes('\x01\x01'), MODES)).toEqual([
    { type: 'prefix' },
    { type: 'send', text: '\x01' },
  ]);
});

test('a character split over two reads stays whole', () => {
  const reader = new InputReader();
  const [first, ...rest] = bytes('é');
  expect(reader.read(Uint8Array.of(first ?? 0), MODES)).toEqual([]);
  expect(reader.read(Uint8Array.from(rest), MODES)).toEqual([{ type: 'send', text: 'é' }]);
});

test('cursor keys and paste marks follow what the guest asked for', () => {
  const paste = '\x1b[200~x\x1b[201~';
  expect(new InputReader().read(bytes(`\x1b[A${paste}`), MODES)).toEqual([
    { type: 'send', text: '\x1b[Ax' },
  ]);
  const asked = { ...MODES, hasApplicationCursorKeys: true, hasBracketedPaste: true };
  expect(new InputReader().read(bytes(`\x1b[A${paste}`), asked)).toEqual([
    { type: 'send', text: `\x1bOA${paste}` },
  ]);
});

test('an open panel has the keys', () => {
  const open = { ...MODES, isPanelOpen: true };
  const reader = new InputReader();
  expect(reader.read(bytes('\x1b[B'), open)).toEqual([{ type: 'move', lines: 1 }]);
  expect(reader.read(bytes('q'), open)).toEqual([{ type: 'close' }]);
  expect(reader.read(bytes('m'), open)).toEqual([{ type: 'panel', panel: 'memory' }]);
  expect(reader.read(bytes('j\x1b[Aj'), open)).toEqual([
    { type: 'move', lines: 1 },
    { type: 'move', lines: -1 },
    { type: 'move', lines: 1 },
  ]);
});
