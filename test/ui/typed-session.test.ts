/**
 * A session typed at the drawn screen and, key by key the same, at the plain console in a terminal of the size of the guest's
 * part: after each step both show the same cells. HARTIX_TYPED_MINUTES=10 repeats it for so long, with other words.
 */
import { resolve } from 'node:path';
import type { IBufferCell } from '@xterm/headless';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const ROWS = 23;
const COLUMNS = 80;
const START_MS = 60_000;
const STEP_MS = 30_000;
const POLL_MS = 20;

let drawn: TerminalDriver;
let plain: TerminalDriver;

beforeAll(async () => {
  drawn = new TerminalDriver(process.execPath, [CLI], { rows: ROWS + 1, columns: COLUMNS });
  plain = new TerminalDriver(
    process.execPath,
    [CLI, '--plain', '--env', 'TERM=xterm-256color', '--env', `COLUMNS=${COLUMNS}`],
    { rows: ROWS, columns: COLUMNS },
  );
  await Promise.all([drawn, plain].map((driver) => driver.waitFor(/root@hartix:~#/, START_MS)));
});

afterAll(() => {
  drawn.kill();
  plain.kill();
});

function describe(cell: IBufferCell | undefined): string {
  if (!cell) return '';
  const flags = [cell.isBold(), cell.isDim(), cell.isInverse(), cell.isUnderline()];
  const colours = [
    cell.getFgColorMode(),
    cell.getFgColor(),
    cell.getBgColorMode(),
    cell.getBgColor(),
  ];
  return `${cell.getChars() || ' '}|${flags.map(Boolean).map(Number).join('')}|${colours.join()}`;
}

/** Where the two differ; '' if they do not. */
function difference(): string {
  const [ours, theirs] = [drawn.cells(), plain.cells()];
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++) {
      const [a, b] = [describe(ours[y]?.[x]), describe(theirs[y]?.[x])];
      if (a !== b) return `row ${y} column ${x}: drawn ${a}, plain ${b}`;
    }
  }
  return '';
}

/** Type at both, wait until both show `pattern` and the same cells. */
async function step(keys: string, pattern: RegExp): Promise<void> {
  for (const driver of [drawn, plain]) driver.type(keys);
  await Promise.all([drawn, plain].map((driver) => driver.waitFor(pattern, STEP_MS)));
  const end = performance.now() + STEP_MS;
  while (difference() !== '' && performance.now() < end) {
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  expect(
    difference(),
    `after ${JSON.stringify(keys)}\n${drawn.text()}\n-- plain:\n${plain.text()}`,
  ).toBe('');
}

/** The prompt is back: what is typed before it shows where the shell was, which is no matter of how it is drawn. */
const PROMPT = String.raw`\nroot@hartix:~# ?$`;

function prompted(output: string): RegExp {
  return new RegExp(output + PROMPT, 'm');
}

/** `n` makes the words of one round other ones. */
async function round(n: number): Promise<void> {
  await step(`clear; echo round-$((${n}+0))\r`, prompted(`^round-${n}`));
  await step('cd /; ls -F; cd\r', prompted('usr/.*'));
  await step(
    "printf '\\033[1;31mred\\033[0m \\033[7;38;5;30m%s\\033[0m\\n' inverse\r",
    prompted('red inverse'),
  );
  await step('seq 100 | tail -40; echo done-$((1+1))\r', prompted('^done-2'));
  await step('ecko typo\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7fh\r', prompted('^typo'));
  await step('\x1b[A\x01\x01# \x05 again-$$', /# echo typo again-/);
  await step('\x03', /again-\$\$\n.*# ?$/m);
  // A line that is typed before a program has the terminal is Linux's affair, and no matter of how it is drawn.
  await step('cat > notes <<E\r', /^> ?$/m);
  await step('first line\r', /> first line\n> ?$/m);
  await step('second 日本 line\rE\r', /> E\n.*# ?$/m);
  await step('vi notes\r', /^second 日本 line\n~/m);
  await step('xjyyp', /^irst line\n.*\nsecond 日本 line$/m);
  await step(':2s/second/2nd/\r', /^2nd 日本 line$/m);
  await step(':wq\r', /# ?$/m);
  await step('cat notes\r', prompted('^irst line\n2nd 日本 line\nsecond 日本 line'));
  await step('seq 200 | less\r', /^21$/m);
  await step(' /150\r', /^150$/m);
  await step('q', /# ?$/m);
  await step('echo sleeping; sleep 100\r', /^sleeping$/m);
  await step('\x03', /\^C\n.*# ?$/m);
  await step(
    'for i in 1 2 3; do echo "$i squared is $((i*i))"; done\r',
    prompted('3 squared is 9'),
  );
}

test('shows what the plain console shows', async () => {
  const minutes = Number(process.env['HARTIX_TYPED_MINUTES'] ?? 0);
  const end = performance.now() + minutes * 60_000;
  let rounds = 0;
  do await round(++rounds);
  while (performance.now() < end);
  process.stderr.write(`${rounds} rounds, no difference\n`);
}, 3_600_000);
