/**
 * The screen's memory: what is printed or redrawn without end costs none. At the end the process has at most MOST_GROWTH of what
 * it had at a fifth.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WAIT_MS = 60_000;
const RUNS = 5;
const MOST_GROWTH = 1.05;
/**
 * Where something new gets hot, the translator's compiler (binaryen) is loaded: 45 to 60 MB, once, whenever that is. A session leaves
 * its translations in the cache, so that the next one has none to make: that is the one that is measured.
 */
const SESSIONS = 3;
/** Not all of its jumps are explained: 223 229 236 237 238 MiB once, beside other tests and with nothing translated yet. */
const LIMITS = { timeout: 2 * SESSIONS * WAIT_MS, retry: 2 };

let driver: TerminalDriver | undefined;
afterEach(() => driver?.kill());

async function open(...options: string[]): Promise<TerminalDriver> {
  driver = new TerminalDriver(process.execPath, [CLI, ...options], { rows: 24, columns: 80 });
  await driver.waitFor(/root@hartix:~#/, WAIT_MS);
  return driver;
}

/** MiB. */
function residentSize(terminal: TerminalDriver): number {
  const status = readFileSync(`/proc/${terminal.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** What the process has after each of so many runs of the command, in one session. */
async function courseOf(terminal: TerminalDriver, command: string, runs: number) {
  const sizes: number[] = [];
  for (let run = 1; run <= runs; run++) {
    terminal.type(`${command}; echo run''${run}.\r`);
    await terminal.waitFor(new RegExp(`run${run}\\.`), WAIT_MS);
    sizes.push(residentSize(terminal));
  }
  return sizes;
}

/** Whether this session had to translate anything. */
async function hasTranslated(terminal: TerminalDriver): Promise<boolean> {
  terminal.type("clear; grep translateMs: /proc/jit; echo asked''.\r");
  const [, ms] = await terminal.waitFor(/translateMs: +(\d+)[\s\S]*asked\./, WAIT_MS);
  return Number(ms) > 0;
}

/** As courseOf; `prepare` is typed before. */
async function settledCourse(options: string[], prepare: string, command: string) {
  for (let session = 1; ; session++) {
    const terminal = await open(...options);
    terminal.type(`${prepare}\r`);
    const sizes = await courseOf(terminal, command, RUNS);
    if (session === SESSIONS || !(await hasTranslated(terminal))) return sizes;
    const { exit } = terminal;
    terminal.type('exit\r');
    await exit;
  }
}

/** The first is the size at a fifth. */
function expectLevel(sizes: readonly number[]): void {
  const [fifth = 0, end = 0] = [sizes[0], sizes.at(-1)];
  const course = sizes.map((size) => size.toFixed(0)).join(' ');
  expect(end / fifth, `MiB: ${course}`).toBeLessThanOrEqual(MOST_GROWTH);
}

test.skipIf(process.platform !== 'linux')('cat of 50 MB to the screen', LIMITS, async () => {
  const file = "yes 'a line of text with numbers, 0123456789' | head -c 1000000 > m";
  expectLevel(await settledCourse([], file, 'cat m m m m m m m m m m'));
});

test.skipIf(process.platform !== 'linux')('top for an hour of virtual time', LIMITS, async () => {
  expectLevel(await settledCourse(['--deterministic'], '', 'top -d 1 -n 720'));
});
