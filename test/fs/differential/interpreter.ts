/** operations.c as a process: lines in, as many lines out. */
import type { Readable, Writable } from 'node:stream';

export class Interpreter {
  private readonly input: Writable;
  private readonly lines: string[] = [];
  private rest = '';
  private wake: (() => void) | undefined;
  private hasEnded = false;

  constructor(input: Writable, output: Readable) {
    this.input = input;
    output.setEncoding('latin1');
    output.on('data', (text: string) => {
      const parts = (this.rest + text).split('\n');
      this.rest = parts.pop() ?? '';
      this.lines.push(...parts);
      this.wake?.();
    });
    output.on('close', () => {
      this.hasEnded = true;
      this.wake?.();
    });
  }

  /** The results of a script in a folder of its own, and then what the folder holds. Throws if the process ends. */
  async run(script: readonly string[]): Promise<string[]> {
    const all = ['start', ...script, 'finish'];
    this.input.write(`${all.join('\n')}\n`);
    while (this.lines.length < all.length) {
      if (this.hasEnded) throw new Error(`ended behind ${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.lines.splice(0, all.length);
  }
}
