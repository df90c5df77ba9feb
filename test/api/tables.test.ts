/** What the API tells of the guest as data, and what a program's terminal shows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, OptionError, type System } from '../../src/index.ts';

const WAIT = { timeout: 30_000 };
let system: System;

beforeAll(async () => {
  system = await boot();
});

afterAll(() => system.close());

describe('tables of the kernel', () => {
  test('threads, files, mounts and calls are those of the guest', async () => {
    const script = 'mount -t tmpfs -o nosuid none "/tmp/a b"; exec sleep 1000 3< /etc/passwd';
    await system.fs.mkdir('/tmp/a b');
    const program = system.spawn('sh', ['-c', script]);
    const pid = await program.pid;
    await expect
      .poll(async () => (await system.threads(pid))[0], WAIT)
      .toMatchObject({ tid: pid, pid, name: 'sleep', state: 'S', hart: 0, nice: 0 });
    const files = await system.files(pid);
    expect(files.map(({ descriptor }) => descriptor)).toEqual([0, 1, 2, 3]);
    expect(files[3]).toMatchObject({ path: '/etc/passwd', position: 0 });
    expect(files[0]?.path).toMatch(/^pipe:\[\d+\]$/);
    const mounts = await system.mounts();
    expect(mounts[0]).toMatchObject({ path: '/', type: 'ext2', root: '/' });
    const own = mounts.find(({ path }) => path === '/tmp/a b');
    expect(own).toMatchObject({ type: 'tmpfs', source: 'none' });
    expect(own?.options).toContain('nosuid');
    const links = async () =>
      (await system.syscalls()).find(({ name }) => name === 'symlinkat')?.calls ?? 0;
    const before = await links();
    await system.exec('ln -s a /tmp/1; ln -s b /tmp/2');
    expect((await links()) - before).toBe(2);
    expect((await system.syscalls()).find(({ number }) => number === 63)).toMatchObject({
      name: 'read',
      support: 'full',
    });
    program.kill('SIGKILL');
    expect(await program.exit).toMatchObject({ signal: 'SIGKILL' });
    await expect(system.threads(99_999)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('exec', () => {
  test('takes a program and its arguments without a shell, streams of input, and gives bytes', async () => {
    expect((await system.exec(['echo', '$HOME', 'a  b'])).stdout).toBe('$HOME a  b\n');
    async function* lines() {
      for (const word of ['c', 'a', 'b']) yield `${word}\n`;
    }
    expect((await system.exec('sort', { input: lines() })).stdout).toBe('a\nb\nc\n');
    const { stdout } = await system.exec('printf "\\377\\0"', { encoding: 'buffer' });
    expect(stdout).toEqual(Uint8Array.of(255, 0));
    // It does not read what it is given.
    const endless = (function* () {
      for (;;) yield 'y\n';
    })();
    expect((await system.exec('head -n 1', { input: endless })).stdout).toBe('y\n');
    const broken = (async function* () {
      yield 'x';
      throw new Error('no more');
    })();
    await expect(system.exec('cat', { input: broken })).rejects.toThrow('no more');
  });
});

describe('screen', () => {
  test('is what the terminal of the program shows', async () => {
    const program = system.spawn('sh', { tty: { rows: 6, columns: 20 }, env: { PS1: '> ' } });
    await program.waitFor(/> /);
    program.write(
      'clear; printf "\\033[2;3H\\033[1;31mred\\033[38;2;1;2;3m\\343\\201\\202\\033[0m\\n"\r',
    );
    await expect.poll(async () => (await program.screen()).text, WAIT).toBe('\n  red\u3042\n>');
    const screen = await program.screen();
    expect(screen).toMatchObject({ rows: 6, columns: 20, isAlternate: false });
    expect(screen.cursor).toEqual({ row: 2, column: 2 });
    expect(screen.cells[1]?.[2]).toMatchObject({ text: 'r', isBold: true, foreground: 1 });
    expect(screen.cells[1]?.[5]).toMatchObject({ text: '\u3042', width: 2, foreground: '#010203' });
    expect(screen.cells[1]?.[6]).toMatchObject({ text: '', width: 0 });
    program.resize({ rows: 4, columns: 30 });
    program.write('vi /tmp/x\r');
    await expect.poll(async () => (await program.screen()).isAlternate, WAIT).toBe(true);
    expect(await program.screen()).toMatchObject({ rows: 4, columns: 30 });
    program.write('\x1b:q!\rexit 3\r');
    expect(await program.exit).toMatchObject({ exitCode: 3 });
    expect(() => system.spawn('true').screen()).toThrow(OptionError);
  });
});
