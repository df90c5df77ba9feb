/** Each view by its key, in a real pty at 80x24: what it shows is what the guest says, and the terminal stays usable. */
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

test('the help line names all views', async () => {
  screen.type(PREFIX);
  await screen.waitFor(/p processes m memory f files s calls g schedule i interrupts/, TIMEOUT_MS);
  screen.type('?');
  await screen.waitFor(/\^A g +schedule/, TIMEOUT_MS);
  await close();
});

test('processes: a sleep gets a signal, and dies', async () => {
  await shell('clear; sleep 4321 & echo started $!', /^started \d+$/m);
  await open('p', /Processes \(\d+\), by tree/);
  await screen.waitFor(/sleep 4321/, TIMEOUT_MS);
  screen.type('/sleep 43\r');
  await screen.waitFor(/with 'sleep 43'/, TIMEOUT_MS);
  screen.type('k');
  await screen.waitFor(/signal to \d+ \(sleep\): TERM_/, TIMEOUT_MS);
  screen.type('\r');
  await screen.waitFor(
    /Processes \(\d+\), by tree, with 'sleep 43'\s*\n.*COMMAND\s*\n│\s*\n/,
    TIMEOUT_MS,
  );
  await close();
  await shell('', /Terminated +sleep 4321/);
});

test('memory: the walk of an address ends at the frame of pagemap', async () => {
  await shell(
    'clear; sleep 4322 & P=$!; grep stack /proc/$P/maps',
    /([0-9a-f]+)-[0-9a-f]+ rw-p.*\[stack\]/,
  );
  const [, end = ''] = await shell(
    'clear; A=$(grep stack /proc/$P/maps | cut -d- -f2 | cut -d" " -f1); echo end=$A',
    /^end=([0-9a-f]+)$/m,
  );
  const page = Number.parseInt(end, 16) / 4096 - 1;
  const [, entry = ''] = await shell(
    `dd if=/proc/$P/pagemap bs=8 skip=${page} count=1 2>/dev/null | od -An -tx8`,
    /^ ?([0-9a-f]{16})$/m,
  );
  await open('m', /Memory map of process \d+ \(sleep 4322\)/);
  screen.type('a');
  await screen.waitFor(/address: 0x[0-9a-f]+_/, TIMEOUT_MS);
  screen.type(`\x15${(page * 4096).toString(16)}\r`);
  const frame = await screen.waitFor(
    /physical address 0x[0-9a-f]+, frame 0x([0-9a-f]+)/,
    TIMEOUT_MS,
  );
  // Bit 63: present; bits 54 to 0: the frame.
  expect(BigInt(`0x${entry}`) >> 63n).toBe(1n);
  expect(BigInt(`0x${frame[1]}`)).toBe(BigInt(`0x${entry}`) & ((1n << 55n) - 1n));
  expect(screen.text()).toMatch(/D?A-U-WRV {2}page of 4 KiB/);
  await close();
  await shell('clear; kill $P', /#\s*$/m);
});

test('files: a pipe leads to who reads it', async () => {
  await shell('clear; sleep 4323 | cat & echo go', /^go$/m);
  await open('f', /Files and pipes of process \d+ \(cat\)/);
  await screen.waitFor(/0 r .*pipe:\[\d+\] {2}<-> sleep\[\d+\]:1/, TIMEOUT_MS);
  await close();
  await shell('clear; pkill sleep; echo none', /^none$/m);
});

test('calls: what the shell does is seen while it is typed', async () => {
  await open('s', /System calls of process \d+/);
  screen.type('a');
  await screen.waitFor(/System calls of all processes/, TIMEOUT_MS);
  // To the terminal's half.
  screen.type(`${PREFIX}\t`);
  await screen.waitFor(/\^A \? keys/, TIMEOUT_MS);
  await shell('cd /usr/bin', /chdir\("\/usr\/bin"\) = 0/);
  screen.type(`${PREFIX}\t`);
  await screen.waitFor(/q closes/, TIMEOUT_MS);
  await close();
});

test('schedule, interrupts, disk, log: the figures are there', async () => {
  await shell('clear; yes >/dev/null & echo busy', /^busy$/m);
  await open('g', /Scheduler: the last 2 s/);
  await screen.waitFor(/\d+ yes +\d+% .*[▁▂▃▄▅▆▇█]{5}/, TIMEOUT_MS);
  await close();
  await open('i', /SiFive PLIC 1 Edge vda/);
  await screen.waitFor(/riscv-timer/, TIMEOUT_MS);
  await close();
  await open('d', /vda +\d+/);
  await screen.waitFor(/Cached +\d+[KM]/, TIMEOUT_MS);
  await close();
  await open('l', /Kernel log: \d+ lines/);
  await screen.waitFor(/\[ +\d+\.\d{6}\] \w+/, TIMEOUT_MS);
  await close();
  await shell('clear; pkill yes; echo quiet', /^quiet$/m);
});
