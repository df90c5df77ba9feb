/** The cells of the guest's terminal, taken from xterm's buffer as they are. */
import type xterm from '@xterm/headless';
import {
  BLANK,
  type CellGrid,
  CODE_POINT,
  COLOUR,
  IS_CLUSTER,
  KIND,
  KIND_DEFAULT,
  KIND_RGB,
  type Rect,
  type Texts,
  UNDERLINE,
  WIDTH_SHIFT,
} from './cells.ts';

/**
 * What xterm's cell has beyond its public interface: reading three words is ten times faster than asking fifteen methods, and
 * links and forms of underlines are to be had in no other way. The version is pinned; guest-cells.test.ts compares both.
 */
interface CellWords {
  content: number;
  fg: number;
  bg: number;
  extended: { underlineStyle: number; underlineColor: number; urlId: number };
}

interface LinkService {
  getLinkData(id: number): { uri: string } | undefined;
}

/** Background bits that are xterm's own: extended attributes, protection. */
const HAS_EXTENDED = 1 << 28;
const OWN_BITS = HAS_EXTENDED | (1 << 29);
/** Schemes that a click may be trusted with, and nothing that could end the sequence. */
const SAFE_URI = /^(https?|ftp|mailto):[\x21-\x7e]{1,2000}$/i;
const UNDERLINE_SINGLE = 1;

/** xterm leaves bits of an earlier RGB colour in a word whose colour is of the palette, or none. */
function withoutRests(word: number): number {
  const kind = word & KIND;
  if (kind === KIND_RGB || (word & COLOUR) === 0) return word;
  return kind === KIND_DEFAULT ? word & ~COLOUR : word & ~0xffff00;
}

/** A form of underline is one, whether the plain flag is set or not. That of a link is xterm's own addition. */
function underlineOf({ bg, extended }: CellWords): number {
  const isOne = bg & HAS_EXTENDED && extended.urlId === 0 && extended.underlineStyle > 0;
  return isOne ? UNDERLINE : 0;
}

function colourOfUnderline(word: number): string {
  const value = word & COLOUR;
  switch (word & KIND) {
    case KIND_DEFAULT:
      return '';
    case KIND_RGB:
      return `;58;2;${value >> 16};${(value >> 8) & 255};${value & 255}`;
    default:
      return `;58;5;${value & 255}`;
  }
}

export class GuestCells {
  private readonly terminal: xterm.Terminal;
  private readonly scratch: ReturnType<xterm.Terminal['buffer']['active']['getNullCell']>;

  constructor(terminal: xterm.Terminal) {
    this.terminal = terminal;
    this.scratch = terminal.buffer.active.getNullCell();
  }

  /** Draw the lines from `top` of the buffer on into `rect` of the grid. What lies outside of the terminal is blank. */
  paint(grid: CellGrid, rect: Rect, top: number, clusters: Texts, extras: Texts): void {
    const { active } = this.terminal.buffer;
    const columns = Math.min(rect.columns, grid.columns - rect.x);
    const rows = Math.min(rect.rows, grid.rows - rect.y);
    for (let row = 0; row < rows; row++) {
      const line = active.getLine(top + row);
      let index = (rect.y + row) * grid.columns + rect.x;
      for (let x = 0; x < columns; x++, index++) {
        const cell = line?.getCell(x, this.scratch) as unknown as CellWords | undefined;
        const content = cell ? this.contentOf(cell, x, columns, grid, index, clusters) : BLANK;
        grid.content[index] = content;
        grid.foreground[index] = cell ? withoutRests(cell.fg) | underlineOf(cell) : 0;
        grid.background[index] = cell ? withoutRests(cell.bg & ~OWN_BITS) : 0;
        grid.extra[index] = cell && cell.bg & HAS_EXTENDED ? this.extraOf(cell, extras) : 0;
      }
    }
  }

  /** Both halves of a wide character or none of them. */
  private contentOf(
    cell: CellWords,
    x: number,
    columns: number,
    grid: CellGrid,
    index: number,
    clusters: Texts,
  ): number {
    const width = cell.content >>> WIDTH_SHIFT;
    if (width === 0) {
      const isSecond = x > 0 && (grid.content[index - 1] as number) >>> WIDTH_SHIFT === 2;
      return isSecond ? 0 : BLANK;
    }
    if (width === 2 && x + 1 >= columns) return BLANK;
    const bits = width << WIDTH_SHIFT;
    if (cell.content & IS_CLUSTER) {
      return clusters.number(this.scratch.getChars()) | IS_CLUSTER | bits;
    }
    return (cell.content & CODE_POINT || 0x20) | bits;
  }

  private extraOf({ extended }: CellWords, extras: Texts): number {
    const { urlId, underlineStyle, underlineColor } = extended;
    // xterm draws links with dashes, whatever their own form is.
    const style = urlId === 0 && underlineStyle > UNDERLINE_SINGLE ? underlineStyle : 0;
    const colour = colourOfUnderline(underlineColor);
    const underline = style === 0 ? colour.slice(1) : `4:${style}${colour}`;
    const uri = urlId === 0 ? '' : this.uri(urlId);
    return underline === '' && uri === '' ? 0 : extras.number(`${underline}\0${uri}`);
  }

  private uri(id: number): string {
    const { _core: core } = this.terminal as unknown as {
      _core?: { _oscLinkService?: LinkService };
    };
    const uri = core?._oscLinkService?.getLinkData(id)?.uri ?? '';
    return SAFE_URI.test(uri) ? uri : '';
  }
}
