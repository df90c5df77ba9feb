/** The guest's terminal: @xterm/headless fed with console bytes, read out as lines with SGR attributes (ECMA-48, 8.3.117). */
import xterm from '@xterm/headless';
import type { WindowSize } from '../api/system.ts';
import { characterWidths } from './character-widths.ts';

type Line = NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>;
type Cell = ReturnType<xterm.Terminal['buffer']['active']['getNullCell']>;

const SCROLLBACK_LINES = 5000;

/** SGR parameters of a colour; `base` is 30 for the foreground, 40 for the background. */
function colour(base: number, isRgb: boolean, isPalette: boolean, value: number): string {
  if (isRgb) return `;${base + 8};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`;
  if (!isPalette) return '';
  if (value < 8) return `;${base + value}`;
  return value < 16 ? `;${base + 60 + value - 8}` : `;${base + 8};5;${value}`;
}

function attributes(cell: Cell): string {
  return (
    '0' +
    (cell.isBold() ? ';1' : '') +
    (cell.isDim() ? ';2' : '') +
    (cell.isItalic() ? ';3' : '') +
    (cell.isUnderline() ? ';4' : '') +
    (cell.isBlink() ? ';5' : '') +
    (cell.isInverse() ? ';7' : '') +
    (cell.isInvisible() ? ';8' : '') +
    (cell.isStrikethrough() ? ';9' : '') +
    colour(30, cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()) +
    colour(40, cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor())
  );
}

/** One line as text of exactly `columns` cells. */
function renderLine(line: Line | undefined, columns: number, scratch: Cell): string {
  if (!line) return ' '.repeat(columns);
  let text = '';
  let current = '0';
  for (let x = 0; x < columns; x++) {
    const cell = line.getCell(x, scratch);
    // The second half of a wide character has no text of its own.
    if (!cell || cell.getWidth() === 0) continue;
    const wanted = attributes(cell);
    if (wanted !== current) text += `\x1b[${wanted}m`;
    current = wanted;
    text += cell.getChars() || ' ';
  }
  return current === '0' ? text : `${text}\x1b[0m`;
}

export class VirtualTerminal {
  private readonly terminal: xterm.Terminal;
  private readonly scratch: Cell;
  /** Lines that the view is scrolled back; 0 follows the output. */
  scrollBack = 0;
  private lastBase = 0;
  /** Called after output was taken in. */
  onChange: () => void = () => undefined;

  constructor(size: WindowSize, onReply: (data: string) => void) {
    this.terminal = new xterm.Terminal({
      rows: size.rows,
      cols: size.columns,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
    });
    this.terminal.unicode.register(characterWidths);
    this.terminal.unicode.activeVersion = characterWidths.version;
    this.scratch = this.terminal.buffer.active.getNullCell();
    // Answers to status requests (cursor position, device attributes) go back to the guest.
    this.terminal.onData(onReply);
  }

  write(bytes: Uint8Array): void {
    this.terminal.write(bytes, () => {
      this.keepView();
      this.onChange();
    });
  }

  resize(size: WindowSize): void {
    this.terminal.resize(size.columns, size.rows);
    this.onChange();
  }

  get hasApplicationCursorKeys(): boolean {
    return this.terminal.modes.applicationCursorKeysMode;
  }

  get hasBracketedPaste(): boolean {
    return this.terminal.modes.bracketedPasteMode;
  }

  /** Output below a view that is scrolled back does not move it. */
  private keepView(): void {
    const { baseY } = this.terminal.buffer.active;
    if (this.scrollBack > 0) {
      this.scrollBack = Math.max(0, Math.min(baseY, this.scrollBack + baseY - this.lastBase));
    }
    this.lastBase = baseY;
  }

  /** Move the view; negative towards older lines. */
  scroll(lines: number): void {
    const { baseY } = this.terminal.buffer.active;
    this.scrollBack = Math.max(0, Math.min(baseY, this.scrollBack - lines));
    this.onChange();
  }

  /** The visible lines, top first. */
  lines(): string[] {
    const { rows, cols, buffer } = this.terminal;
    const top = buffer.active.baseY - this.scrollBack;
    return Array.from({ length: rows }, (_, y) =>
      renderLine(buffer.active.getLine(top + y), cols, this.scratch),
    );
  }

  /** Cursor cell in the view; undefined while scrolled back. */
  cursor(): { x: number; y: number } | undefined {
    const { cursorX, cursorY } = this.terminal.buffer.active;
    return this.scrollBack > 0
      ? undefined
      : { x: Math.min(cursorX, this.terminal.cols - 1), y: cursorY };
  }

  dispose(): void {
    this.terminal.dispose();
  }
}
