/** The host's terminal in raw mode, restored whatever happens. */

/** Resets attributes, leaves the alternate screen, shows the cursor, ends bracketed paste and mouse reporting. */
const RESTORE = '\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?2004l\x1b[?1000l\x1b[?1006l';

export interface RawTerminal {
  /** What draws on the screen leaves it through this, before the modes are reset. */
  leaveScreen: () => void;
  restore(): void;
}

/** Make standard input raw. `resetScreen`: the screen was taken over too. restore() may be called more than once. */
export function takeTerminal(resetScreen: boolean): RawTerminal {
  const { stdin, stdout } = process;
  let isTaken = true;
  const terminal: RawTerminal = { leaveScreen: () => undefined, restore };
  function restore(): void {
    if (!isTaken) return;
    isTaken = false;
    terminal.leaveScreen();
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    if (resetScreen) stdout.write(RESTORE);
    process.off('exit', restore);
  }
  process.on('exit', restore);
  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      restore();
      process.exit(status);
    });
  }
  if (stdin.isTTY) stdin.setRawMode(true);
  return terminal;
}

/** Current size of the host's terminal; 24x80 if there is none. */
export function terminalSize(): { rows: number; columns: number } {
  return { rows: process.stdout.rows || 24, columns: process.stdout.columns || 80 };
}
