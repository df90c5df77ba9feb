/** Bytes typed at the host's terminal, sorted into bytes for the guest and commands for the screen. */

/** The prefix key, ^A: the next key is a command. Twice sends it to the guest. */
const PREFIX = '\x01';

export type Panel = 'processes' | 'memory' | 'translator' | 'interrupts' | 'help';

export type InputAction =
  | { type: 'send'; text: string }
  | { type: 'prefix' }
  | { type: 'panel'; panel: Panel }
  | { type: 'close' }
  | { type: 'move'; lines: number }
  | { type: 'scroll'; lines: number }
  | { type: 'monitor' }
  | { type: 'quit' }
  | { type: 'unknown' };

/** Keys after the prefix. */
const COMMANDS: Readonly<Record<string, InputAction>> = {
  p: { type: 'panel', panel: 'processes' },
  m: { type: 'panel', panel: 'memory' },
  t: { type: 'panel', panel: 'translator' },
  i: { type: 'panel', panel: 'interrupts' },
  '?': { type: 'panel', panel: 'help' },
  h: { type: 'panel', panel: 'help' },
  c: { type: 'monitor' },
  '[': { type: 'scroll', lines: -10 },
  q: { type: 'quit' },
  x: { type: 'quit' },
  '\x01': { type: 'send', text: '\x01' },
  a: { type: 'send', text: '\x01' },
};

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const PAGE_LINES = 10;
/** One key: an escape sequence (ECMA-48, 5.4) or a character. */
const KEY = /\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|[\s\S]/gu;

/** Keys while a panel is open or the view is scrolled back. */
function panelKey(text: string): InputAction {
  switch (text) {
    case '\x1b[A':
    case '\x1bOA':
    case 'k':
      return { type: 'move', lines: -1 };
    case '\x1b[B':
    case '\x1bOB':
    case 'j':
      return { type: 'move', lines: 1 };
    case '\x1b[5~':
    case 'b':
      return { type: 'move', lines: -PAGE_LINES };
    case '\x1b[6~':
    case ' ':
      return { type: 'move', lines: PAGE_LINES };
    case 'q':
    case '\x1b':
    case '\r':
    case '\x03':
      return { type: 'close' };
    default:
      return COMMANDS[text] ?? { type: 'unknown' };
  }
}

export interface InputModes {
  /** A panel or the scrollback has the keys. */
  isPanelOpen: boolean;
  /** DECCKM: the guest wants ESC O A for the arrow keys. */
  hasApplicationCursorKeys: boolean;
  /** The guest asked for bracketed paste. */
  hasBracketedPaste: boolean;
}

export class InputReader {
  private isPrefixed = false;
  /** Keeps UTF-8 sequences whole that are split over two reads. */
  private readonly decoder = new TextDecoder();

  /** Actions for one read from the terminal, in order. */
  read(bytes: Uint8Array, modes: InputModes): InputAction[] {
    const text = this.decoder.decode(bytes, { stream: true });
    const actions: InputAction[] = [];
    let plain = '';
    for (const key of text.match(KEY) ?? []) {
      if (this.isPrefixed) {
        this.isPrefixed = false;
        actions.push(COMMANDS[key] ?? { type: 'unknown' });
      } else if (key === PREFIX) {
        if (plain !== '') actions.push(this.forGuest(plain, modes));
        plain = '';
        this.isPrefixed = true;
        actions.push({ type: 'prefix' });
      } else if (modes.isPanelOpen) actions.push(panelKey(key));
      else plain += key;
    }
    if (plain !== '') actions.push(this.forGuest(plain, modes));
    return actions;
  }

  private forGuest(text: string, modes: InputModes): InputAction {
    let result = text;
    if (!modes.hasBracketedPaste)
      result = result.replaceAll(PASTE_START, '').replaceAll(PASTE_END, '');
    if (modes.hasApplicationCursorKeys) {
      result = result.replace(/\x1b\[([ABCDHF])/g, '\x1bO$1');
    }
    return { type: 'send', text: result };
  }
}
