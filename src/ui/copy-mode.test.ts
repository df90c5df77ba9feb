/** Looking back: what is found, selected and shown. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CopyMode } from './copy-mode.ts';
import { CellGrid, INVERSE, Texts } from './screen/cells.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

const SIZE = { rows: 5, columns: 20 };
let terminal: VirtualTerminal;

const print = (text: string) => terminal.write(new TextEncoder().encode(text));

beforeEach(async () => {
  terminal = new VirtualTerminal(SIZE, () => undefined);
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);
  await print(lines.join('\r\n'));
});

afterEach(() => terminal.dispose());

function open(): CopyMode {
  const mode = new CopyMode(terminal);
  terminal.scroll(0);
  return mode;
}

function keys(mode: CopyMode, text: string): ReturnType<CopyMode['key']> {
  let action: ReturnType<CopyMode['key']> = 'none';
  for (const key of text) action = mode.key(key);
  return action;
}

const firstLine = () => terminal.columnsOf(terminal.viewTop).join('').trimEnd();

test('moves by lines, pages and to both ends', () => {
  const mode = open();
  keys(mode, 'kkkkk');
  expect(firstLine()).toBe('line 25');
  expect(mode.viewCursor.y).toBe(0);
  mode.key('\x1b[5~');
  expect(firstLine()).toBe('line 21');
  keys(mode, 'g');
  expect(firstLine()).toBe('line 1');
  keys(mode, 'G');
  expect(firstLine()).toBe('line 26');
  expect(terminal.scrollBack).toBe(0);
});

test('searches up and down, and says when there is nothing', () => {
  const mode = open();
  keys(mode, '?LINE 7\r');
  expect(mode.help).toContain('no LINE 7');
  keys(mode, '?line 1\r');
  expect(
    terminal
      .columnsOf(terminal.viewTop + mode.viewCursor.y)
      .join('')
      .trim(),
  ).toBe('line 19');
  keys(mode, 'n');
  expect(
    terminal
      .columnsOf(terminal.viewTop + mode.viewCursor.y)
      .join('')
      .trim(),
  ).toBe('line 18');
  keys(mode, 'N');
  expect(
    terminal
      .columnsOf(terminal.viewTop + mode.viewCursor.y)
      .join('')
      .trim(),
  ).toBe('line 19');
});

// As tmux (wrap-search on) and vi (wrapscan) do.
test('a search goes round at both ends, and says so', () => {
  const here = () =>
    terminal
      .columnsOf(terminal.viewTop + mode.viewCursor.y)
      .join('')
      .trim();
  const mode = open();
  keys(mode, '/line 1\r');
  expect(here()).toBe('line 1');
  expect(mode.help).toBe('search hit BOTTOM, continuing at TOP');
  keys(mode, 'N');
  expect(here()).toBe('line 19');
  expect(mode.help).toBe('search hit TOP, continuing at BOTTOM');
  keys(mode, 'N');
  expect(mode.help).not.toContain('search hit');
  keys(mode, '/absent\r');
  expect(mode.help).toBe('no absent');
  expect(here()).toBe('line 18');
});

test('finds what was wrapped, and wide characters where they are', async () => {
  await print('\r\n0123456789012345678901234567890 日本x\r\n');
  const mode = open();
  keys(mode, '?890123\r');
  expect(mode.viewCursor.x).toBe(18);
  keys(mode, '/x\r');
  expect(mode.viewCursor.x).toBe(16);
});

test('copies from the mark to the cursor, whole lines with V', () => {
  const mode = open();
  keys(mode, 'kk0v');
  expect(keys(mode, 'jllly')).toEqual({ copy: 'line 28\nline' });
  const lines = open();
  keys(lines, 'Vk');
  expect(keys(lines, 'y')).toEqual({ copy: 'line 29\nline 30' });
});

test('a selection stays with its text while older lines come into view', () => {
  const mode = open();
  keys(mode, '$v');
  keys(mode, 'kkkkkkkkk0');
  const action = keys(mode, 'y');
  expect(action).toEqual({
    copy: Array.from({ length: 10 }, (_, i) => `line ${21 + i}`).join('\n'),
  });
});

test('output neither moves the view nor the selection', async () => {
  const mode = open();
  keys(mode, 'k0v$');
  await print('\r\nmore\r\nand more');
  expect(firstLine()).toBe('line 26');
  expect(keys(mode, 'y')).toEqual({ copy: 'line 29' });
  terminal.follow();
  expect(firstLine()).toBe('line 28');
});

test('the view stays with its lines when the oldest are dropped, and goes with them at last', async () => {
  const mode = open();
  keys(mode, 'g');
  await print(Array.from({ length: 4960 }, (_, i) => `\r\nnew ${i}`).join(''));
  expect(firstLine()).toBe('line 1');
  await print(Array.from({ length: 100 }, () => '\r\nlater').join(''));
  expect(terminal.viewTop).toBe(0);
});

test('the selection and the matches are shown inverse', () => {
  const mode = open();
  keys(mode, 'kk0vll');
  const grid = new CellGrid(SIZE.rows, SIZE.columns);
  terminal.paint(grid, { x: 0, y: 0, ...SIZE }, new Texts(), new Texts());
  mode.paint(grid, { x: 0, y: 0, ...SIZE });
  const inverse = [...grid.foreground.keys()].filter(
    (index) => ((grid.foreground[index] ?? 0) & INVERSE) !== 0,
  );
  expect(inverse).toEqual([40, 41, 42]);
});

test('saves everything without a selection', () => {
  const action = keys(open(), 'w');
  expect(action).toEqual({
    save: `${Array.from({ length: 30 }, (_, i) => `line ${i + 1}`).join('\n')}\n`,
  });
});
