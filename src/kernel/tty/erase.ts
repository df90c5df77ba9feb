/** Taking back typed characters: ERASE, WERASE and KILL, and how the screen shows it. Linux: eraser() of n_tty.c. */
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHOPRT,
  IUTF8,
  VERASE,
  VKILL,
  VWERASE,
} from '../../abi/termios.ts';
import type { LineDiscipline } from './line-discipline.ts';
import { isControl } from './output.ts';

const BACKSPACE = 8;
const TAB = 9;
const SPACE = 32;
const BACKSLASH = 0x5c;
const NEWLINE = 10;

type Kind = 'character' | 'word' | 'line';

/** `byte` is the ERASE, WERASE or KILL character that was typed. */
export function erase(discipline: LineDiscipline, byte: number): void {
  const { settings, input, output } = discipline;
  const { lflag } = settings;
  if (input.isLineEmpty) return;
  let kind: Kind = 'line';
  if (byte === settings.character(VERASE)) kind = 'character';
  else if (byte === settings.character(VWERASE)) kind = 'word';
  else if ((lflag & ECHO) === 0) {
    input.dropLine();
    return;
  } else if ((lflag & ECHOK) === 0 || (lflag & ECHOKE) === 0 || (lflag & ECHOE) === 0) {
    input.dropLine();
    discipline.finishErasing();
    output.echo(settings.character(VKILL));
    if ((lflag & ECHOK) !== 0) output.echoRaw(NEWLINE);
    return;
  }
  eraseCharacters(discipline, kind);
  if (input.isLineEmpty && (lflag & ECHO) !== 0) discipline.finishErasing();
}

function eraseCharacters(discipline: LineDiscipline, kind: Kind): void {
  const { input, settings } = discipline;
  let hasSeenWord = false;
  while (!input.isLineEmpty) {
    const length = lastCharacterLength(discipline);
    if (length === 0) return;
    const first = input.typed(length - 1) as number;
    if (kind === 'word') {
      if (isWordCharacter(first)) hasSeenWord = true;
      else if (hasSeenWord) return;
    }
    const bytes = Array.from({ length }, (_, i) => input.typed(length - 1 - i) as number);
    input.drop(length);
    if ((settings.lflag & ECHO) !== 0) showErased(discipline, bytes, kind);
    if (kind === 'character') return;
  }
}

/** Bytes of the last typed character; 0 for continuation bytes without a start, which cannot be erased. */
function lastCharacterLength({ input, settings }: LineDiscipline): number {
  for (let back = 0; ; back++) {
    const byte = input.typed(back);
    if (byte === undefined) return 0;
    if ((settings.iflag & IUTF8) === 0 || (byte & 0xc0) !== 0x80) return back + 1;
  }
}

/** isalnum of Linux's ctype table, which knows Latin-1, or an underscore. */
function isWordCharacter(byte: number): boolean {
  if (byte >= 0xc0) return byte !== 0xd7 && byte !== 0xf7;
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

function showErased(discipline: LineDiscipline, bytes: readonly number[], kind: Kind): void {
  const { settings, output, input } = discipline;
  const { lflag } = settings;
  const first = bytes[0] as number;
  if ((lflag & ECHOPRT) !== 0) {
    if (!input.isErasing) {
      output.echoRaw(BACKSLASH);
      input.isErasing = true;
    }
    output.echo(first);
    for (const byte of bytes.slice(1)) {
      output.echoRaw(byte);
      output.echoMoveBack();
    }
  } else if (kind === 'character' && (lflag & ECHOE) === 0) {
    output.echo(settings.character(VERASE));
  } else if (first === TAB) {
    eraseTab(discipline);
  } else {
    const showsControl = (lflag & ECHOCTL) !== 0;
    if (isControl(first) && showsControl) rubOut(discipline);
    if (!isControl(first) || showsControl) rubOut(discipline);
  }
}

function rubOut({ output }: LineDiscipline): void {
  output.echoRaw(BACKSPACE);
  output.echoRaw(SPACE);
  output.echoRaw(BACKSPACE);
}

/** The width of a tab follows from the columns in front of it, back to another tab or the start of the line. */
function eraseTab({ settings, input, output }: LineDiscipline): void {
  let columns = 0;
  for (let back = 0; ; back++) {
    const byte = input.typed(back);
    if (byte === undefined || byte === TAB) {
      output.echoEraseTab(columns, byte === TAB);
      return;
    }
    if (isControl(byte)) {
      if ((settings.lflag & ECHOCTL) !== 0) columns += 2;
    } else if ((settings.iflag & IUTF8) === 0 || (byte & 0xc0) !== 0x80) {
      columns++;
    }
  }
}
