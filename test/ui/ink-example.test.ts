/** The example of hartix/ink and README's program, as their user runs them: the package by its name, the built parts of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 60_000;
let folder: string;

beforeAll(() => {
  // Inside the package, which finds itself by its name.
  folder = mkdtempSync(join(ROOT, 'build/ink-example-'));
});

async function start(entry: string, rows: number): Promise<TerminalDriver> {
  const outfile = join(folder, 'app.js');
  await build({ entryPoints: [entry], outfile, format: 'esm', jsx: 'automatic' });
  return new TerminalDriver(process.execPath, [outfile], { rows, columns: 160 });
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the console and a view side by side, each with its keys', async () => {
  const screen = await start(join(ROOT, 'examples/ink-terminal/app.tsx'), 30);
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

test("README's program", async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const entry = join(folder, 'readme.tsx');
  writeFileSync(entry, /^```tsx\n(.*?)^```/ms.exec(readme)?.[1] ?? '');
  const screen = await start(entry, 25);
  await screen.waitFor(/hartix:~#/, TIMEOUT_MS);
  await screen.waitFor(/Scheduler/, TIMEOUT_MS);
  screen.type('echo half $((40 + 2))\r');
  await screen.waitFor(/^half 42/m, TIMEOUT_MS);
  screen.type('poweroff\r');
  expect(await screen.exit).toBe(0);
});
