/** Each view by its key, in a real pty at 80x24: what it shows is what the guest says, and the terminal stays usable. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VIEW_PREFIX, VIEW_TIMEOUT_MS, ViewDriver } from '../support/view-driver.ts';

let views: ViewDriver;

beforeAll(async () => {
  views = await ViewDriver.start();
});

afterAll(() => views.end());

test('the help line names all views', async () => {
  views.screen.type(VIEW_PREFIX);
  await views.screen.waitFor(
    /p processes m memory f files s calls g schedule i interrupts/,
    VIEW_TIMEOUT_MS,
  );
  views.screen.type('?');
  await views.screen.waitFor(/\^A g +schedule/, VIEW_TIMEOUT_MS);
  await views.close();
});

test('processes: a sleep gets a signal, and dies', async () => {
  await views.shell('clear; sleep 4321 & echo started $!', /^started \d+$/m);
  await views.open('p', /Processes \(\d+\), by tree/);
  await views.screen.waitFor(/sleep 4321/, VIEW_TIMEOUT_MS);
  views.screen.type('/sleep 43\r');
  await views.screen.waitFor(/with 'sleep 43'/, VIEW_TIMEOUT_MS);
  views.screen.type('k');
  await views.screen.waitFor(/signal to \d+ \(sleep\): TERM_/, VIEW_TIMEOUT_MS);
  views.screen.type('\r');
  await views.screen.waitFor(
    /Processes \(\d+\), by tree, with 'sleep 43'\s*\n.*COMMAND\s*\n│\s*\n/,
    VIEW_TIMEOUT_MS,
  );
  await views.close();
  await views.shell('', /Terminated +sleep 4321/);
});

test('memory: the walk of an address ends at the frame of pagemap', async () => {
  await views.shell(
    'clear; sleep 4322 & P=$!; grep stack /proc/$P/maps',
    /([0-9a-f]+)-[0-9a-f]+ rw-p.*\[stack\]/,
  );
  const [, end = ''] = await views.shell(
    'clear; A=$(grep stack /proc/$P/maps | cut -d- -f2 | cut -d" " -f1); echo end=$A',
    /^end=([0-9a-f]+)$/m,
  );
  const page = Number.parseInt(end, 16) / 4096 - 1;
  const [, entry = ''] = await views.shell(
    `dd if=/proc/$P/pagemap bs=8 skip=${page} count=1 2>/dev/null | od -An -tx8`,
    /^ ?([0-9a-f]{16})$/m,
  );
  await views.open('m', /Memory map of process \d+ \(sleep 4322\)/);
  views.screen.type('a');
  await views.screen.waitFor(/address: 0x[0-9a-f]+_/, VIEW_TIMEOUT_MS);
  views.screen.type(`\x15${(page * 4096).toString(16)}\r`);
  const frame = await views.screen.waitFor(
    /physical address 0x[0-9a-f]+, frame 0x([0-9a-f]+)/,
    VIEW_TIMEOUT_MS,
  );
  // Bit 63: present; bits 54 to 0: the frame.
  expect(BigInt(`0x${entry}`) >> 63n).toBe(1n);
  expect(BigInt(`0x${frame[1]}`)).toBe(BigInt(`0x${entry}`) & ((1n << 55n) - 1n));
  expect(views.screen.text()).toMatch(/D?A-U-WRV {2}page of 4 KiB/);
  await views.close();
  await views.shell('clear; kill $P', /#\s*$/m);
});

test('files: a pipe leads to who reads it', async () => {
  await views.shell('clear; sleep 4323 | cat & echo go', /^go$/m);
  await views.open('f', /Files and pipes of process \d+ \(cat\)/);
  await views.screen.waitFor(/0 r .*pipe:\[\d+\] {2}<-> sleep\[\d+\]:1/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.shell('clear; pkill sleep; echo none', /^none$/m);
});

test('calls: what the shell does is seen while it is typed', async () => {
  await views.open('s', /System calls of process \d+/);
  views.screen.type('a');
  await views.screen.waitFor(/System calls of all processes/, VIEW_TIMEOUT_MS);
  // To the terminal's half.
  views.screen.type(`${VIEW_PREFIX}\t`);
  await views.screen.waitFor(/\^A \? keys/, VIEW_TIMEOUT_MS);
  // It waits then: what a prompt calls would push the line out of the panel.
  await views.shell('cd /usr/bin; read line', /chdir\("\/usr\/bin"\) = 0/);
  await views.shell('', /root@hartix:\/usr\/bin#/);
  views.screen.type(`${VIEW_PREFIX}\t`);
  await views.screen.waitFor(/q closes/, VIEW_TIMEOUT_MS);
  await views.close();
});

test('schedule, interrupts, disk, log: the figures are there', async () => {
  await views.shell('clear; yes >/dev/null & echo busy', /^busy$/m);
  await views.open('g', /Scheduler: the last 2 s/);
  await views.screen.waitFor(/\d+ yes +\d+% .*[▁▂▃▄▅▆▇█]{5}/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.open('i', /SiFive PLIC 1 Edge vda/);
  await views.screen.waitFor(/riscv-timer/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.open('d', /vda +\d+/);
  await views.screen.waitFor(/Cached +\d+[KM]/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.open('l', /Kernel log: \d+ lines/);
  await views.screen.waitFor(/\[ +\d+\.\d{6}\] \w+/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.shell('clear; pkill yes; echo quiet', /^quiet$/m);
});
