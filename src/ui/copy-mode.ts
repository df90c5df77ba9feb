/** Looking back: a cursor in the lines that have scrolled off, search, and a selection that can be copied. Keys as in less and vi. */
import { BOLD, type CellGrid, INVERSE, type Rect } from './screen/cells.ts';
import { findText } from './scrollback-search.ts';
import type { VirtualTerminal } from './virtual-terminal.ts';

interface Position {
  line: number;
  x: number;
}

export type CopyAction = 'none' | 'leave' | { copy: string } | { save: string };

const UP = ['\x1b[A', '\x1bOA', 'k'];
const DOWN = ['\x1b[B', '\x1bOB', 'j'];
const LEFT = ['\x1b[D', '\x1bOD', 'h'];
const RIGHT = ['\x1b[C', '\x1bOC', 'l'];
const PAGE_UP = ['\x1b[5~', '\x02', 'b'];
const PAGE_DOWN = ['\x1b[6~', '\x06', ' '];
const HOME = ['g', '\x1b[1~', '\x1b[H', '\x1bOH'];
const LAST = ['G', '\x1b[4~', '\x1b[F', '\x1bOF'];
const ESCAPE = '\x1b';
const ENTER = '\r';

export class CopyMode {
  private readonly terminal: VirtualTerminal;
  /** Lines are counted from the first one in view, which moves when the buffer drops old ones. */
  private cursor: Position;
  private mark: (Position & { isWholeLines: boolean }) | undefined;
  private pattern = '';
  /** The pattern that is being typed, and in which direction it will be looked for. */
  private typed: { text: string; isUp: boolean } | undefined;
  private note = '';
  private isUp = true;

  constructor(terminal: VirtualTerminal) {
    this.terminal = terminal;
    const at = terminal.cursor() ?? { x: 0, y: terminal.rows - 1 };
    this.cursor = { line: at.y, x: at.x };
  }

  /** Position of the cursor in the view. */
  get viewCursor(): { x: number; y: number } {
    return { x: Math.min(this.cursor.x, this.terminal.columns - 1), y: this.cursor.line };
  }

  /** The bottom line. */
  get help(): string {
    if (this.typed) return `${this.typed.isUp ? '?' : '/'}${this.typed.text}_`;
    if (this.note !== '') return this.note;
    if (this.mark) return 'arrows extend, y copies, w saves to a file, Escape ends the selection';
    return `${this.terminal.scrollBack} back: arrows PgUp PgDn g G, / ? search, n N, v V select, q ends`;
  }

  key(key: string): CopyAction {
    this.note = '';
    if (this.typed) return this.typePattern(key);
    if (this.move(key)) return 'none';
    switch (key) {
      case '/':
      case '?':
        this.typed = { text: '', isUp: key === '?' };
        break;
      case 'n':
      case 'N':
        this.search((key === 'n') === this.isUp);
        break;
      case 'v':
      case 'V':
        this.mark = this.mark ? undefined : { ...this.cursor, isWholeLines: key === 'V' };
        break;
      case 'y':
      case ENTER:
        return this.mark ? { copy: this.selection() } : 'leave';
      case 'w':
        return { save: this.mark ? this.selection() : this.everything() };
      case ESCAPE:
        if (!this.mark) return 'leave';
        this.mark = undefined;
        break;
      case 'q':
      case '\x03':
        return 'leave';
    }
    return 'none';
  }

  private move(key: string): boolean {
    const { rows, columns, lineCount } = this.terminal;
    const page = Math.max(1, rows - 1);
    if (UP.includes(key)) this.moveLines(-1);
    else if (DOWN.includes(key)) this.moveLines(1);
    else if (PAGE_UP.includes(key)) this.moveLines(-page);
    else if (PAGE_DOWN.includes(key)) this.moveLines(page);
    else if (key === '\x15') this.moveLines(-Math.ceil(rows / 2));
    else if (key === '\x04') this.moveLines(Math.ceil(rows / 2));
    else if (HOME.includes(key)) this.moveLines(-lineCount);
    else if (LAST.includes(key)) this.moveLines(lineCount);
    else if (LEFT.includes(key)) this.cursor.x = Math.max(0, this.viewCursor.x - 1);
    else if (RIGHT.includes(key)) this.cursor.x = Math.min(columns - 1, this.cursor.x + 1);
    else if (key === '0') this.cursor.x = 0;
    else if (key === '$') this.cursor.x = this.lastColumn();
    else return false;
    return true;
  }

  /** A page, or more, moves the view as a whole; else it follows the cursor. */
  private moveLines(lines: number): void {
    const { terminal } = this;
    const before = terminal.viewTop;
    const wanted = this.cursor.line + lines;
    const isPage = Math.abs(lines) > 1;
    const beyond = wanted < 0 ? wanted : Math.max(0, wanted - terminal.rows + 1);
    terminal.scroll(isPage ? lines : beyond);
    const moved = terminal.viewTop - before;
    if (this.mark) this.mark.line -= moved;
    const line = isPage && Math.abs(moved) === Math.abs(lines) ? this.cursor.line : wanted - moved;
    this.cursor.line = Math.max(0, Math.min(terminal.rows - 1, line));
  }

