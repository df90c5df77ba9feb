/** `hartix` at a terminal begins at the prompt of the snapshot that the package brings, and nobody can tell but by what dmesg says. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const ZONE = 'America/New_York';
const TIMEOUT_MS = 30_000;

const drivers: TerminalDriver[] = [];
afterEach(() => {
  for (const driver of drivers.splice(0)) driver.kill();
});

/** Of the command in `dist`, with a variable set. */
async function start(
  options: readonly string[] = [],
  { dist = DIST, zone = 'UTC', locale = 'C.UTF-8', size = { rows: 24, columns: 80 } } = {},
): Promise<TerminalDriver> {
  const command = [
    'env',
    `TZ=${zone}`,
    `LANG=${locale}`,
    process.execPath,
    join(dist, 'cli.js'),
    ...options,
  ];
  const driver = new TerminalDriver('/usr/bin/env', command.slice(1), size);
  drivers.push(driver);
  await driver.waitFor(/root@hartix:~#/, TIMEOUT_MS);
  return driver;
}

let asked = 0;

/** What a command prints: one line. */
async function ask(driver: TerminalDriver, command: string): Promise<string> {
  // The screen has the answer before, too.
  const mark = `answer-${++asked}`;
  driver.type(`clear; echo "$(echo ${mark}) $(${command})"\r`);
  const [, answer = ''] = await driver.waitFor(new RegExp(`^${mark} (.*)$`, 'm'), TIMEOUT_MS);
  return answer;
}

const MARK = 'dmesg | grep -c "snapshot: booted"';

test('clock, session, size and identity are those of this start', async () => {
  const driver = await start([], { size: { rows: 30, columns: 100 } });
  expect(await ask(driver, MARK)).toBe('1');
  expect(await ask(driver, 'stty size')).toBe('29 100');
  const seconds = Number(await ask(driver, 'date +%s'));
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(TIMEOUT_MS / 1000);
  const day = new Date().toISOString().slice(0, 10);
  expect(await ask(driver, 'who')).toContain(day);
  expect(await ask(driver, 'last | tail -1')).toContain(day.slice(0, 4));
  const other = await start();
  const identity = 'echo $(cat /proc/sys/kernel/random/boot_id; mktemp -u)';
  expect(await ask(other, identity)).not.toBe(await ask(driver, identity));
  expect(await ask(other, 'stty size')).toBe('23 80');
});

test('the environment is that of this start', async () => {
  const asked = 'echo $TZ $LANG $TERM "$A" $(env | grep -c "^A=a  quote\'s$")';
  const options = ['--env', "A=a  quote's"];
  const place = { zone: 'Europe/Berlin', locale: 'de_DE.UTF-8' };
  const expected = "Europe/Berlin de_DE.UTF-8 xterm-256color a  quote's 1";
  const driver = await start(options, place);
  expect(await ask(driver, asked)).toBe(expected);
  expect(await ask(driver, 'ls /run')).not.toContain('environment');
  expect(await ask(driver, MARK)).toBe('1');
  expect(await ask(await start([...options, '--cold'], place), asked)).toBe(expected);
});

test('another machine is booted, and so is this one if asked', async () => {
  const small = await start(['--memory', '128M']);
  expect(await ask(small, 'head -1 /proc/meminfo')).toMatch(/MemTotal: +1[0-3]\d{4} kB/);
  expect(await ask(small, MARK)).toBe('0');
  expect(await ask(await start(['--cold']), MARK)).toBe('0');
});

test("the host's time zone", async () => {
  if (!existsSync(join('/usr/share/zoneinfo', ZONE))) {
    console.warn('SKIPPED: this host has no time zones');
    return;
  }
  const hosts = execFileSync('date', ['+%Z %z'], { env: { TZ: ZONE }, encoding: 'utf8' }).trim();
  for (const options of [[], ['--cold']]) {
    const driver = await start(options, { zone: ZONE });
    expect(await ask(driver, "date '+%Z %z'")).toBe(hosts);
  }
});

test('a damaged snapshot is as none', async () => {
  const dist = mkdtempSync(join(tmpdir(), 'hartix-dist-'));
  try {
    for (const name of readdirSync(DIST))
      if (name !== 'prompt.snapshot' && statSync(join(DIST, name)).isFile())
        linkSync(join(DIST, name), join(dist, name));
    writeFileSync(join(dist, 'package.json'), '{"type":"module"}');
    writeFileSync(join(dist, 'prompt.snapshot'), 'not a snapshot');
    expect(await ask(await start([], { dist }), MARK)).toBe('0');
  } finally {
    rmSync(dist, { recursive: true });
  }
});
