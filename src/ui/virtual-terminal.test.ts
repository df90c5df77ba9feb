/** What of the guest's control sequences gets out, and what does not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enterScreen, HostModes, leaveScreen } from './host-modes.ts';
import { CellGrid, Texts } from './screen/cells.ts';
import { FrameWriter } from './screen/frame-writer.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
const SIZE = { rows: 4, columns: 40 };
let terminal: VirtualTerminal;
let modes: HostModes;
let replies: string;

beforeEach(() => {
  replies = '';
  terminal = new VirtualTerminal(SIZE, (text) => {
    replies += text;
  });
  modes = new HostModes(HOST);
  terminal.onBell = () => modes.ring();
});

afterEach(() => terminal.dispose());

const print = (text: string) => terminal.write(new TextEncoder().encode(text));

function frame(): string {
  const [clusters, extras] = [new Texts(), new Texts()];
  const grid = new CellGrid(SIZE.rows, SIZE.columns);
  terminal.paint(grid, { x: 0, y: 0, ...SIZE }, clusters, extras);
  const cursor = { x: 0, y: 0, isVisible: true, shape: 0 };
  return new FrameWriter(HOST, clusters, extras).frame(grid, cursor);
}

test('the title passes as text', async () => {
  await print('\x1b]2;vi\u202e no\ttes\x07');
  expect(modes.change(terminal)).toBe('\x1b]2;vi notes\x1b\\');
  expect(modes.change(terminal)).toBe('');
});

test('links of known schemes pass, others are text', async () => {
  await print('\x1b]8;;https://example.org/\x1b\\good\x1b]8;;\x1b\\ ');
  await print('\x1b]8;;javascript:alert(1)\x1b\\bad\x1b]8;;\x1b\\ ');
  await print('\x1b]8;;file:///etc/passwd\x1b\\worse\x1b]8;;\x1b\\');
  const text = frame();
  expect(text).toMatch(/;https:\/\/example\.org\/\x1b\\good.*\x1b\]8;;\x1b\\.*bad worse/);
  expect(text).not.toContain('javascript');
  expect(text).not.toContain('file:');
});

test('the clipboard is written where that is allowed, and never read', async () => {
  const written: string[] = [];
  await print('\x1b]52;c;aGVsbG8=\x07');
  terminal.clipboard.onWrite = (text) => written.push(text);
  await print('\x1b]52;c;?\x07\x1b]52;c;not base64\x07\x1b]52;c;aMOp\x07');
  expect(written).toEqual(['hé']);
  expect(replies).toBe('');
  modes.copy('hé');
  expect(modes.change(terminal)).toBe('\x1b]52;c;aMOp\x1b\\');
});

test('questions are answered by the terminal of the guest, none reaches the host', async () => {
  await print('\x1b[6n\x1b[c\x1b]11;?\x07\x1b]4;1;?\x07\x1b[21t\x1b[>q\x1bP+q544e\x1b\\');
  expect(replies).toContain('\x1b[1;1R');
  expect(replies).not.toContain('rgb:');
  expect(modes.change(terminal)).toBe('');
  expect(frame()).not.toMatch(/\x1b\[6n|\x1b\[c|\x1b\]11|\x1bP/);
});

test('bells between two frames are one; mouse and focus are asked for while the guest does', async () => {
  await print('\x07\x07\x07');
  expect(modes.change(terminal)).toBe('\x07');
  await print('\x1b[?1002;1006h\x1b[?1004h');
  expect(terminal.modes.mouseEncoding).toBe('sgr');
  expect(modes.change(terminal)).toBe('\x1b[?1006h\x1b[?1002h\x1b[?1004h');
  await print('\x1bc');
  expect(modes.change(terminal)).toBe('\x1b[?1002l\x1b[?1006l\x1b[?1004l');
  expect(terminal.modes.mouseEncoding).toBe('default');
});

test('the cursor is hidden and shaped as the guest wants', async () => {
  await print('\x1b[?25l\x1b[5 q');
  expect(terminal.cursor()).toBeUndefined();
  expect(terminal.modes.cursorShape).toBe(5);
  await print('\x1b[?25h\x1b[99 q');
  expect(terminal.cursor()).toEqual({ x: 0, y: 0 });
  expect(terminal.modes.cursorShape).toBe(0);
});

test('a terminal without strings gets none', async () => {
  const simple = { depth: 3, hasStrings: false, hasSynchronizedOutput: false } as const;
  const plain = new HostModes(simple);
  await print('\x1b]2;title\x07');
  plain.copy('x');
  expect(plain.change(terminal)).toBe('');
  expect(enterScreen(simple) + leaveScreen(simple)).not.toContain('\x1b]');
});