  private goTo({ line, x }: Position): void {
    const { terminal } = this;
    const inView = line - terminal.viewTop;
    if (inView < 0 || inView >= terminal.rows) {
      const before = terminal.viewTop;
      terminal.scroll(inView - Math.floor(terminal.rows / 2));
      if (this.mark) this.mark.line -= terminal.viewTop - before;
    }
    this.cursor = { line: line - terminal.viewTop, x };
  }

  private typePattern(key: string): CopyAction {
    const { typed } = this;
    if (!typed) return 'none';
    if (key === ENTER) {
      this.typed = undefined;
      if (typed.text !== '') this.pattern = typed.text;
      this.isUp = typed.isUp;
      this.search(this.isUp);
    } else if (key === ESCAPE || key === '\x03') this.typed = undefined;
    else if (key === '\x7f' || key === '\b') typed.text = [...typed.text].slice(0, -1).join('');
    else if (key === '\x15') typed.text = '';
    else if (key.length <= 2 && key >= ' ') typed.text += key;
    return 'none';
  }

  /** Goes round at the end, and says so in the words of vi. */
  private search(isUp: boolean): void {
    if (this.pattern === '') return;
    const { terminal } = this;
    const from = { line: terminal.viewTop + this.cursor.line, x: this.cursor.x };
    const end = isUp ? { line: terminal.lineCount - 1, x: terminal.columns } : { line: 0, x: -1 };
    const ahead = findText(terminal, this.pattern, from, isUp);
    const found = ahead ?? findText(terminal, this.pattern, end, isUp);
    if (found) this.goTo(found);
    if (!found) this.note = `no ${this.pattern}`;
    else if (!ahead)
      this.note = `search hit ${isUp ? 'TOP, continuing at BOTTOM' : 'BOTTOM, continuing at TOP'}`;
  }

  /** Of the text in the cursor's line; both columns of a wide character are it. */
  private lastColumn(): number {
    const columns = this.terminal.columnsOf(this.terminal.viewTop + this.cursor.line);
    return Math.max(
      0,
      columns.findLastIndex((cell) => cell !== ' '),
    );
  }

  private selection(): string {
    const ends = this.ends();
    if (!ends) return '';
    const top = this.terminal.viewTop;
    return this.textBetween(
      { line: top + ends.first.line, x: ends.first.x },
      { line: top + ends.last.line, x: ends.last.x },
    );
  }

  private everything(): string {
    const { lineCount, columns } = this.terminal;
    const text = this.textBetween({ line: 0, x: 0 }, { line: lineCount - 1, x: columns - 1 });
    return `${text.trimEnd()}\n`;
  }

  /** Both ends included; a line that was wrapped is one line. */
  private textBetween(first: Position, last: Position): string {
    let text = '';
    for (let line = first.line; line <= last.line; line++) {
      const from = line === first.line ? first.x : 0;
      const to = line === last.line ? last.x + 1 : undefined;
      const part = this.terminal.columnsOf(line).slice(from, to).join('');
      const goesOn = line < last.line && this.terminal.isWrapped(line + 1);
      text += goesOn ? part : part.trimEnd();
      if (!goesOn && line < last.line) text += '\n';
    }
    return text;
  }

  /** The selection in reading order. */
  private ends(): { first: Position; last: Position } | undefined {
    const { mark, cursor, terminal } = this;
    if (!mark) return undefined;
    const isForward = mark.line < cursor.line || (mark.line === cursor.line && mark.x <= cursor.x);
    const [first, last] = isForward ? [mark, cursor] : [cursor, mark];
    if (!mark.isWholeLines) return { first, last };
    return {
      first: { line: first.line, x: 0 },
      last: { line: last.line, x: terminal.columns - 1 },
    };
  }

  /** Show the selection and what was looked for. */
  paint(grid: CellGrid, rect: Rect): void {
    const ends = this.ends();
    for (let row = 0; row < rect.rows; row++) {
      const start = (rect.y + row) * grid.columns + rect.x;
      if (this.pattern !== '') {
        for (const x of this.matchesIn(row)) this.mix(grid, start + x, INVERSE | BOLD);
      }
      if (!ends || row < ends.first.line || row > ends.last.line) continue;
      const from = row === ends.first.line ? ends.first.x : 0;
      const to = row === ends.last.line ? ends.last.x : rect.columns - 1;
      for (let x = from; x <= Math.min(to, rect.columns - 1); x++)
        this.mix(grid, start + x, INVERSE);
    }
  }

  private mix(grid: CellGrid, index: number, bits: number): void {
    grid.foreground[index] = (grid.foreground[index] as number) ^ bits;
  }

  /** The columns of all matches in a row of the view. */
  private matchesIn(row: number): number[] {
    const columns = this.terminal.columnsOf(this.terminal.viewTop + row);
    const isExact = this.pattern !== this.pattern.toLowerCase();
    const cells = columns
      .map((cell, x) => ({ text: isExact ? cell : cell.toLowerCase(), x }))
      .filter(({ text }) => text !== '');
    const wanted = [...this.pattern];
    return cells.flatMap((_, at) =>
      wanted.every((character, i) => cells[at + i]?.text === character)
        ? cells.slice(at, at + wanted.length).map(({ x }) => x)
        : [],
    );
  }
}
