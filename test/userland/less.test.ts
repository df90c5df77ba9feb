/** less in a pseudo-terminal: what is on the screen, key by key. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal } from './program-terminal.ts';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
const bottom = (text: RegExp) => (lines: string[]) => text.test(lines.at(-1) ?? '');

let bin = '';
let terminal: ProgramTerminal | undefined;

/** A shell command line with less in it, on a screen of 80x10. */
function open(command: string, files: Record<string, string> = {}): ProgramTerminal {
  const folder = fs.mkdtempSync('/tmp/hartix-less-');
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  terminal = new ProgramTerminal(bin, 'sh', ['-c', command], { rows: 10, cwd: folder });
  return terminal;
}

describe.skipIf(process.platform !== 'linux')('less', () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterEach(() => terminal?.close());

  it('moves through a pipe', async () => {
    const less = open('seq 1 100 | less');
    expect(await less.until(bottom(/^:/))).toEqual([...numbers(1, 9), ':']);
    less.type(' ');
    expect((await less.until((lines) => lines[0] === '10')).slice(0, 9)).toEqual(numbers(10, 18));
    less.type('jj');
    await less.until((lines) => lines[0] === '12');
    less.type('kb');
    await less.until((lines) => lines[0] === '2');
    less.type('G');
    expect(await less.until(bottom(/END/))).toEqual([...numbers(92, 100), '(END)']);
    less.type('50g');
    await less.until((lines) => lines[0] === '50');
    less.type('g');
    await less.until((lines) => lines[0] === '1');
    less.type('q');
    expect(await less.exit()).toBe(0);
  });

  it('shows only the lines that match, and all again', async () => {
    const less = open('seq 1 100 | less');
    await less.until(bottom(/^:/));
    less.type('&9$\r');
    expect((await less.until((lines) => lines[1] === '19')).slice(0, 9)).toEqual(
      Array.from({ length: 9 }, (_, index) => String(9 + 10 * index)),
    );
    less.type('&!1|3\r');
    await less.until((lines) => lines[0] === '2' && lines[1] === '4');
    less.type('&(\r');
    await less.until(bottom(/./));
    less.type('&\r');
    expect((await less.until((lines) => lines[1] === '2')).slice(0, 3)).toEqual(['1', '2', '3']);
  });

  it('follows a file that grows', async () => {
    const less = open('less +F a; cat a', { a: 'one\n' });
    await less.until(bottom(/Waiting for data/));
    fs.appendFileSync(path.join(less.home, 'a'), 'two\n');
    await less.until((lines) => lines[1] === 'two');
    less.type('x');
    await less.until(bottom(/END/));
  });

  it('searches both ways and shows matches', async () => {
    const less = open('less f', { f: numbers(1, 200).join('\n') });
    await less.until((lines) => lines[0] === '1');
    less.type('/5$\r');
    await less.until((lines) => lines[0] === '5');
    less.type('n');
    await less.until((lines) => lines[0] === '15');
    less.type('N');
    await less.until((lines) => lines[0] === '5');
    less.type('G?11\r');
    await less.until((lines) => lines[0] === '119');
    less.type('/nothing\r');
    await less.until(bottom(/Pattern not found/));
    less.type('q');
    expect(await less.exit()).toBe(0);
  });

  it('wraps or cuts long lines, numbers them', async () => {
    const long = `${'x'.repeat(90)}y`;
    const less = open('less f', { f: `${long}\nsecond\n${numbers(1, 20).join('\n')}\n` });
    const wrapped = await less.until(bottom(/^:/));
    expect(wrapped.slice(0, 3)).toEqual(['x'.repeat(80), `${'x'.repeat(10)}y`, 'second']);
    less.type('-S');
    expect((await less.until(bottom(/-S is on/)))[1]).toBe('second');
    less.type('\x1b[C');
    await less.until((lines) => lines[0] === `${'x'.repeat(74)}y`);
    less.type('-N');
    await less.until((lines) => lines[1] === '      2 second');
    less.type('q');
    expect(await less.exit()).toBe(0);
  });

  it('follows the window, keeps the screen with -X, leaves at once with -F', async () => {
    const less = open('seq 1 100 | less -X; echo left; seq 1 3 | less -F');
    await less.until(bottom(/^:/));
    less.resize(40, 6);
    await less.until((lines) => lines.length === 6 && lines[4] === '5' && lines[5] === ':');
    less.type('q');
    expect(await less.until(bottom(/^3$/))).toEqual(['5', 'left', '1', '2', '3']);
    expect(await less.exit()).toBe(0);
  });

  it('goes from file to file', async () => {
    const less = open('less a b', { a: 'in a\n', b: 'in b\n' });
    await less.until((lines) => lines[0] === 'in a');
    less.type(':n');
    await less.until((lines) => lines[0] === 'in b');
    less.type(':n');
    await less.until(bottom(/No next file/));
    less.type(':p');
    await less.until((lines) => lines[0] === 'in a');
    less.type('q');
    expect(await less.exit()).toBe(0);
  });
});
