/** `hartix machine` and openMachine() with a bare program: console, keys, ends and wrong options. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hub, type MachineOptions, OptionError, openMachine, WaitError } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const RAM = 0x8000_0000;
const folder = mkdtempSync(join(tmpdir(), 'hartix-machine-'));
const program = join(folder, 'echo.elf');
const compressed = join(folder, 'echo.gz');
const empty = join(folder, 'empty');

beforeAll(() => {
  const elf = assemble(join(import.meta.dirname, 'echo.S'), RAM);
  writeFileSync(program, elf);
  writeFileSync(compressed, gzipSync(elf));
  writeFileSync(empty, '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function hartix(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'machine', ...args], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('the command', () => {
  it('joins the console to standard streams, and ends with what the guest reports', () => {
    expect(hartix(['--kernel', program], 'abq')).toEqual({
      status: 0,
      stdout: 'ready\n<a><b><q>',
      stderr: '',
    });
    expect(hartix(['--firmware', compressed, '--harts', '3'], 'f')).toMatchObject({
      status: 7,
      stdout: 'ready\n<f>',
    });
  });

  it('ends at a reboot where it shall', () => {
    expect(hartix(['-q', '--bare', '--no-reboot', '--kernel', program], 'r')).toMatchObject({
      status: 0,
      stdout: 'ready\n<r>',
    });
  });

  it('ends a program that spins when its time is up', () => {
    const result = hartix(['--kernel', program, '--timeout', '1', '--stats'], 's');
    expect(result).toMatchObject({ status: 124, stdout: 'ready\n<s>' });
    expect(result.stderr).toMatch(/^instructions +\d+\r$/m);
  });

  it('ends a program that spins by ^A x, and hands over a ^A that was doubled', async () => {
    const terminal = new TerminalDriver(process.execPath, [CLI, 'machine', '--kernel', program], {
      rows: 24,
      columns: 80,
    });
    await terminal.waitFor(/\^A x ends it[\s\S]*ready/);
    terminal.type('\x01\x01');
    await terminal.waitFor(/<>/);
    terminal.type('\x01?');
    await terminal.waitFor(/end the machine/);
    terminal.type('s');
    await terminal.waitFor(/<s>/);
    terminal.type('\x01x');
    expect(await terminal.exit).toBe(130);
    expect(terminal.output).toContain('<\x01>');
  });

  it.each<[string[], RegExp]>([
    [[], /nothing to boot: name a kernel/],
    [['--kernel', '/no/such'], /kernel: no file '\/no\/such'/],
    [['--kernel', folder], /is not a file/],
    [['--kernel', empty], /empty is empty/],
    [['--kernel', program, '--initrd', '/no/such'], /initrd: no file/],
    [['--kernel', program, '--memory', '1M'], /memory: 1M is outside 16M/],
    [['--kernel', program, '--harts', '9'], /harts: 9 is not possible; 1 to 8/],
    [['--kernel', program, '--harts', 'x'], /--harts x: write a number/],
    [['--kernel', program, '--mmu', 'sv32'], /write sv39, sv48 or sv57/],
    [['--kernel', program, '--isa', 'rv32i'], /isa: 'rv32i'/],
    [['--kernel', program, '--disk', '/no/such'], /disk: no file.*truncate/],
    [['--kernel', program, '--mount', folder], /HOST:TAG/],
    [['--kernel', program, '--disk', '/no/such:cow'], /disk: no file '\/no\/such';/],
    [['--kernel', program, '--port', 'name'], /write NAME:FILE/],
    [['--kernel', program, '--device', 'joystick'], /there is no 'joystick'; write balloon/],
    [['--kernel', program, '--timeout=-1'], /write a number of seconds/],
    [['--kernel', program, '--timeout', '3e6'], /at most 2147483/],
    [['--kernel', program, '--timeout', '-1'], /--timeout/],
    [['--kernel', program, '--time', 'slow'], /write real or virtual/],
    [['--kernel', program, '--bare', '--firmware', 'builtin'], /leave out one/],
    [['--kernel'], /needs a value/],
    [[program], /is no option; for a kernel write --kernel/],
    [['--nonsense'], /nonsense/],
  ])('refuses %j', (args, message) => {
    const result = hartix(args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(/^hartix: [^\n]+\n$/);
    expect(result.stderr).toMatch(message);
  });
});

describe('openMachine', () => {
  const opened = async <T>(options: MachineOptions, use: (m: Opened) => Promise<T>): Promise<T> => {
    const machine = await openMachine({ kernel: program, ...options });
    try {
      return await use(machine);
    } finally {
      await machine.close();
    }
  };
  type Opened = Awaited<ReturnType<typeof openMachine>>;

  it('converses, counts, resets and powers off', async () => {
    await opened({ deterministic: true }, async (machine) => {
      await machine.waitFor('ready');
      machine.write('x');
      await machine.waitFor(/<(.)>/);
      machine.reset();
      await machine.waitFor('ready');
      machine.write('r');
      await machine.waitFor('<r>ready');
      expect((await machine.statistics())['instructions']).toBeGreaterThan(20);
      expect(machine.status).toBeUndefined();
      machine.write('f');
      expect(await machine.halted).toBe(7);
      expect(machine.status).toBe(7);
      await expect(machine.waitFor('more')).rejects.toThrow(WaitError);
    });
    await opened({}, async (machine) => {
      await machine.powerOff();
      expect(machine.status).toBe(0);
    });
  });

  it('gives back a place on a hub', async () => {
    const net = new Hub();
    const places = Array.from({ length: 15 }, () => net.connect(undefined));
    const last = await openMachine({ kernel: program, net, memory: '16M' });
    await expect(openMachine({ kernel: program, net })).rejects.toThrow(/16 places, all taken/);
    await last.close();
    await opened({ net, memory: '16M' }, (machine) => machine.waitFor('ready'));
    for (const place of places) place.release();
  });

  it('says what is wrong with an option', async () => {
    await expect(openMachine({})).rejects.toThrow(OptionError);
    await expect(openMachine({ kernel: program, capture: 'x' })).rejects.toThrow(/no network/);
    await expect(openMachine({ kernel: program, mounts: { 'a/b': folder } })).rejects.toThrow(
      /is no tag/,
    );
  });
});
