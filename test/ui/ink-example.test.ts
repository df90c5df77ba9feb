/** The example of hartix/ink as its user runs it: the package by its name, the built parts of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 60_000;
let folder: string;
let screen: TerminalDriver;

beforeAll(async () => {
  // Inside the package, which finds itself by its name.
  folder = mkdtempSync(join(ROOT, 'build/ink-example-'));
  const outfile = join(folder, 'app.js');
  await build({
    entryPoints: [join(ROOT, 'examples/ink-terminal/app.tsx')],
    outfile,
    format: 'esm',
    jsx: 'automatic',
  });
  screen = new TerminalDriver(process.execPath, [outfile], { rows: 30, columns: 160 });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the console and a view side by side, each with its keys', async () => {
  await screen.waitFor(/hartix:~#/, TIMEOUT_MS);
  screen.type('echo half $((40 + 2))\r');
  await screen.waitFor(/^half 42/m, TIMEOUT_MS);
  await screen.waitFor(/Processes \(\d+\), by tree/, TIMEOUT_MS);
  await screen.waitFor(/k signal {2}s sort {2}\/ filter {2}Tab next view/, TIMEOUT_MS);
  screen.type('\x14');
  // Ink takes keys that come together for one input, which the example's useInput does not know: so one for each look.
  const shown = /(Memory map|Files and pipes|System calls) of/;
  let looks = 0;
  await expect
    .poll(
      () => {
        if (looks++ > 0 && !shown.test(screen.text())) screen.type('\t');
        return screen.text();
      },
      { timeout: TIMEOUT_MS, interval: 2000 },
    )
    .toMatch(shown);
  screen.type('\x18');
  expect(await screen.exit).toBe(0);
});
