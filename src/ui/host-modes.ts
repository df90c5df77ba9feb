/** What the host's terminal has been told besides cells: its title, which reports it sends, the bell, the clipboard. */
import { clipboardSequence } from './clipboard.ts';
import { type MouseTracking, trackingChange } from './mouse.ts';
import type { HostCapabilities } from './screen/host-capabilities.ts';
import type { VirtualTerminal } from './virtual-terminal.ts';

/** Before the first frame: the alternate screen, bracketed paste; the title is kept on the terminal's stack. */
export function enterScreen(host: HostCapabilities): string {
  return `\x1b[?1049h\x1b[?2004h${host.hasStrings ? '\x1b[22;2t' : ''}`;
}

/** All that a guest or we may have changed, whatever it was, and the screen as it was before. */
export function leaveScreen(host: HostCapabilities): string {
  const strings = host.hasStrings ? '\x1b]8;;\x1b\\\x1b[23;2t' : '';
  const modes = [2026, 2004, 1004, 1003, 1002, 1000, 1006].map((mode) => `\x1b[?${mode}l`).join('');
  return `\x1b[m${strings}${modes}\x1b[0 q\x1b[?25h\x1b[?1049l`;
}

export class HostModes {
  private readonly host: HostCapabilities;
  private title = '';
  private tracking: MouseTracking = 'none';
  private hasFocusReports = false;
  private bells = 0;
  private clipboard: string | undefined;

  constructor(host: HostCapabilities) {
    this.host = host;
  }

  ring(): void {
    this.bells++;
  }

  copy(text: string): void {
    this.clipboard = text;
  }

  /** What has to be written for the host's terminal to be as the guest's wants it; '' if it is. */
  change(terminal: VirtualTerminal): string {
    let text = trackingChange(this.tracking, terminal.mouseTracking);
    this.tracking = terminal.mouseTracking;
    if (terminal.hasFocusReports !== this.hasFocusReports) {
      this.hasFocusReports = terminal.hasFocusReports;
      text += this.hasFocusReports ? '\x1b[?1004h' : '\x1b[?1004l';
    }
    // Many bells between two frames are one.
    if (this.bells > 0) text += '\x07';
    this.bells = 0;
    if (!this.host.hasStrings) return text;
    if (terminal.title !== this.title) {
      this.title = terminal.title;
      text += `\x1b]2;${this.title || 'hartix'}\x1b\\`;
    }
    if (this.clipboard !== undefined) text += clipboardSequence(this.clipboard);
    this.clipboard = undefined;
    return text;
  }
}
