/** The guest's terminal: @xterm/headless fed with the console's bytes. Drawn from its cells, or read out as lines of text. */
import xterm from '@xterm/headless';
import { BoundedCounts } from '../api/bounded-counts.ts';
import type { WindowSize } from '../api/system.ts';
import { characterWidths } from './character-widths.ts';
import { ClipboardWrites } from './clipboard.ts';
import { GuestModes } from './guest-modes.ts';
import type { MouseTracking } from './mouse.ts';
import { CellGrid, cellText, type Rect, Texts } from './screen/cells.ts';
import { GuestCells } from './screen/guest-cells.ts';
import { sgrChange } from './screen/sgr.ts';

const SCROLLBACK_LINES = 5000;
/** A title is one short line of text. */
const TITLE_LENGTH = 200;
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export class VirtualTerminal {
  readonly modes: GuestModes;
  readonly clipboard: ClipboardWrites;
  private readonly terminal: xterm.Terminal;
  private readonly cells: GuestCells;
  private readonly counts = new BoundedCounts();
  /** First line of the view in the buffer, while it does not follow the output. The marker goes where the line goes. */
  private top: xterm.IMarker | undefined;
  /** What the guest calls itself: OSC 0 and 2, without controls. */
  title = '';
  /** Called after output was taken in. */
  onChange: () => void = () => undefined;
  onBell: () => void = () => undefined;

  constructor(size: WindowSize, onReply: (data: string) => void) {
    this.terminal = new xterm.Terminal({
      rows: size.rows,
      cols: size.columns,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
      // What it says of malformed sequences would be written over the host's terminal.
      logLevel: 'off',
    });
    this.terminal.unicode.register(characterWidths);
    this.terminal.unicode.activeVersion = characterWidths.version;
    this.cells = new GuestCells(this.terminal);
    this.modes = new GuestModes(this.terminal);
    this.clipboard = new ClipboardWrites(this.terminal);
    // Answers to status requests (cursor position, device attributes) go back to the guest. The host's terminal is not asked.
    this.terminal.onData(onReply);
    this.terminal.onTitleChange((title) => {
      this.title = title.replace(CONTROLS, '').slice(0, TITLE_LENGTH);
    });
    this.terminal.onBell(() => this.onBell());
  }

  /** Resolves when the bytes have been taken in; the array must not change until then. */
  write(bytes: Uint8Array): Promise<void> {
    const { rows, cols: columns } = this.terminal;
    return new Promise((resolve) => {
      this.terminal.write(this.counts.bound(bytes, { rows, columns }), () => {
        this.onChange();
        resolve();
      });
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

  get hasFocusReports(): boolean {
    return this.terminal.modes.sendFocusMode;
  }

  get mouseTracking(): MouseTracking {
    return this.terminal.modes.mouseTrackingMode;
  }

  /** The guest is drawing a frame that it wants to be shown as a whole: mode 2026. */
  get isHeld(): boolean {
    return this.terminal.modes.synchronizedOutputMode;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  get columns(): number {
    return this.terminal.cols;
  }

  /** Lines that there are, those that have scrolled off included. */
  get lineCount(): number {
    return this.terminal.buffer.active.length;
  }

  /** Number of the first line that is shown. */
  get viewTop(): number {
    const { active } = this.terminal.buffer;
    if (!this.top || active.type === 'alternate') return active.baseY;
    // A line that fell out of the buffer: the oldest that is left.
    return this.top.isDisposed ? 0 : Math.min(this.top.line, active.baseY);
  }

  /** Lines that the view is scrolled back; 0 follows the output. */
  get scrollBack(): number {
    return this.terminal.buffer.active.baseY - this.viewTop;
  }

  /** Move the view; negative towards older lines. From now on output does not move it, until `follow`. */
  scroll(lines: number): void {
    const { baseY, cursorY } = this.terminal.buffer.active;
    const top = Math.max(0, Math.min(baseY, this.viewTop + lines));
    this.top?.dispose();
    this.top = this.terminal.registerMarker(top - baseY - cursorY);
    this.onChange();
  }

  /** Show the newest lines, also those that are still to come. */
  follow(): void {
    this.top?.dispose();
    this.top = undefined;
    this.onChange();
  }

  /** A line of the buffer as text, one string for each column: '' for the second half of a wide character. */
  columnsOf(line: number): string[] {
    const row = this.terminal.buffer.active.getLine(line);
    return Array.from({ length: this.terminal.cols }, (_, x) => {
      const cell = row?.getCell(x);
      return cell?.getWidth() === 0 ? '' : cell?.getChars() || ' ';
    });
  }

  /** Whether the line goes on where the one before it was full. */
  isWrapped(line: number): boolean {
    return this.terminal.buffer.active.getLine(line)?.isWrapped ?? false;
  }

  /** Draw what is in view into a part of the grid. */
  paint(grid: CellGrid, rect: Rect, clusters: Texts, extras: Texts): void {
    this.cells.paint(grid, rect, this.viewTop, clusters, extras);
  }

  /** The visible lines as text of exactly that many columns with SGR sequences, top first. */
  lines(): string[] {
    const { rows, columns } = this;
    const grid = new CellGrid(rows, columns);
    const clusters = new Texts();
    this.paint(grid, { x: 0, y: 0, rows, columns }, clusters, new Texts());
    return Array.from({ length: rows }, (_, y) => textOfRow(grid, y, clusters));
  }

  /** Cursor cell in the view; undefined while it is hidden or scrolled back. */
  cursor(): { x: number; y: number } | undefined {
    if (this.scrollBack > 0 || !this.modes.isCursorVisible) return undefined;
    const { cursorX, cursorY } = this.terminal.buffer.active;
    return { x: Math.min(cursorX, this.terminal.cols - 1), y: cursorY };
  }

  dispose(): void {
    this.terminal.dispose();
  }
}

function textOfRow(grid: CellGrid, y: number, clusters: Texts): string {
  let text = '';
  let attributes = { foreground: 0, background: 0 };
  for (let x = 0; x < grid.columns; x++) {
    const index = y * grid.columns + x;
    const cell = cellText(grid.content[index] as number, clusters);
    if (cell === '') continue;
    const wanted = {
      foreground: grid.foreground[index] as number,
      background: grid.background[index] as number,
    };
    text += sgrChange(attributes, wanted, 24) + cell;
    attributes = wanted;
  }
  return text + sgrChange(attributes, { foreground: 0, background: 0 }, 24);
}
