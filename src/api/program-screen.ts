/** What the terminal of a program shows: an emulator that is fed with all of its output, from when somebody looks. */

import type { Terminal } from '@xterm/headless';
import type { WindowSize } from '../protocol.ts';
import { BoundedCounts } from './bounded-counts.ts';

export interface ScreenCell {
  /** '' for the right half of a wide character. */
  readonly text: string;
  /** Columns: 0, 1 or 2. */
  readonly width: number;
  /** Number of the palette's 256 colours, '#rrggbb', or undefined for the default. */
  readonly foreground: number | string | undefined;
  readonly background: number | string | undefined;
  readonly isBold: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
  readonly isInverse: boolean;
}

export interface Screen extends WindowSize {
  /** Lines joined by newlines, without blanks at their ends. */
  readonly text: string;
  readonly lines: readonly string[];
  readonly cells: readonly (readonly ScreenCell[])[];
  /** From the upper left corner, 0 on. */
  readonly cursor: { readonly row: number; readonly column: number };
  /** A program such as vi has the alternate screen. */
  readonly isAlternate: boolean;
}

/** What came before the first look is kept, as far as it fits. */
const HISTORY_BYTES = 1024 * 1024;
const SCROLLBACK_LINES = 0;

type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<Terminal['buffer']['active']['getLine']>>['getCell']>
>;

function colour(isDefault: boolean, isRgb: boolean, value: number): number | string | undefined {
  if (isDefault) return undefined;
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
}

function readCell(cell: Cell): ScreenCell {
  return {
    text: cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
    width: cell.getWidth(),
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    isBold: cell.isBold() !== 0,
    isItalic: cell.isItalic() !== 0,
    isUnderlined: cell.isUnderline() !== 0,
    isInverse: cell.isInverse() !== 0,
  };
}

export class ProgramScreen {
  private size: WindowSize;
  private readonly history: Uint8Array[] = [];
  private historyBytes = 0;
  private readonly counts = new BoundedCounts();
  private terminal: Promise<Terminal> | undefined;
  private readonly reply: (data: string) => void;

  /** `reply`: types the emulator's answers to queries, such as where the cursor is. */
  constructor(size: WindowSize, reply: (data: string) => void) {
    this.size = size;
    this.reply = reply;
  }

  push(bytes: Uint8Array): void {
    if (this.terminal) {
      const copy = bytes.slice();
      void this.terminal.then((terminal) => this.write(terminal, copy));
      return;
    }
    this.history.push(bytes.slice());
    this.historyBytes += bytes.length;
    while (this.historyBytes > HISTORY_BYTES)
      this.historyBytes -= this.history.shift()?.length ?? 0;
  }

  private write(terminal: Terminal, bytes: Uint8Array): void {
    const { rows, cols: columns } = terminal;
    terminal.write(this.counts.bound(bytes, { rows, columns }));
  }

  /** Calls back when the emulator has taken in what was pushed so far: it refuses more than it can hold. */
  afterTaken(taken: () => void): void {
    if (this.terminal) void this.terminal.then((terminal) => terminal.write('', taken));
    else taken();
  }

  resize(size: WindowSize): void {
    this.size = size;
    void this.terminal?.then((terminal) => terminal.resize(size.columns, size.rows));
  }

  /** As it is when all output so far has been taken in. */
  async look(): Promise<Screen> {
    this.terminal ??= this.open();
    const terminal = await this.terminal;
    await new Promise<void>((resolve) => terminal.write('', resolve));
    const { active } = terminal.buffer;
    const numbers = Array.from({ length: terminal.rows }, (_, row) => active.baseY + row);
    const lines = numbers.map((y) => active.getLine(y)?.translateToString(true) ?? '');
    return {
      rows: terminal.rows,
      columns: terminal.cols,
      lines,
      text: lines.join('\n').trimEnd(),
      cells: numbers.map((y) => {
        const line = active.getLine(y);
        return Array.from({ length: terminal.cols }, (_, x) => line?.getCell(x))
          .filter((cell) => cell !== undefined)
          .map(readCell);
      }),
      cursor: { row: active.cursorY, column: active.cursorX },
      isAlternate: active.type === 'alternate',
    };
  }

  private async open(): Promise<Terminal> {
    const { default: xterm } = await import('@xterm/headless');
    const { rows, columns } = this.size;
    const terminal = new xterm.Terminal({
      rows,
      cols: columns,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
      // What it says of malformed sequences would be written over the host's terminal.
      logLevel: 'off',
    });
    terminal.onData(this.reply);
    for (const bytes of this.history.splice(0)) this.write(terminal, bytes);
    return terminal;
  }
}
