/** The host's terminal in raw mode, restored whatever happens. */

export interface RawTerminal {
  /** What draws on the screen ends that in this, before the modes are reset. */
  stopDrawing: () => void;
  /** Continued after a stop: what was on the screen may be gone. */
  onContinue: () => void;
  restore(): void;
}

/** Signals that end us, and the exit statuses that a shell gives for them. */
const ENDINGS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/**
 * Make standard input raw. `leave` is written when it is given back: what undoes the modes that were set meanwhile. That is at
 * the latest when the process exits, by an exception or a signal as well. restore() may be called more than once.
 */
export function takeTerminal(leave: string): RawTerminal {
  const { stdin, stdout } = process;
  let isTaken = true;
  const setRaw = (isRaw: boolean) => {
    if (stdin.isTTY) stdin.setRawMode(isRaw);
  };
  const onSignal = (signal: keyof typeof ENDINGS) => {
    restore();
    process.exit(ENDINGS[signal]);
  };
  const onContinued = () => {
    // The shell that we were stopped under has its own modes.
    setRaw(false);
    setRaw(true);
    terminal.onContinue();
  };
  const terminal: RawTerminal = {
    stopDrawing: () => undefined,
    onContinue: () => undefined,
    restore,
  };
  function restore(): void {
    if (!isTaken) return;
    isTaken = false;
    terminal.stopDrawing();
    setRaw(false);
    stdin.pause();
    if (leave !== '') stdout.write(leave);
    process.off('exit', restore);
    process.off('uncaughtExceptionMonitor', restore);
    process.off('SIGCONT', onContinued);
    for (const signal of Object.keys(ENDINGS)) process.off(signal, onSignal);
  }
  process.on('exit', restore);
  // Before Node prints the error: on the screen that is left it could not be read.
  process.on('uncaughtExceptionMonitor', restore);
  process.on('SIGCONT', onContinued);
  for (const signal of Object.keys(ENDINGS)) process.on(signal, onSignal);
  setRaw(true);
  return terminal;
}

/** Current size of the host's terminal; 24x80 if there is none. */
export function terminalSize(): { rows: number; columns: number } {
  return { rows: process.stdout.rows || 24, columns: process.stdout.columns || 80 };
}
