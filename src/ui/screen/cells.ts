/**
 * A grid of character cells in three words each, in the bits of xterm.js (buffer/Constants.ts), so that the guest's cells are
 * copied as they are:
 *
 *   content     20..0 code point, or number of a cluster if 21 is set; 23..22 width (0: second half of a wide character)
 *   foreground  23..0 colour, 25..24 its kind, 26 inverse, 27 bold, 28 underline, 29 blink, 30 invisible, 31 struck through
 *   background  23..0 colour, 25..24 its kind, 26 italic, 27 dim, 30 overline
 *   extra       number of a link and of a form of underline (`Texts`); 0 is none
 */

export const CODE_POINT = 0x1fffff;
export const IS_CLUSTER = 1 << 21;
export const WIDTH_SHIFT = 22;

export const COLOUR = 0xffffff;
export const KIND = 3 << 24;
export const KIND_DEFAULT = 0;
/** The first 16 colours of the palette, and all 256. */
export const KIND_16 = 1 << 24;
export const KIND_256 = 2 << 24;
export const KIND_RGB = 3 << 24;

export const INVERSE = 1 << 26;
export const BOLD = 1 << 27;
export const UNDERLINE = 1 << 28;
export const BLINK = 1 << 29;
export const INVISIBLE = 1 << 30;
export const STRUCK = 1 << 31;

export const ITALIC = 1 << 26;
export const DIM = 1 << 27;
export const OVERLINE = 1 << 30;

/** A blank of the default colours. */
export const BLANK = 0x20 | (1 << WIDTH_SHIFT);

/** A part of the screen, in cells. */
export interface Rect {
  x: number;
  y: number;
  rows: number;
  columns: number;
}

/** Strings that cells refer to by number, from 1 on: clusters of several code points, links. */
export class Texts {
  private readonly numbers = new Map<string, number>();
  private readonly texts: string[] = [''];

  get size(): number {
    return this.numbers.size;
  }

  number(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  text(number: number): string {
    return this.texts[number] ?? '';
  }

  clear(): void {
    this.numbers.clear();
    this.texts.length = 1;
  }
}

export class CellGrid {
  readonly rows: number;
  readonly columns: number;
  readonly content: Int32Array;
  readonly foreground: Int32Array;
  readonly background: Int32Array;
  readonly extra: Int32Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    const count = rows * columns;
    this.content = new Int32Array(count).fill(BLANK);
    this.foreground = new Int32Array(count);
    this.background = new Int32Array(count);
    this.extra = new Int32Array(count);
  }

  clear(): void {
    this.content.fill(BLANK);
    this.foreground.fill(0);
    this.background.fill(0);
    this.extra.fill(0);
  }

  /** All cells of a grid of the same size. */
  copy(other: CellGrid): void {
    this.content.set(other.content);
    this.foreground.set(other.foreground);
    this.background.set(other.background);
    this.extra.set(other.extra);
  }

  isSize(rows: number, columns: number): boolean {
    return this.rows === rows && this.columns === columns;
  }
}

/** Text of a cell; '' for the second half of a wide character. */
export function cellText(content: number, clusters: Texts): string {
  if (content >>> WIDTH_SHIFT === 0) return '';
  const code = content & CODE_POINT;
  return content & IS_CLUSTER ? clusters.text(code) : String.fromCodePoint(code);
}
