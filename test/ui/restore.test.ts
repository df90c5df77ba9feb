/** The terminal as it was before, however `hartix` ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const SIZE = { rows: 24, columns: 80 };
/** A host that is busy elsewhere takes its time to start a machine. */
const START_MS = 60_000;

let folder = '';
let driver: TerminalDriver | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hartix-restore-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => driver?.kill());

/** The shell notes the settings of its terminal, runs the command, which says its pid in a file, and compares. */
function shell(command: string): TerminalDriver {
  const script = [
    'stty -a > before',
    command,
    'echo "[status $?]"',
    'stty -a > after; cmp before after && echo "[same settings]"',
  ];
  writeFileSync(join(folder, 'script'), script.join('\n'));
  driver = new TerminalDriver('/bin/sh', ['-c', `cd ${folder} && . ./script`], SIZE);
  return driver;
}

/** Modes that were set and not reset, by their number. */
function modesLeft(output: string): number[] {
  const isSet = new Map<number, boolean>();
  for (const [, list = '', final] of output.matchAll(/\x1b\[\?([0-9;]+)([hl])/g)) {
    for (const mode of list.split(';')) isSet.set(Number(mode), final === 'h');
  }
  // The cursor is what terminals have on.
  return [...isSet].filter(([mode, on]) => on !== (mode === 25)).map(([mode]) => mode);
}

function expectRestored(terminal: TerminalDriver): void {
  expect(modesLeft(terminal.output)).toEqual([]);
  // What our shell prints then has no attribute; the last link is none, and the shape of the cursor the terminal's own.
  const row = terminal.cells().find((cells) =>
    cells
      .map((cell) => cell.getChars())
      .join('')
      .startsWith('[status '),
  );
  expect(row?.every((cell) => cell.isAttributeDefault())).toBe(true);
  const ours = terminal.output.slice(0, terminal.output.indexOf('[status '));
  const last = (pattern: RegExp) => [...ours.matchAll(pattern)].at(-1)?.[1];
  expect(last(/\x1b\]8;([^\x07\x1b]*)/g) ?? ';').toBe(';');
  expect(last(/\x1b\[(\d*) q/g) ?? '').toMatch(/^0?$/);
  expect(terminal.output.slice(terminal.output.lastIndexOf('\x1b[?1049l'))).not.toMatch(/\x1b\[2J/);
}

test.each([
  ['HUP', 129],
  ['INT', 130],
  ['QUIT', 131],
  ['TERM', 143],
])('SIG%s', async (signal, status) => {
  const terminal = shell(`sh -c 'echo $$ > pid; exec ${process.execPath} ${CLI}'`);
  await terminal.waitFor(/root@hartix:~#/, START_MS);
  // A guest that has asked for the mouse, the focus, a cursor of its own, colours and a link that never ends.
  terminal.type(
    "printf '\\033[?1003;1006h\\033[?1004h\\033[5 q\\033[7;31m\\033]8;;http://x.y/\\007\\033[?25l\\033]2;mine\\007ready'\r",
  );
  await terminal.waitFor(/ready/, START_MS);
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), `SIG${signal}`);
  await terminal.waitFor(new RegExp(`\\[status ${status}\\]`), START_MS);
  await terminal.waitFor(/\[same settings\]/);
  expectRestored(terminal);
});

test('an exception is printed on the screen that was there before', async () => {
  const bad = join(folder, 'bad.mjs');
  // Thrown from a timer, as a bug would be.
  writeFileSync(bad, "process.on('SIGUSR2', () => { throw new Error('a bug'); });");
  const terminal = shell(`sh -c 'echo $$ > pid; exec ${process.execPath} --import ${bad} ${CLI}'`);
  await terminal.waitFor(/root@hartix:~#/, START_MS);
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGUSR2');
  await terminal.waitFor(/Error: a bug/, START_MS);
  await terminal.waitFor(/\[same settings\]/);
  expectRestored(terminal);
});

test('NO_COLOR: whatever the guest prints in colours, none is written; attributes are', async () => {
  const colours =
    "printf '\\033[1;31mred\\033[38;5;200;48;2;1;2;3mmore\\033[0m done''1\\n'; ls --color=always /";
  const printed = async (environment: string): Promise<string> => {
    const terminal = shell(`${environment} TERM=xterm-256color ${process.execPath} ${CLI}`);
    await terminal.waitFor(/root@hartix:~#/, START_MS);
    terminal.type(`${colours}\r`);
    await terminal.waitFor(/done1[\s\S]*usr/, START_MS);
    terminal.type('exit\r');
    await terminal.waitFor(/\[same settings\]/, START_MS);
    return terminal.output;
  };
  const isColour = /\x1b\[[0-9;:]*(?<![0-9])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;:m]/;
  const plain = await printed('NO_COLOR=1');
  expect(plain).not.toMatch(isColour);
  expect(plain).toMatch(/\x1b\[(?:0;)?1m/);
  expect(await printed('NO_COLOR=')).toMatch(isColour);
});

test('the end of the shell, and the key that ends everything', async () => {
  const byShell = shell(`${process.execPath} ${CLI}`);
  await byShell.waitFor(/root@hartix:~#/, START_MS);
  byShell.type('exit 3\r');
  await byShell.waitFor(/\[status 3\]/, START_MS);
  await byShell.waitFor(/\[same settings\]/);
  expectRestored(byShell);
  const byKey = shell(`${process.execPath} ${CLI}`);
  await byKey.waitFor(/root@hartix:~#/, START_MS);
  byKey.type('\x01q');
  await byKey.waitFor(/\[status 130\]/, START_MS);
  await byKey.waitFor(/\[same settings\]/);
  expectRestored(byKey);
});

test('after SIGKILL the words of the README put it right', async () => {
  const terminal = shell(
    `sh -c 'echo $$ > pid; exec ${process.execPath} ${CLI}'; stty sane; stty -a > sane`,
  );
  await terminal.waitFor(/root@hartix:~#/, START_MS);
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  // In the middle of our screen: nobody has left it.
  await terminal.waitFor(/\[status \d+\]/, START_MS);
  const sane = readFileSync(join(folder, 'sane'), 'utf8');
  expect(sane).toMatch(/(^|\s)icanon/);
  expect(sane).toMatch(/(^|\s)echo(\s|;)/);
});
