/** Draws src/ui/screen.svg, the picture of the README: `hartix` under a real pty, typed at, its screen as SVG text. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IBufferCell } from '@xterm/headless';
import { TerminalDriver } from '../test/support/terminal.ts';

const SIZE = { rows: 26, columns: 96 };
const COMMANDS = [
  'uname -srm',
  'ls /',
  'cat /proc/$$/maps | tail -5',
  "seq 1000 | awk '{ s += $1 } END { print s }'",
  'ps -ef',
];
const WAIT_MS = 120_000;
const CELL = { width: 8.4, height: 18 };
const PALETTE = [
  '#1e1e2e',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#cba6f7',
  '#94e2d5',
  '#cdd6f4',
];
const BACKGROUND = '#1e1e2e';
const FOREGROUND = '#cdd6f4';

function colourOf(cell: IBufferCell, isForeground: boolean): string {
  const isPalette = isForeground ? cell.isFgPalette() : cell.isBgPalette();
  const value = isForeground ? cell.getFgColor() : cell.getBgColor();
  if (!isPalette) return isForeground ? FOREGROUND : BACKGROUND;
  return PALETTE[value % 8] ?? FOREGROUND;
}

/** Foreground, background and weight of a cell as it is seen. */
function styleOf(cell: IBufferCell): { fill: string; behind: string; isBold: boolean } {
  const [front, back] = [colourOf(cell, true), colourOf(cell, false)];
  const isInverse = cell.isInverse() !== 0;
  return {
    fill: isInverse ? back : front,
    behind: isInverse ? front : back,
    isBold: cell.isBold() !== 0,
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function drawLine(cells: readonly IBufferCell[], y: number): string {
  let drawing = '';
  for (let x = 0; x < cells.length; ) {
    const style = JSON.stringify(styleOf(cells[x] as IBufferCell));
    let end = x;
    let text = '';
    while (end < cells.length && JSON.stringify(styleOf(cells[end] as IBufferCell)) === style) {
      text += (cells[end] as IBufferCell).getChars() || ' ';
      end++;
    }
    const { fill, behind, isBold } = styleOf(cells[x] as IBufferCell);
    const left = (x * CELL.width).toFixed(1);
    const width = ((end - x) * CELL.width).toFixed(1);
    if (behind !== BACKGROUND) {
      drawing += `<rect x="${left}" y="${y * CELL.height}" width="${width}" height="${CELL.height}" fill="${behind}"/>`;
    }
    if (text.trim() !== '') {
      const weight = isBold ? ' font-weight="bold"' : '';
      drawing += `<text x="${left}" y="${y * CELL.height + 13}" fill="${fill}"${weight} textLength="${width}" xml:space="preserve">${escapeXml(text)}</text>`;
    }
    x = end;
  }
  return drawing;
}

const driver = new TerminalDriver(process.execPath, [resolve('dist/cli.js')], SIZE);
await driver.waitFor(/root@hartix:~#/, WAIT_MS);
driver.type('clear\r');
await driver.waitFor(/^root@hartix:~#\n\n/, WAIT_MS);
for (const [index, command] of COMMANDS.entries()) {
  driver.type(`${command}\r`);
  await driver.waitFor(new RegExp(`^(root@hartix:~#[^]*){${index + 2}}$`), WAIT_MS);
}
const lines = driver.cells();
const exit = driver.exit;
driver.type('exit\r');
await exit;
const [width, height] = [SIZE.columns * CELL.width, SIZE.rows * CELL.height];
writeFileSync(
  'src/ui/screen.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" role="img"><title>Hartix in a terminal</title>
<rect width="100%" height="100%" rx="6" fill="${BACKGROUND}"/>
${lines.map(drawLine).join('\n')}
</svg>
`,
);
