/** Frames written to a second terminal give the cells of the first: random output, drawn after random pieces of it. */
import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { characterWidths } from '../character-widths.ts';
import { VirtualTerminal } from '../virtual-terminal.ts';
import { CellGrid, Texts } from './cells.ts';
import { FrameWriter } from './frame-writer.ts';
import { RandomOutput } from './random-output.ts';

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
const SIZES = [
  { rows: 24, columns: 80, seeds: 4 },
  { rows: 5, columns: 11, seeds: 20 },
  { rows: 50, columns: 200, seeds: 1 },
];

function mirrorOf(size: { rows: number; columns: number }): xterm.Terminal {
  const mirror = new xterm.Terminal({
    rows: size.rows,
    cols: size.columns,
    scrollback: 5000,
    allowProposedApi: true,
  });
  mirror.unicode.register(characterWidths);
  mirror.unicode.activeVersion = characterWidths.version;
  return mirror;
}

const write = (terminal: xterm.Terminal, text: string) =>
  new Promise<void>((resolve) => terminal.write(text, resolve));

/** What can be seen of the cells, asked of xterm by its public interface; a string each. */
function seen(terminal: xterm.Terminal, hasLinks: boolean): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    return Array.from({ length: terminal.cols }, (_unused, x) => {
      const cell = line?.getCell(x);
      if (!cell) return '';
      const flags = [
        cell.isBold(),
        cell.isDim(),
        cell.isItalic(),
        // xterm draws a line of its own under links, also under those that it has forgotten.
        !hasLinks && cell.isUnderline(),
        cell.isBlink(),
        cell.isInverse(),
        cell.isInvisible(),
        cell.isStrikethrough(),
        cell.isOverline(),
      ].map((flag) => (flag ? 1 : 0));
      const colours = [
        cell.getFgColorMode(),
        cell.getFgColor(),
        cell.getBgColorMode(),
        cell.getBgColor(),
      ];
      return `${cell.getWidth() === 0 ? '' : cell.getChars() || ' '}|${flags.join('')}|${colours.join()}`;
    });
  }).flat();
}

/** The first cell that is not as it should be. */
function difference(shown: string[], wanted: string[], columns: number): string {
  const at = wanted.findIndex((cell, index) => shown[index] !== cell);
  if (at < 0) return '';
  return `row ${Math.floor(at / columns)} column ${at % columns}: ${shown[at]} instead of ${wanted[at]}`;
}

test.each(SIZES)('$columns columns, $rows rows', async (size) => {
  for (let seed = 1; seed <= size.seeds; seed++) {
    const guest = new VirtualTerminal(size, () => undefined);
    const mirror = mirrorOf(size);
    const reference = mirrorOf(size);
    const [clusters, extras] = [new Texts(), new Texts()];
    const writer = new FrameWriter(HOST, clusters, extras);
    const hasLinks = seed % 2 === 0;
    const output = new RandomOutput(seed, size, hasLinks);
    for (let frame = 0; frame < 20; frame++) {
      const text = output.next();
      await guest.write(new TextEncoder().encode(text));
      await write(reference, text);
      const grid = new CellGrid(size.rows, size.columns);
      guest.paint(grid, { x: 0, y: 0, ...size }, clusters, extras);
      const at = guest.cursor();
      const cursor = { x: at?.x ?? 0, y: at?.y ?? 0, isVisible: at !== undefined, shape: 0 };
      await write(mirror, writer.frame(grid, cursor));
      const wrong = difference(seen(mirror, hasLinks), seen(reference, hasLinks), size.columns);
      expect(wrong, `seed ${seed}, frame ${frame}`).toBe('');
      if (at) {
        const { cursorX, cursorY } = mirror.buffer.active;
        expect({ x: cursorX, y: cursorY }, `seed ${seed}, frame ${frame}`).toEqual(at);
      }
      expect(writer.frame(grid, cursor)).toBe('');
    }
    guest.dispose();
    mirror.dispose();
    reference.dispose();
  }
});
