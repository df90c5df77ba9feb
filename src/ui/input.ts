/** Bytes typed at the host's terminal, sorted into bytes for the guest, keys of the screen and commands after the prefix. */

/** The prefix key, ^A: the next key is a command. */
export const PREFIX = '\x01';

export type InputAction =
  | { type: 'send'; text: string }
  /** The prefix was typed: a command follows. */
  | { type: 'prefix' }
  | { type: 'command'; key: string }
  /** A key while the screen has the keys. */
  | { type: 'key'; key: string }
  /** A report of the mouse, as it came. */
  | { type: 'mouse'; report: string };

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** One key: an escape sequence (ECMA-48, 5.4) or a character. */
const KEY = /\x1b(?:\[[<>?]?[0-9;]*[A-Za-z~]|O[A-Za-z])|[\s\S]/gu;
/** The beginning of one, whose rest is in the next read. ESC and ESC [ alone are keys, too. */
const INCOMPLETE = /\x1b\[[<>?0-9][0-9;]*$/;
const MOUSE = /^\x1b\[<.*[Mm]$/;
const CURSOR_KEY = /^\x1b\[([ABCDHF])$/;
/** Focus in and out (mode 1004); answers to questions, of which we ask none. */
const FOCUS = /^\x1b\[[IO]$/;
const ANSWER = /^\x1b\[[?>].*$/;

export interface InputModes {
  /** A view, a prompt or the scrollback has the keys. */
  isScreens: boolean;
  /** DECCKM: the guest wants ESC O A for the arrow keys. */
  hasApplicationCursorKeys: boolean;
  /** The guest asked for bracketed paste. */
  hasBracketedPaste: boolean;
  /** The guest asked to be told of the focus. */
  hasFocusReports: boolean;
}

export class InputReader {
  private isPrefixed = false;
  private isPasting = false;
  private incomplete = '';
  /** Keeps UTF-8 sequences whole that are split over two reads. */
  private readonly decoder = new TextDecoder();

  /** Actions for one read from the terminal, in order. `modes` is asked for each key: the action before may have changed them. */
  *read(bytes: Uint8Array, modes: () => InputModes): Generator<InputAction, undefined> {
    const text = this.incomplete + this.decoder.decode(bytes, { stream: true });
    this.incomplete = INCOMPLETE.exec(text)?.[0] ?? '';
    const whole = text.slice(0, text.length - this.incomplete.length);
    let sent = '';
    for (const key of whole.match(KEY) ?? []) {
      const action = this.action(key, modes());
      if (action?.type === 'send') {
        sent += action.text;
      } else if (action) {
        if (sent !== '') yield { type: 'send', text: sent };
        sent = '';
        yield action;
      }
    }
    if (sent !== '') yield { type: 'send', text: sent };
    return undefined;
  }

  private action(key: string, modes: InputModes): InputAction | undefined {
    if (key === PASTE_START || key === PASTE_END) {
      this.isPasting = key === PASTE_START;
      if (modes.isScreens || !modes.hasBracketedPaste) return undefined;
      return { type: 'send', text: key };
    }
    if (this.isPasting) {
      return modes.isScreens ? { type: 'key', key } : { type: 'send', text: key };
    }
    if (MOUSE.test(key)) return { type: 'mouse', report: key };
    if (this.isPrefixed) {
      this.isPrefixed = false;
      return { type: 'command', key };
    }
    if (key === PREFIX) {
      this.isPrefixed = true;
      return { type: 'prefix' };
    }
    if (FOCUS.test(key)) {
      return modes.hasFocusReports ? { type: 'send', text: key } : undefined;
    }
    if (ANSWER.test(key)) return undefined;
    if (modes.isScreens) return { type: 'key', key };
    const text = modes.hasApplicationCursorKeys ? key.replace(CURSOR_KEY, '\x1bO$1') : key;
    return { type: 'send', text };
  }
}
