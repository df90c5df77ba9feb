/** The views of the machine below the kernel, in a real pty at 80x24: translator, pause and step. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const PREFIX = '\x01';
const SIZE = { rows: 24, columns: 80 };
const TIMEOUT_MS = 60_000;

let screen: TerminalDriver;

beforeAll(async () => {
  screen = new TerminalDriver(process.execPath, [CLI], SIZE);
  await screen.waitFor(/#\s*$/m, TIMEOUT_MS);
});

afterAll(async () => {
  screen.type(`${PREFIX}q`);
  await screen.exit;
});

async function open(key: string, title: RegExp): Promise<void> {
  screen.type(PREFIX + key);
  await screen.waitFor(title, TIMEOUT_MS);
}

/** The view goes, the shell has the keys and the screen. */
async function close(): Promise<void> {
  screen.type('q');
  await screen.waitFor(/\^A \? keys/, TIMEOUT_MS);
}

async function shell(line: string, answer: RegExp): Promise<RegExpExecArray> {
  screen.type(`${line}\r`);
  return screen.waitFor(answer, TIMEOUT_MS);
}

test('translator: instructions beside their wasm', async () => {
  await shell('clear; yes >/dev/null & echo busy', /^busy$/m);
  await open('t', /Translator: hot regions/);
  await screen.waitFor(/\d+\.\d% [█░]{12} +0x[0-9a-f]+ +\d+ \/(usr\/)?bin/, TIMEOUT_MS);
  screen.type('\r');
  await screen.waitFor(/0x[0-9a-f]+ {2}\w+.* │ +\(/, TIMEOUT_MS);
  await close();
  await shell('clear; pkill yes; echo quiet', /^quiet$/m);
});

test('break: pause, step and slow motion', async () => {
  await shell('clear; while :; do :; done & echo busy', /^busy$/m);
  await open('b', /runs at full speed/);
  screen.type(' ');
  const before = await screen.waitFor(/sh\[\d+\]: paused, (\d+) instructions/, TIMEOUT_MS);
  screen.type('s');
  const after = await screen.waitFor(
    new RegExp(`paused, (${Number(before[1]) + 1}) instructions`),
    TIMEOUT_MS,
  );
  expect(Number(after[1])).toBe(Number(before[1]) + 1);
  expect(screen.text()).toMatch(/^│ > +0x[0-9a-f]+ {2}\w+/m);
  expect(screen.text()).toMatch(/ sp [0-9a-f]+$/m);
  screen.type('m');
  await screen.waitFor(/slow motion, 10 instructions a second/, TIMEOUT_MS);
  screen.type('r');
  await screen.waitFor(/runs at full speed/, TIMEOUT_MS);
  await close();
  await shell('clear; kill $!; echo still alive', /^still alive$/m);
});
