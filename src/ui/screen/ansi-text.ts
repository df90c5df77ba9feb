/** Text with SGR sequences, as Ink makes its frames, into cells. */
import { cellWidth } from '../character-widths.ts';
import {
  BLINK,
  BOLD,
  type CellGrid,
  COLOUR,
  DIM,
  INVERSE,
  INVISIBLE,
  IS_CLUSTER,
  ITALIC,
  KIND,
  KIND_16,
  KIND_256,
  KIND_RGB,
  OVERLINE,
  STRUCK,
  type Texts,
  UNDERLINE,
  WIDTH_SHIFT,
} from './cells.ts';

/** A control sequence, or an operating system command; else a run of text. */
const TOKEN = /\x1b\[([0-9;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\x1b]+|\x1b/g;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const ONLY_ASCII = /^[\x20-\x7e]*$/;

interface Attributes {
  foreground: number;
  background: number;
}

type Change = (attributes: Attributes) => void;
const setForeground =
  (bits: number): Change =>
  (a) => {
    a.foreground |= bits;
  };
const clearForeground =
  (bits: number): Change =>
  (a) => {
    a.foreground &= ~bits;
  };
const setBackground =
  (bits: number): Change =>
  (a) => {
    a.background |= bits;
  };
const clearBackground =
  (bits: number): Change =>
  (a) => {
    a.background &= ~bits;
  };

const SIMPLE: ReadonlyMap<number, Change> = new Map<number, Change>([
  [
    0,
    (a) => {
      a.foreground = 0;
      a.background = 0;
    },
  ],
  [1, setForeground(BOLD)],
  [2, setBackground(DIM)],
  [3, setBackground(ITALIC)],
  [4, setForeground(UNDERLINE)],
  [5, setForeground(BLINK)],
  [7, setForeground(INVERSE)],
  [8, setForeground(INVISIBLE)],
  [9, setForeground(STRUCK)],
  [
    22,
    (a) => {
      a.foreground &= ~BOLD;
      a.background &= ~DIM;
    },
  ],
  [23, clearBackground(ITALIC)],
  [24, clearForeground(UNDERLINE)],
  [25, clearForeground(BLINK)],
  [27, clearForeground(INVERSE)],
  [28, clearForeground(INVISIBLE)],
  [29, clearForeground(STRUCK)],
  [39, clearForeground(COLOUR | KIND)],
  [49, clearBackground(COLOUR | KIND)],
  [53, setBackground(OVERLINE)],
  [55, clearBackground(OVERLINE)],
]);

function withColour(word: number, bits: number): number {
  return (word & ~(COLOUR | KIND)) | bits;
}

function setPalette(a: Attributes, code: number): void {
  const decade = Math.floor(code / 10);
  const bits = KIND_16 | ((code % 10) + (decade >= 9 ? 8 : 0));
  if (decade === 3 || decade === 9) a.foreground = withColour(a.foreground, bits);
  if (decade === 4 || decade === 10) a.background = withColour(a.background, bits);
}

/** `38;5;N` and `38;2;R;G;B`; returns how many parameters there were. */
function setExtended(a: Attributes, codes: readonly number[]): number {
  const [target, kind, first = 0, second = 0, third = 0] = codes;
  if (kind !== 5 && kind !== 2) return 1;
  const bits =
    kind === 5
      ? KIND_256 | (first & 255)
      : KIND_RGB | ((first & 255) << 16) | ((second & 255) << 8) | (third & 255);
  if (target === 38) a.foreground = withColour(a.foreground, bits);
  else a.background = withColour(a.background, bits);
  return kind === 5 ? 3 : 5;
}

function applySgr(a: Attributes, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let i = 0; i < codes.length; ) {
    const code = codes[i] ?? 0;
    const change = SIMPLE.get(code);
    if (change) change(a);
    else if (code === 38 || code === 48) {
      i += setExtended(a, codes.slice(i));
      continue;
    } else if ((code >= 30 && code <= 47) || (code >= 90 && code <= 107)) setPalette(a, code);
    i++;
  }
}

/** Draw text from the left upper corner of the grid on. What does not fit is cut off; controls are left out. */
export function drawText(text: string, grid: CellGrid, clusters: Texts): void {
  grid.clear();
  const attributes: Attributes = { foreground: 0, background: 0 };
  for (const [y, line] of text.split('\n', grid.rows).entries()) {
    let x = 0;
    for (const [token, parameters, final] of line.matchAll(TOKEN)) {
      if (final === 'm') applySgr(attributes, parameters ?? '');
      else if (!token.startsWith('\x1b')) x = drawRun(token, x, y, grid, clusters, attributes);
    }
  }
}

/** Returns the column behind it. */
function drawRun(
  text: string,
  from: number,
  y: number,
  grid: CellGrid,
  clusters: Texts,
  { foreground, background }: Attributes,
): number {
  let x = from;
  const put = (content: number, width: number) => {
    const start = y * grid.columns;
    if (x + width <= grid.columns) {
      for (let half = 0; half < width; half++) {
        grid.content[start + x + half] = half === 0 ? content | (width << WIDTH_SHIFT) : 0;
        grid.foreground[start + x + half] = foreground;
        grid.background[start + x + half] = background;
      }
    }
    x += width;
  };
  if (ONLY_ASCII.test(text)) {
    for (let i = 0; i < text.length; i++) put(text.charCodeAt(i), 1);
    return x;
  }
  for (const { segment } of graphemes.segment(text)) {
    const code = segment.codePointAt(0) ?? 0x20;
    const width = cellWidth(segment);
    if (code < 0x20 || code === 0x7f || width === 0) continue;
    const isOne = segment.length === (code > 0xffff ? 2 : 1);
    put(isOne ? code : clusters.number(segment) | IS_CLUSTER, width);
  }
  return x;
}
