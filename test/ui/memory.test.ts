/**
 * The screen's memory: what is printed or redrawn without end costs none. V8 makes its young generation larger in steps, whatever
 * is done, so that is kept small here; README.md of src/ui has the course without. A leak of a byte for each byte printed is found.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WAIT_MS = 60_000;
const MOST_GROWTH_MIB = 40;
const NODE_OPTIONS = ['--max-semi-space-size=2'];

let driver: TerminalDriver | undefined;
afterEach(() => driver?.kill());

async function open(...options: string[]): Promise<TerminalDriver> {
  driver = new TerminalDriver(process.execPath, [...NODE_OPTIONS, CLI, ...options], {
    rows: 24,
    columns: 80,
  });
  await driver.waitFor(/root@hartix:~#/, WAIT_MS);
  return driver;
}

/** MiB. */
function residentSize(terminal: TerminalDriver): number {
  const status = readFileSync(`/proc/${terminal.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** What the process has after each of so many runs of the command. */
async function courseOf(terminal: TerminalDriver, command: string, runs: number) {
  const sizes: number[] = [];
  for (let run = 1; run <= runs; run++) {
    terminal.type(`${command}; echo run''${run}.\r`);
    await terminal.waitFor(new RegExp(`run${run}\\.`), WAIT_MS);
    sizes.push(residentSize(terminal));
  }
  return sizes;
}

function expectLevel(sizes: readonly number[]): void {
  const [start = 0, end = 0] = [sizes[0], sizes.at(-1)];
  const course = sizes.map((size) => size.toFixed(0)).join(' ');
  expect(end - start, `MiB: ${course}`).toBeLessThan(MOST_GROWTH_MIB);
}

test.skipIf(process.platform !== 'linux')(
  'cat of 60 MB to the screen',
  async () => {
    const terminal = await open();
    terminal.type("yes 'a line of text with numbers, 0123456789' | head -c 1000000 > m\r");
    const sizes = await courseOf(terminal, 'cat m m m m m m m m m m', 6);
    expectLevel(sizes);
  },
  2 * WAIT_MS,
);

test.skipIf(process.platform !== 'linux')(
  'top for ten minutes of virtual time',
  async () => {
    const terminal = await open('--deterministic');
    const sizes = await courseOf(terminal, 'top -d 1 -n 120', 5);
    expectLevel(sizes);
  },
  2 * WAIT_MS,
);
