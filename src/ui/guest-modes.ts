/** Modes of the guest's terminal that xterm's headless build keeps to itself, seen on their way in. */
import type xterm from '@xterm/headless';
import type { MouseEncoding } from './mouse.ts';

type Parameters = readonly (number | number[])[];

/** DEC private modes. */
const CURSOR_VISIBLE = 25;
const SGR_MOUSE = 1006;
const URXVT_MOUSE = 1015;
const MAX_SHAPE = 6;

export class GuestModes {
  isCursorVisible = true;
  /** DECSCUSR; 0: the terminal's own. */
  cursorShape = 0;
  mouseEncoding: MouseEncoding = 'default';

  constructor({ parser }: xterm.Terminal) {
    // false: xterm's own handler comes next.
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (parameters) =>
      this.set(parameters, true),
    );
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (parameters) =>
      this.set(parameters, false),
    );
    parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, ([shape]) => {
      this.cursorShape = typeof shape === 'number' && shape <= MAX_SHAPE ? shape : 0;
      return false;
    });
    // RIS and DECSTR.
    parser.registerEscHandler({ final: 'c' }, () => this.reset());
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.reset());
  }

  private set(parameters: Parameters, isOn: boolean): false {
    for (const mode of parameters) {
      if (mode === CURSOR_VISIBLE) this.isCursorVisible = isOn;
      else if (mode === SGR_MOUSE) this.mouseEncoding = isOn ? 'sgr' : 'default';
      else if (mode === URXVT_MOUSE) this.mouseEncoding = isOn ? 'urxvt' : 'default';
    }
    return false;
  }

  private reset(): false {
    this.isCursorVisible = true;
    this.cursorShape = 0;
    this.mouseEncoding = 'default';
    return false;
  }
}
