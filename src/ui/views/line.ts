/** Lines of a view: text with colours, and how it is made to fit. What comes from the guest never reaches the host as control characters. */
import stringWidth from 'string-width';

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';

export interface Span {
  text: string;
  colour?: Colour;
  isBold?: boolean;
}

export type Line = string | readonly Span[];

/** What a view shows. */
export interface Content {
  title: string;
  /** Stay where they are, above the list. */
  head: readonly Line[];
  lines: readonly Line[];
  /** The line that is marked, and always in sight; undefined: the last line is in sight. */
  selected: number | undefined;
}

/** C0, DEL, C1, and what changes the direction of text. */
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SEGMENTS = new Intl.Segmenter();

/** Text of the guest as it may be shown. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '·');
}

/** The beginning of a text, in at most so many columns. */
export function cut(text: string, columns: number): string {
  const shown = printable(text);
  if (shown.length <= columns && stringWidth(shown) <= columns) return shown;
  let room = columns;
  let result = '';
  for (const { segment } of SEGMENTS.segment(shown)) {
    room -= stringWidth(segment);
    if (room < 0) break;
    result += segment;
  }
  return result;
}

/** Exactly so many columns. */
export function pad(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - stringWidth(shown)));
}

/** The spans of a line, exactly so many columns in all. */
export function fitted(line: Line, columns: number): Span[] {
  const spans: Span[] = [];
  let room = columns;
  for (const span of typeof line === 'string' ? [{ text: line }] : line) {
    if (room <= 0) break;
    const text = cut(span.text, room);
    room -= stringWidth(text);
    spans.push({ ...span, text });
  }
  if (room > 0) spans.push({ text: ' '.repeat(room) });
  return spans;
}

/** A share as a bar of whole columns. */
export function bar(share: number, columns: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * columns);
  return '█'.repeat(full) + '░'.repeat(columns - full);
}
