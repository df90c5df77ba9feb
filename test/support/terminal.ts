/** Drives a command through a real pty and reads its screen as a person would: through a terminal emulator. */
import xterm, { type IBufferCell } from '@xterm/headless';
import { spawn } from 'node-pty';
import { characterWidths } from '../../src/ui/character-widths.ts';

const POLL_MS = 20;

export class TerminalDriver {
  readonly exit: Promise<number>;
  private readonly pty: ReturnType<typeof spawn>;
  private readonly screen: xterm.Terminal;
  private all = '';

  constructor(command: string, args: string[], size: { rows: number; columns: number }) {
    this.screen = new xterm.Terminal({
      rows: size.rows,
      cols: size.columns,
      allowProposedApi: true,
    });
    this.screen.unicode.register(characterWidths);
    this.screen.unicode.activeVersion = characterWidths.version;
    this.pty = spawn(command, args, {
      rows: size.rows,
      cols: size.columns,
      name: 'xterm-256color',
      // Ink draws nothing interactive where it believes to be in continuous integration.
      env: { ...process.env, TERM: 'xterm-256color', CI: 'false' },
    });
    this.pty.onData((data) => {
      this.all += data;
      this.screen.write(data);
    });
    this.exit = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
    });
  }

  get pid(): number {
    return this.pty.pid;
  }

  type(text: string): void {
    this.pty.write(text);
  }

  resize(size: { rows: number; columns: number }): void {
    this.screen.resize(size.columns, size.rows);
    this.pty.resize(size.columns, size.rows);
  }

  /** The visible lines without trailing blanks. */
  text(): string {
    const { active } = this.screen.buffer;
    return Array.from({ length: this.screen.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  }

  /** The cells of the visible lines, with their attributes. */
  cells(): IBufferCell[][] {
    const { active } = this.screen.buffer;
    return Array.from({ length: this.screen.rows }, (_, y) => {
      const line = active.getLine(active.baseY + y);
      return Array.from({ length: this.screen.cols }, (_unused, x) => line?.getCell(x)).filter(
        (cell) => cell !== undefined,
      );
    });
  }

  /** Everything that was written, control sequences included. */
  get output(): string {
    return this.all;
  }

  /** Wait until the screen matches; the error shows the screen. */
  async waitFor(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.text());
      if (match) return match;
      if (performance.now() > end) throw new Error(`no ${pattern} on the screen:\n${this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  kill(signal = 'SIGKILL'): void {
    this.pty.kill(signal);
  }
}
