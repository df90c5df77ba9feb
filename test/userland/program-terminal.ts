/** A native program of the userland in a pseudo-terminal, with a headless xterm as its screen. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import xterm from '@xterm/headless';
import { spawn } from 'node-pty';

const WAIT_MS = 10_000;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** A folder of this terminal's own: it is removed at the end. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class ProgramTerminal {
  readonly home: string;
  private readonly screen: xterm.Terminal;
  private readonly process: ReturnType<typeof spawn>;
  private exitCode: number | undefined;
  private changed: () => void = () => undefined;

  /** `bin` is the folder of the native build's commands. */
  constructor(bin: string, command: string, args: string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24 } = options;
    this.home = options.cwd ?? fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-terminal-'));
    this.screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const env = {
      PATH: bin,
      HOME: this.home,
      TERM: 'xterm-256color',
      PS1: '$ ',
      LC_ALL: 'C.UTF-8',
    };
    this.process = spawn(path.join(bin, command), args, {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd: this.home,
      env: { ...env, ...options.env },
    });
    this.screen.onData((data) => this.process.write(data));
    this.process.onData((data) => this.screen.write(data, () => this.changed()));
    this.process.onExit(({ exitCode }) => {
      this.exitCode = exitCode;
      this.changed();
    });
  }

  type(keys: string): void {
    this.process.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.process.resize(columns, rows);
  }

  /** The lines of the screen, without blanks at their ends and empty lines at the bottom. */
  lines(): string[] {
    const buffer = this.screen.buffer.active;
    const lines = Array.from(
      { length: this.screen.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '',
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  cursor(): { readonly row: number; readonly column: number } {
    return { row: this.screen.buffer.active.cursorY, column: this.screen.buffer.active.cursorX };
  }

  /** Resolves when the screen fulfils the condition; rejects with the screen after 10 s. */
  until(condition: (lines: string[]) => boolean): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.changed = () => undefined;
        reject(new Error(`the screen stays:\n${this.lines().join('\n')}`));
      }, WAIT_MS);
      const check = (): void => {
        if (!condition(this.lines())) return;
        clearTimeout(timer);
        this.changed = () => undefined;
        resolve(this.lines());
      };
      this.changed = check;
      check();
    });
  }

  /** Types, and resolves when the screen's text matches. */
  async see(keys: string, pattern: RegExp): Promise<string[]> {
    this.type(keys);
    return this.until((lines) => pattern.test(lines.join('\n')));
  }

  async exit(): Promise<number> {
    await this.until(() => this.exitCode !== undefined);
    return this.exitCode ?? -1;
  }

  /** Sends the program a signal, as SIGHUP. */
  signal(name: string): void {
    this.process.kill(name);
  }

  close(): void {
    if (this.exitCode === undefined) this.process.kill('SIGKILL');
    this.screen.dispose();
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}
