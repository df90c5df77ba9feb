/** End to end through a pty: what a person does in the first minutes with `hartix`. */
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const CLEAN_PROMPT = /^root@hartix:~#\s*$/m;

let terminal: TerminalDriver | undefined;

afterEach(() => terminal?.kill());

async function start(size = { rows: 24, columns: 80 }): Promise<TerminalDriver> {
  terminal = new TerminalDriver(process.execPath, [CLI], size);
  await terminal.waitFor(/root@hartix:~#/);
  return terminal;
}

/** Start a command on an empty screen, so that what is matched is its output. */
function command(driver: TerminalDriver, text: string): void {
  driver.type(`clear; ${text}\r`);
}

test('boots, runs pipelines, shows its memory map, exits with the status of the shell', async () => {
  const driver = await start();
  expect(driver.text()).toMatch(/help.*tour/s);
  command(driver, 'ls / | wc -l');
  await driver.waitFor(/^\s*1\d$/m);
  command(driver, 'cat /proc/$$/maps | tail -5');
  await driver.waitFor(/rw-p .*\[stack\]/);
  driver.type('exit 3\r');
  expect(await driver.exit).toBe(3);
  expect(driver.output).toContain('\x1b[?1049l');
});

test('top runs full-screen and leaves on q', async () => {
  const driver = await start();
  driver.type('top\r');
  await driver.waitFor(/PID\s+USER/);
  await driver.waitFor(/\binit\b/);
  driver.type('q');
  command(driver, 'echo back');
  await driver.waitFor(/^back$/m);
});

test('^C ends a loop, ^Z stops a job and fg takes it back', async () => {
  const driver = await start();
  command(driver, 'echo running; while :; do :; done');
  await driver.waitFor(/^running$/m);
  driver.type('\x03');
  await driver.waitFor(/^\^C\nroot@hartix/m);
  driver.type('echo status $?\r');
  await driver.waitFor(/^status 130$/m);
  command(driver, 'echo sleeping; sleep 100');
  await driver.waitFor(/^sleeping$/m);
  // The shell is on its way to start it: until it runs, ^Z is nobody's.
  for (let tries = 0; tries < 20 && !/Stopped/.test(driver.text()); tries++) {
    driver.type('\x1a');
    await new Promise((done) => setTimeout(done, 100));
  }
  await driver.waitFor(/Stopped/);
  command(driver, 'jobs');
  await driver.waitFor(/\[1\].*Stopped.*sleep 100/);
  command(driver, 'fg');
  await driver.waitFor(/^sleep 100$/m);
  driver.type('\x03');
  command(driver, 'echo done $?');
  await driver.waitFor(/^done 0$|^done 130$/m);
});

test('a resize reaches the guest', async () => {
  const driver = await start();
  driver.resize({ rows: 40, columns: 100 });
  // The keys may overtake the signal that tells the host's side of the new size: ask again.
  for (let tries = 0; tries < 20 && !/^39 100$/m.test(driver.text()); tries++) {
    command(driver, 'stty size');
    await new Promise((done) => setTimeout(done, 200));
  }
  await driver.waitFor(/^39 100$/m);
});

test('the prefix key opens views, and quits', async () => {
  const driver = await start();
  driver.type('\x01p');
  await driver.waitFor(/PID S +%CPU/);
  driver.type('q');
  await driver.waitFor(CLEAN_PROMPT);
  driver.type('\x01cdevice_add rng extra\r');
  await driver.waitFor(/extra \(rng, slot \d+\) added/);
  driver.type('\x01q');
  expect(await driver.exit).toBe(130);
});

test('SIGTERM leaves the screen before the modes are reset, and draws nothing after it', async () => {
  const driver = await start();
  driver.kill('SIGTERM');
  expect(await driver.exit).toBe(143);
  const left = driver.output.split('\x1b[?1049l').slice(1).join('');
  expect(left).not.toMatch(/Hartix|hvc0/);
});

test('wide characters keep their columns, and TERM is that of the screen', async () => {
  const driver = await start();
  command(driver, 'echo 日本😀e; echo $TERM');
  await driver.waitFor(/^日本😀e$/m);
  await driver.waitFor(/^xterm-256color$/m);
  expect(driver.text()).not.toContain('…');
});

test('run in a terminal ends with the program, also by ^C', async () => {
  const run = (...args: string[]) => {
    terminal = new TerminalDriver(process.execPath, [CLI, 'run', '--', ...args], {
      rows: 24,
      columns: 80,
    });
    return terminal;
  };
  const asking = run('sh', '-c', 'tty; stty size; read answer; echo "<$answer>"; exit 5');
  await asking.waitFor(/^\/dev\/pts\/\d+$/m);
  await asking.waitFor(/^24 80$/m);
  asking.type('yes\r');
  expect(await asking.exit).toBe(5);
  await asking.waitFor(/<yes>/); // the screen takes in what was written before the exit a little later
  const sleeping = run('sh', '-c', 'echo ready; exec sleep 100');
  await sleeping.waitFor(/^ready$/m);
  sleeping.type('\x03');
  expect(await sleeping.exit).toBe(130);
});

test('^Z stops less and vi, fg draws them again', async () => {
  const driver = await start();
  command(driver, 'less /etc/passwd');
  await driver.waitFor(/\(END\)/);
  driver.type('\x1a');
  await driver.waitFor(/Stopped.*less/);
  driver.type('fg\r');
  await driver.waitFor(/\(END\)/);
  driver.type('\x1a');
  await driver.waitFor(/Stopped.*less/);
  command(driver, 'stty -a'); // less has set modes of its own before fg waited for it
  await driver.waitFor(/^isig icanon .* echo /m);
  driver.type('fg\r');
  await driver.waitFor(/\(END\)/);
  driver.type('q');
  command(driver, 'vi /etc/hostname');
  await driver.waitFor(/^hartix$/m);
  driver.type('\x1a');
  await driver.waitFor(/Stopped.*vi/);
  driver.type('fg\r');
  await driver.waitFor(/^~$/m);
  driver.type(':q\r');
  command(driver, 'tour');
  await driver.waitFor(/tour>\s*$/m);
  driver.type('\x1a');
  await driver.waitFor(/Stopped.*tour/);
  driver.type('fg\r');
  await driver.waitFor(/fg\ntour\n+.*tour>\s*$/m);
  driver.type('q\r');
  command(driver, 'echo back');
  await driver.waitFor(/^back$/m);
});
