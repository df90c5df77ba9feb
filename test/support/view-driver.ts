/** Hartix's screen in a real pty at 80x24, and what a user does there with views and the shell. */
import { join } from 'node:path';
import { TerminalDriver } from './terminal.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
export const VIEW_PREFIX = '\x01';
export const VIEW_TIMEOUT_MS = 60_000;

export class ViewDriver {
  readonly screen = new TerminalDriver(process.execPath, [CLI], { rows: 24, columns: 80 });

  /** Resolves when the shell has its prompt. */
  static async start(): Promise<ViewDriver> {
    const views = new ViewDriver();
    await views.screen.waitFor(/#\s*$/m, VIEW_TIMEOUT_MS);
    return views;
  }

  async end(): Promise<void> {
    this.screen.type(`${VIEW_PREFIX}q`);
    await this.screen.exit;
  }

  async open(key: string, title: RegExp): Promise<void> {
    this.screen.type(VIEW_PREFIX + key);
    await this.screen.waitFor(title, VIEW_TIMEOUT_MS);
  }

  /** The view goes, the shell has the keys and the screen. */
  async close(): Promise<void> {
    this.screen.type('q');
    await this.screen.waitFor(/\^A \? keys/, VIEW_TIMEOUT_MS);
  }

  shell(line: string, answer: RegExp): Promise<RegExpExecArray> {
    this.screen.type(`${line}\r`);
    return this.screen.waitFor(answer, VIEW_TIMEOUT_MS);
  }
}
