/** Search in the lines of a terminal, those that have scrolled off included. */

/** What is searched: see VirtualTerminal. */
export interface SearchedLines {
  readonly lineCount: number;
  columnsOf(line: number): string[];
  isWrapped(line: number): boolean;
}

interface Position {
  line: number;
  x: number;
}

/** A line as it was written: rows that were wrapped are one. */
interface LogicalLine {
  first: number;
  text: string;
  /** For each character of `text`, where it is. */
  positions: Position[];
}

function logicalLine(lines: SearchedLines, first: number, isExact: boolean): LogicalLine {
  const logical: LogicalLine = { first, text: '', positions: [] };
  for (let line = first; line === first || lines.isWrapped(line); line++) {
    for (const [x, cell] of lines.columnsOf(line).entries()) {
      const text = isExact ? cell : cell.toLowerCase();
      logical.text += text;
      for (let i = 0; i < text.length; i++) logical.positions.push({ line, x });
    }
    if (line + 1 >= lines.lineCount) break;
  }
  return logical;
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.x < b.x);
}

/**
 * The next place of `pattern` before or after a position; undefined if there is none. Upper case matters if there is some
 * in the pattern.
 */
export function findText(
  lines: SearchedLines,
  pattern: string,
  from: Position,
  isUp: boolean,
): Position | undefined {
  const isExact = pattern !== pattern.toLowerCase();
  let start = from.line;
  while (start > 0 && lines.isWrapped(start)) start--;
  for (;;) {
    const { text, positions, first } = logicalLine(lines, start, isExact);
    let best: Position | undefined;
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      const position = positions[at];
      if (!position) break;
      if (isUp && isBefore(position, from)) best = position;
      if (!isUp && isBefore(from, position)) return position;
    }
    if (best) return best;
    if (isUp) {
      start = first - 1;
      while (start > 0 && lines.isWrapped(start)) start--;
      if (start < 0) return undefined;
    } else {
      start = (positions.at(-1)?.line ?? first) + 1;
      if (start >= lines.lineCount) return undefined;
    }
  }
}
