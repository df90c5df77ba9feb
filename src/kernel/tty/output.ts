/** Output processing of a terminal, and the queue of echoes that waits while output is stopped. Linux: n_tty.c. */
import {
  ECHOCTL,
  IUTF8,
  OCRNL,
  OLCUC,
  ONLCR,
  ONLRET,
  ONOCR,
  OPOST,
  XTABS,
} from '../../abi/termios.ts';
import type { TerminalSettings } from './settings.ts';

/** Marks an operation in the queue of echoes; the byte after it says which. A control character means "show as ^X". */
const START = 0xff;
const MOVE_BACK_COLUMN = 0x80;
const SET_CANON_COLUMN = 0x81;
const ERASE_TAB = 0x82;
/** With ERASE_TAB's argument: the columns count from a tab and not from the start of the line. */
const AFTER_TAB = 0x80;
const MAX_ECHOES = 4096;

const BACKSPACE = 8;
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const CARET = 0x5e;

export function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f;
}

/** Linux's character table knows Latin-1. */
function isLower(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0xdf && byte !== 0xf7);
}

export class OutputProcessor {
  private readonly settings: TerminalSettings;
  /** Where processed bytes go; taken by the terminal after each step. */
  private out: number[] = [];
  private echoes: number[] = [];
  private column = 0;
  /** Column at which the line being typed began. */
  private canonColumn = 0;

  constructor(settings: TerminalSettings) {
    this.settings = settings;
  }

  /** Process a program's output. */
  write(bytes: Uint8Array): void {
    if ((this.settings.oflag & OPOST) === 0) {
      for (const byte of bytes) this.out.push(byte);
      return;
    }
    for (const byte of bytes) this.put(byte);
  }

  /** The bytes for the line so far. */
  take(): Uint8Array {
    const bytes = Uint8Array.from(this.out);
    this.out = [];
    return bytes;
  }

  get hasEchoes(): boolean {
    return this.echoes.length > 0;
  }

  /** ISIG flushes what was not shown yet. */
  forgetEchoes(): void {
    this.echoes = [];
  }

  /** Show a typed character, control characters as ^X. */
  echo(byte: number): void {
    if (byte === START) this.queue(START, START);
    else if ((this.settings.lflag & ECHOCTL) !== 0 && isControl(byte) && byte !== TAB) {
      this.queue(START, byte);
    } else this.queue(byte);
  }

  /** Show a byte as it is. */
  echoRaw(byte: number): void {
    if (byte === START) this.queue(START, START);
    else this.queue(byte);
  }

  /** A continuation byte was shown: it took no column. */
  echoMoveBack(): void {
    this.queue(START, MOVE_BACK_COLUMN);
  }

  echoSetCanonColumn(): void {
    this.queue(START, SET_CANON_COLUMN);
  }

  /** Take a tab back; `columns` are those since the last tab or the start of the line. */
  echoEraseTab(columns: number, isAfterTab: boolean): void {
    this.queue(START, ERASE_TAB, (columns & 7) | (isAfterTab ? AFTER_TAB : 0));
  }

  /** Turn the queued echoes into output. */
  processEchoes(): void {
    const { echoes } = this;
    this.echoes = [];
    for (let i = 0; i < echoes.length; i++) {
      const byte = echoes[i] as number;
      if (byte !== START) {
        if ((this.settings.oflag & OPOST) !== 0) this.put(byte);
        else this.out.push(byte);
        continue;
      }
      const operation = echoes[++i];
      if (operation === ERASE_TAB) this.eraseTab(echoes[++i] as number);
      else if (operation !== undefined) this.operate(operation);
    }
  }

  private operate(operation: number): void {
    if (operation === SET_CANON_COLUMN) this.canonColumn = this.column;
    else if (operation === MOVE_BACK_COLUMN) this.column = Math.max(0, this.column - 1);
    else if (operation === START) {
      this.out.push(START);
      this.column++;
    } else {
      this.out.push(CARET, operation ^ 0x40);
      this.column += 2;
    }
  }

  private eraseTab(argument: number): void {
    const columns = (argument & AFTER_TAB) !== 0 ? argument : argument + this.canonColumn;
    for (let left = 8 - (columns & 7); left > 0; left--) {
      this.out.push(BACKSPACE);
      if (this.column > 0) this.column--;
    }
  }

  private queue(...bytes: number[]): void {
    if (this.echoes.length + bytes.length <= MAX_ECHOES) this.echoes.push(...bytes);
  }

  /** One byte with OPOST. */
  private put(byte: number): void {
    const { oflag, iflag } = this.settings;
    switch (byte) {
      case NEWLINE:
        if ((oflag & ONLRET) !== 0) this.column = 0;
        if ((oflag & ONLCR) !== 0) {
          this.canonColumn = this.column = 0;
          this.out.push(RETURN, NEWLINE);
          return;
        }
        this.canonColumn = this.column;
        break;
      case RETURN:
        if ((oflag & ONOCR) !== 0 && this.column === 0) return;
        if ((oflag & OCRNL) !== 0) {
          if ((oflag & ONLRET) !== 0) this.canonColumn = this.column = 0;
          this.out.push(NEWLINE);
          return;
        }
        this.canonColumn = this.column = 0;
        break;
      case TAB: {
        const spaces = 8 - (this.column & 7);
        this.column += spaces;
        if ((oflag & XTABS) !== XTABS) break;
        for (let i = 0; i < spaces; i++) this.out.push(0x20);
        return;
      }
      case BACKSPACE:
        if (this.column > 0) this.column--;
        break;
      default:
        if (isControl(byte)) break;
        if ((oflag & OLCUC) !== 0 && isLower(byte)) byte -= 0x20;
        if ((iflag & IUTF8) === 0 || (byte & 0xc0) !== 0x80) this.column++;
    }
    this.out.push(byte);
  }
}
