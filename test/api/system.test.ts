/** The API as the README shows it, against a booted guest. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, ClosedError, OptionError, type System, WaitError } from '../../src/index.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-api-'));
const volume = Volume.fromJSON({ '/greeting.txt': 'hello\n', '/sub/b': 'b\n' });
let system: System;

beforeAll(async () => {
  writeFileSync(join(FOLDER, 'host.txt'), 'from the host\n');
  symlinkSync('/etc/passwd', join(FOLDER, 'escape'));
  system = await boot({
    mounts: { '/data': volume, '/mnt': FOLDER, '/ro': `${FOLDER}:ro` },
    env: { GREETING: 'hi' },
  });
});

afterAll(async () => {
  await system.close();
  rmSync(FOLDER, { recursive: true });
});

describe('exec', () => {
  test('gives output, status and signal', async () => {
    expect(await system.exec('echo out; echo err >&2; exit 3')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 3,
      signal: null,
      timedOut: false,
      outputExceeded: false,
    });
    expect(await system.exec('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  test('takes input, environment, directory and user', async () => {
    const options = { input: 'b\na\n', env: { X: 'y' }, cwd: '/tmp' };
    const { stdout } = await system.exec('sort; echo $X $GREETING; pwd; id -un', options);
    expect(stdout).toBe('a\nb\ny hi\n/tmp\nroot\n');
  });

  test('moves large outputs and inputs', async () => {
    const { stdout } = await system.exec('wc -c', { input: new Uint8Array(3_000_000) });
    expect(stdout.trim()).toBe('3000000');
    const big = await system.exec('head -c 5000000 /dev/zero | tr "\\0" x');
    expect(big.stdout.length).toBe(5_000_000);
  });

  test('stops on timeout, abort and too much output', async () => {
    expect(await system.exec('sleep 100', { timeout: 100 })).toMatchObject({
      timedOut: true,
      signal: 'SIGTERM',
    });
    const abort = AbortSignal.timeout(100);
    await expect(system.exec('sleep 100', { signal: abort })).rejects.toThrow(/timeout/);
    const flood = await system.exec('yes', { maxBuffer: 1001 });
    expect(flood).toMatchObject({ signal: 'SIGKILL', outputExceeded: true });
    expect(flood.stdout).toBe(`${'y\n'.repeat(500)}y`);
    const fitting = await system.exec('printf %1001s x', { maxBuffer: 1001 });
    expect(fitting).toMatchObject({ exitCode: 0, outputExceeded: false });
    await expect(system.exec('true', { encoding: 'utf99' as 'utf8' })).rejects.toThrow(OptionError);
    expect((await system.exec('echo', { encoding: 'hex' })).stdout).toBe('0a');
  });

  test('runs many at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => system.exec(`echo ${i}`)),
    );
    expect(results.map((result) => result.stdout)).toEqual(
      ['0', '1', '2', '3', '4', '5', '6', '7'].map((text) => `${text}\n`),
    );
  });
});

describe('spawn', () => {
  test('who waits for output is told why the machine has ended', async () => {
    const closed = await boot({ memory: '32M' });
    const waiting = closed.spawn('sh', { tty: true }).waitFor(/never/);
    const refused = expect(waiting).rejects.toThrow(ClosedError);
    await closed.close();
    await refused;
  });

  test('says what a command line is for', async () => {
    await expect(system.spawn('echo hi').exit).rejects.toThrow(
      "ENOENT: no such file or directory, spawn 'echo hi' in the guest; a command line is for exec(), spawn() takes its words apart",
    );
  });

  test('converses with a terminal program', async () => {
    const shell = system.spawn('sh', { tty: { rows: 30, columns: 100 } });
    await shell.waitFor(/root@hartix:\S+# /);
    shell.write('stty size\n');
    await shell.waitFor('30 100');
    shell.resize({ rows: 40, columns: 50 });
    shell.write('stty size; echo $((6*7))\n');
    await shell.waitFor('40 50');
    await shell.waitFor(/\b42\b/);
    shell.write('exit 5\n');
    expect(await shell.exit).toEqual({ exitCode: 5, signal: null });
  });

  test('separates the streams of a program without a terminal', async () => {
    const program = system.spawn('cat');
    program.write('line\n');
    await program.waitFor('line');
    program.end();
    expect(await program.exit).toEqual({ exitCode: 0, signal: null });
  });

  test('says what is missing', async () => {
    await expect(system.spawn('no-such-command').exit).rejects.toMatchObject({ code: 'ENOENT' });
    const program = system.spawn('true');
    await expect(program.waitFor('never')).rejects.toThrow(WaitError);
  });

  test('kill reaches the program', async () => {
    const program = system.spawn('sleep', ['100']);
    await program.pid;
    program.kill();
    expect(await program.exit).toEqual({ exitCode: null, signal: 'SIGTERM' });
  });
});

describe('files', () => {
  test('are written, read, listed and removed', async () => {
    await system.fs.mkdir('/tmp/a/b', { recursive: true });
    await system.fs.writeFile('/tmp/a/b/f', 'content', { mode: 0o600 });
    await system.fs.appendFile('/tmp/a/b/f', '!');
    expect(await system.fs.readFile('/tmp/a/b/f', 'utf8')).toBe('content!');
    expect(await system.fs.stat('/tmp/a/b/f')).toMatchObject({
      kind: 'file',
      size: 8,
      mode: 0o100600,
    });
    await system.fs.symlink('f', '/tmp/a/b/link');
    expect(await system.fs.realpath('/tmp/a/b/link')).toBe('/tmp/a/b/f');
    expect(
      (await system.fs.readdir('/tmp/a/b', { withFileTypes: true }))
        .map((entry) => `${entry.name} ${entry.kind}`)
        .sort(),
    ).toEqual(['f file', 'link symlink']);
    await system.fs.rename('/tmp/a/b/f', '/tmp/a/g');
    expect(await system.fs.exists('/tmp/a/b/f')).toBe(false);
    await system.fs.rm('/tmp/a', { recursive: true });
    expect(await system.fs.exists('/tmp/a')).toBe(false);
  });

  test('fail with codes of Node', async () => {
    await expect(system.fs.readFile('/missing')).rejects.toMatchObject({
      code: 'ENOENT',
      errno: 2,
      path: '/missing',
    });
    await expect(system.fs.readFile('/etc')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(system.fs.readFile('relative')).rejects.toThrow(OptionError);
  });
});

describe('mounts', () => {
  test('a memfs volume is read and written from both sides', async () => {
    expect((await system.exec('cat /data/greeting.txt; ls /data')).stdout).toBe(
      'hello\ngreeting.txt\nsub\n',
    );
    await system.exec(
      'echo new > /data/sub/new; mkdir /data/d; mv /data/greeting.txt /data/d; rm /data/sub/b',
    );
    expect(volume.readFileSync('/sub/new', 'utf8')).toBe('new\n');
    expect(volume.existsSync('/d/greeting.txt')).toBe(true);
    expect(volume.existsSync('/sub/b')).toBe(false);
    volume.writeFileSync('/sub/new', 'changed on the host\n');
    expect((await system.exec('cat /data/sub/new')).stdout).toBe('changed on the host\n');
  });

  test('a folder of the host, and a read-only one', async () => {
    await system.exec('cat /mnt/host.txt > /mnt/copy.txt; chmod 640 /mnt/copy.txt');
    expect(readFileSync(join(FOLDER, 'copy.txt'), 'utf8')).toBe('from the host\n');
    const denied = await system.exec('echo x > /ro/y');
    expect(denied.stderr).toMatch(/Read-only file system/);
    expect((await system.exec('stat -c "%U %a" /mnt/copy.txt')).stdout).toBe('root 640\n');
  });

  test('nothing above the folder can be reached', async () => {
    const { stdout } = await system.exec(
      'cat /mnt/escape; ls -d /mnt/../etc/hostname; cat /mnt/../../../etc/hostname',
    );
    // The link leads to the guest's own file, and .. above a mount is the guest's root.
    expect(stdout).toContain('root:');
    expect(stdout).not.toContain(readFileSync('/etc/passwd', 'utf8').split('\n').at(-2));
  });
});

test('processes and maps come from the guest', async () => {
  const program = system.spawn('sleep', ['100']);
  const pid = await program.pid;
  const info = (await system.processes()).find((process) => process.pid === pid);
  expect(info).toMatchObject({ name: 'sleep', uid: 0, threads: 1, command: ['sleep', '100'] });
  const maps = await system.maps(pid);
  expect(maps.some((mapping) => mapping.path === '[stack]' && mapping.permissions === 'rw-p')).toBe(
    true,
  );
  expect(
    maps.some((mapping) => mapping.path === '/bin/sleep' && mapping.permissions === 'r-xp'),
  ).toBe(true);
  program.kill('KILL');
  await program.exit;
});

test('two machines are apart, and nothing is left after close', async () => {
  const other = await boot({ memory: '64M' });
  await other.fs.writeFile('/tmp/mine', 'x');
  expect(await system.fs.exists('/tmp/mine')).toBe(false);
  const running = other.spawn('sleep', ['100']);
  await running.pid;
  await other.close();
  await other.close();
  await expect(running.exit).rejects.toThrow(ClosedError);
  await expect(other.exec('true')).rejects.toThrow(ClosedError);
});

test('shutdown ends in order, with the status of the power-off', async () => {
  const other = await boot({ memory: '64M' });
  expect(await other.shutdown()).toBe(0);
  await expect(other.exec('true')).rejects.toThrow(ClosedError);
});

test('wrong options are refused before anything starts', async () => {
  await expect(boot({ memory: '1M' })).rejects.toThrow(/16M to 3.5G/);
  await expect(boot({ mounts: { relative: FOLDER } })).rejects.toThrow(/begin with/);
  await expect(boot({ rootfs: '/etc/passwd' })).rejects.toThrow(/no ext2 image/);
});

test('the same seed gives the same run', async () => {
  const run = async () => {
    const machine = await boot({ deterministic: 7, memory: '64M' });
    try {
      return (
        await machine.exec(
          'cat /proc/self/maps; head -c 8 /dev/urandom | od -An -tx1; date +%s%N; sleep 3; date +%s%N',
        )
      ).stdout;
    } finally {
      await machine.close();
    }
  };
  const [first, second] = [await run(), await run()];
  expect(first).toBe(second);
  expect(first).toContain('[stack]');
});
