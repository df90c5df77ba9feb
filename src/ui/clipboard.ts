/** OSC 52: what the guest wants in the user's clipboard. Never what is in it: questions are not answered. */
import type xterm from '@xterm/headless';

const MAX_BYTES = 100_000;
/** `selection;base64`; a question mark would ask for the contents. */
const WRITE = /^[cps0-7]*;([A-Za-z0-9+/]*={0,2})$/;

/** The sequence that makes a terminal take `text` into its clipboard. */
export function clipboardSequence(text: string): string {
  return `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x1b\\`;
}

export class ClipboardWrites {
  /** Called with the text, where the user has allowed it. */
  onWrite: (text: string) => void = () => undefined;

  constructor({ parser }: xterm.Terminal) {
    parser.registerOscHandler(52, (data) => {
      const [, base64] = WRITE.exec(data) ?? [];
      if (base64 === undefined || base64.length > (MAX_BYTES * 4) / 3) return true;
      this.onWrite(Buffer.from(base64, 'base64').toString('utf8'));
      return true;
    });
  }
}
