/** Keys: what goes to the guest, what the screen keeps. */
import { expect, test } from 'vitest';
import { type InputModes, InputReader } from './input.ts';

const MODES: InputModes = {
  isScreens: false,
  hasApplicationCursorKeys: false,
  hasBracketedPaste: false,
  hasFocusReports: false,
};
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (reader: InputReader, typed: Uint8Array, modes: InputModes) => [
  ...reader.read(typed, () => modes),
];
const send = (text: string) => [{ type: 'send', text }];

test('text goes to the guest', () => {
  expect(read(new InputReader(), bytes('ls\r'), MODES)).toEqual(send('ls\r'));
});

test('the prefix and a letter are a command, also over two reads', () => {
  const reader = new InputReader();
  expect(read(reader, bytes('a\x01'), MODES)).toEqual([
    { type: 'send', text: 'a' },
    { type: 'prefix' },
  ]);
  expect(read(reader, bytes('p'), MODES)).toEqual([{ type: 'command', key: 'p' }]);
  expect(read(reader, bytes('p'), MODES)).toEqual(send('p'));
});

test('a character split over two reads stays whole', () => {
  const reader = new InputReader();
  const [first, ...rest] = bytes('é');
  expect(read(reader, Uint8Array.of(first ?? 0), MODES)).toEqual([]);
  expect(read(reader, Uint8Array.from(rest), MODES)).toEqual(send('é'));
});

test('an escape sequence split over two reads stays whole; Escape alone does not wait', () => {
  const reader = new InputReader();
  expect(read(reader, bytes('\x1b[<0;1'), MODES)).toEqual([]);
  expect(read(reader, bytes('2;3Mx'), MODES)).toEqual([
    { type: 'mouse', report: '\x1b[<0;12;3M' },
    { type: 'send', text: 'x' },
  ]);
  expect(read(reader, bytes('\x1b'), MODES)).toEqual(send('\x1b'));
});

test('cursor keys and paste marks follow what the guest asked for', () => {
  const paste = '\x1b[200~x\x1b[201~';
  expect(read(new InputReader(), bytes(`\x1b[A${paste}`), MODES)).toEqual(send('\x1b[Ax'));
  const asked = { ...MODES, hasApplicationCursorKeys: true, hasBracketedPaste: true };
  expect(read(new InputReader(), bytes(`\x1b[A${paste}`), asked)).toEqual(send(`\x1bOA${paste}`));
});

test('what is pasted is text: neither the prefix nor cursor keys mean anything in it', () => {
  const reader = new InputReader();
  const asked = { ...MODES, hasApplicationCursorKeys: true, hasBracketedPaste: true };
  expect(read(reader, bytes('\x1b[200~a\x01q\x1b[A'), asked)).toEqual(
    send('\x1b[200~a\x01q\x1b[A'),
  );
  expect(read(reader, bytes('\x01x\x1b[201~\x01'), asked)).toEqual([
    { type: 'send', text: '\x01x\x1b[201~' },
    { type: 'prefix' },
  ]);
});

test('reports of the focus go to a guest that wants them; answers that nobody asked for go nowhere', () => {
  const reader = new InputReader();
  expect(read(reader, bytes('\x1b[I\x1b[?62;4c\x1b[O'), MODES)).toEqual([]);
  expect(read(reader, bytes('\x1b[I'), { ...MODES, hasFocusReports: true })).toEqual(
    send('\x1b[I'),
  );
});

test('keys of the screen come one by one', () => {
  const screens = { ...MODES, isScreens: true };
  expect(read(new InputReader(), bytes('j\x1b[Aj'), screens)).toEqual([
    { type: 'key', key: 'j' },
    { type: 'key', key: '\x1b[A' },
    { type: 'key', key: 'j' },
  ]);
});

test('keys behind a command in the same read go where it has led', () => {
  let modes = MODES;
  const actions = [];
  for (const action of new InputReader().read(bytes('a\x01pq\x01xb'), () => modes)) {
    actions.push(action);
    if (action.type === 'command') modes = { ...MODES, isScreens: action.key === 'p' };
  }
  expect(actions).toEqual([
    { type: 'send', text: 'a' },
    { type: 'prefix' },
    { type: 'command', key: 'p' },
    { type: 'key', key: 'q' },
    { type: 'prefix' },
    { type: 'command', key: 'x' },
    { type: 'send', text: 'b' },
  ]);
});
