/**
 * Turns one grid of cells into another on the host's terminal, with as few bytes as it easily can. It knows what is shown:
 * cells that did not change are not written.
 */
import { BLANK, CellGrid, CODE_POINT, IS_CLUSTER, type Texts, WIDTH_SHIFT } from './cells.ts';
import type { HostCapabilities } from './host-capabilities.ts';
import { sgrChange } from './sgr.ts';

export interface CursorState {
  x: number;
  y: number;
  isVisible: boolean;
  /** DECSCUSR: 0 the terminal's own, 1 to 6. */
  shape: number;
}

/** Cells that are written again rather than skipped by a movement of the cursor. */
const SHORT_GAP = 4;
/** An erasure of the rest of the line has as many bytes. */
const ERASE_BYTES = 3;
const ASCII = Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code));

/** Whether all terminals agree how many columns it has: where they may not, the cursor is placed anew after it. */
function hasSureWidth(content: number): boolean {
  const code = content & CODE_POINT;
  if (code < 0x300) return !(content & IS_CLUSTER);
  if (content & IS_CLUSTER) return false;
  return (
    (code >= 0x2500 && code < 0x2600) ||
    (code >= 0x3041 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3)
  );
}

/** Synchronized output, and the cursor out of the way of terminals that do not have it. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

export class FrameWriter {
  private readonly clusters: Texts;
  private readonly extras: Texts;
  private readonly host: HostCapabilities;
  private shown: CellGrid | undefined;
  private shownCursor: CursorState = { x: -1, y: -1, isVisible: true, shape: 0 };
  /** While a frame is made: what is written of it, where the terminal's cursor is (x -1: nobody knows), and its attributes. */
  private text = '';
  private x = -1;
  private y = -1;
  private readonly attributes = { foreground: 0, background: 0 };
  private extra = 0;

  /** `clusters` and `extras` are what the grids refer to. An extra is `underline parameters NUL URI`. */
  constructor(host: HostCapabilities, clusters: Texts, extras: Texts) {
    this.host = host;
    this.clusters = clusters;
    this.extras = extras;
  }

  /** The screen has been overwritten, or has another size: the next frame draws all of it. */
  forget(): void {
    this.shown = undefined;
  }

  /** What has to be written to show `grid` and the cursor; '' if it is shown already. */
  frame(grid: CellGrid, cursor: CursorState): string {
    this.text = '';
    let { shown } = this;
    if (!shown?.isSize(grid.rows, grid.columns)) {
      shown = new CellGrid(grid.rows, grid.columns);
      this.shown = shown;
      this.text = '\x1b[m\x1b[H\x1b[2J';
      this.attributes.foreground = 0;
      this.attributes.background = 0;
      this.extra = 0;
      this.x = this.y = 0;
      this.shownCursor = { x: 0, y: 0, isVisible: true, shape: this.shownCursor.shape };
    } else {
      const { isVisible, x, y } = this.shownCursor;
      [this.x, this.y] = isVisible ? [x, y] : [-1, -1];
    }
    for (let y = 0; y < grid.rows; y++) this.row(grid, shown, y);
    const cells = this.text;
    if (cells === '') return this.placeCursor(cursor);
    this.link(0);
    shown.copy(grid);
    const isHidden = this.shownCursor.isVisible && cells.length > grid.columns;
    if (isHidden) this.shownCursor.isVisible = false;
    const rest = this.text.slice(cells.length);
    const hide = isHidden ? '\x1b[?25l' : '';
    const place = this.placeCursor(cursor, true);
    if (!this.host.hasSynchronizedOutput) return hide + cells + rest + place;
    return BEGIN + hide + cells + rest + place + END;
  }

  /** `hasMoved`: cells were written since it was placed. */
  private placeCursor(cursor: CursorState, hasMoved = false): string {
    const was = this.shownCursor;
    let text = '';
    if (cursor.shape !== was.shape) text += `\x1b[${cursor.shape} q`;
    if (
      cursor.isVisible &&
      (hasMoved || cursor.x !== was.x || cursor.y !== was.y || !was.isVisible)
    ) {
      if (!hasMoved || this.x !== cursor.x || this.y !== cursor.y) text += move(cursor.x, cursor.y);
    }
    if (cursor.isVisible !== was.isVisible) text += cursor.isVisible ? '\x1b[?25h' : '\x1b[?25l';
    this.shownCursor = { ...cursor };
    return text;
  }

  private row(grid: CellGrid, shown: CellGrid, y: number): void {
    const { columns } = grid;
    const start = y * columns;
    let blankFrom = -1;
    for (let x = 0; x < columns; x++) {
      if (isSame(grid, shown, start + x)) continue;
      if (blankFrom < 0) blankFrom = firstOfBlankEnd(grid, start);
      if (x >= blankFrom && columns - x > ERASE_BYTES) {
        this.moveTo(grid, x, y);
        this.attribute(0, 0, 0);
        this.text += '\x1b[K';
        return;
      }
      // The second half of a wide character is written with the first.
      const isSecond = (grid.content[start + x] as number) >>> WIDTH_SHIFT === 0;
      const first = isSecond && x > 0 ? x - 1 : x;
      this.moveTo(grid, first, y);
      this.cell(grid, start + first);
      if ((grid.content[start + first] as number) >>> WIDTH_SHIFT === 2) x = first + 1;
    }
  }

  private moveTo(grid: CellGrid, x: number, y: number): void {
    if (this.y === y && this.x === x) return;
    if (this.y === y && this.x >= 0 && x > this.x && x - this.x <= SHORT_GAP) {
      const from = y * grid.columns + this.x;
      if (this.isPlainRun(grid, from, x - this.x)) {
        for (let i = 0; i < x - this.x; i++) {
          this.text += ASCII[(grid.content[from + i] as number) & CODE_POINT] as string;
        }
        this.x = x;
        return;
      }
    }
    if (this.y === y && x > 0) this.text += `\x1b[${x + 1}G`;
    else if (x === 0 && this.y + 1 === y && y > 0 && this.x >= 0) this.text += '\r\n';
    else this.text += move(x, y);
    this.x = x;
    this.y = y;
  }

  /** Whether these cells are ASCII in the attributes that are set. */
  private isPlainRun(grid: CellGrid, from: number, count: number): boolean {
    for (let i = from; i < from + count; i++) {
      const content = grid.content[i] as number;
      if (content & IS_CLUSTER || (content & CODE_POINT) >= 0x7f || content >>> WIDTH_SHIFT !== 1)
        return false;
      if (
        grid.foreground[i] !== this.attributes.foreground ||
        grid.background[i] !== this.attributes.background ||
        grid.extra[i] !== this.extra
      )
        return false;
    }
    return true;
  }

  private cell(grid: CellGrid, index: number): void {
    const content = grid.content[index] as number;
    this.attribute(
      grid.foreground[index] as number,
      grid.background[index] as number,
      grid.extra[index] as number,
    );
    const code = content & CODE_POINT;
    if (content & IS_CLUSTER) this.text += this.clusters.text(code);
    else this.text += code < 0x7f ? (ASCII[code] as string) : String.fromCodePoint(code);
    this.x += content >>> WIDTH_SHIFT;
    // In the last column terminals wait with the wrap: where the cursor is then, differs.
    if (this.x >= grid.columns || !hasSureWidth(content)) this.x = this.y = -1;
  }

  private attribute(foreground: number, background: number, extra: number): void {
    const { attributes } = this;
    const underline = extra === 0 ? '' : this.underline(extra);
    if (extra !== this.extra) {
      // Forms and colours of underlines have no end of their own that all terminals know.
      if (this.underline(this.extra) !== underline) {
        this.text += '\x1b[m';
        attributes.foreground = attributes.background = 0;
      }
      this.link(extra);
    } else if (attributes.foreground === foreground && attributes.background === background) return;
    this.text += sgrChange(attributes, { foreground, background }, this.host.depth);
    if (underline !== '') this.text += `\x1b[${underline}m`;
    attributes.foreground = foreground;
    attributes.background = background;
  }

  private underline(extra: number): string {
    // Terminals of few colours take 4:3 for something else.
    return this.host.depth === 24 ? (this.extras.text(extra).split('\0')[0] ?? '') : '';
  }

  /** OSC 8: the link that what follows belongs to. */
  private link(extra: number): void {
    const uri = (number: number) => this.extras.text(number).split('\0')[1] ?? '';
    if (this.host.hasStrings && uri(extra) !== uri(this.extra)) {
      // The same number on two lines is one link.
      const id = uri(extra) === '' ? '' : `id=h${extra}`;
      this.text += `\x1b]8;${id};${uri(extra)}\x1b\\`;
    }
    this.extra = extra;
  }
}

function isSame(grid: CellGrid, shown: CellGrid, index: number): boolean {
  return (
    grid.content[index] === shown.content[index] &&
    grid.foreground[index] === shown.foreground[index] &&
    grid.background[index] === shown.background[index] &&
    grid.extra[index] === shown.extra[index]
  );
}

/** CUP, from 1 on. */
function move(x: number, y: number): string {
  if (x === 0) return y === 0 ? '\x1b[H' : `\x1b[${y + 1}H`;
  return `\x1b[${y + 1};${x + 1}H`;
}

/** Column from which on the row is blank in the default colours. */
function firstOfBlankEnd(grid: CellGrid, start: number): number {
  let x = grid.columns;
  while (
    x > 0 &&
    grid.content[start + x - 1] === BLANK &&
    grid.foreground[start + x - 1] === 0 &&
    grid.background[start + x - 1] === 0 &&
    grid.extra[start + x - 1] === 0
  )
    x--;
  return x;
}
