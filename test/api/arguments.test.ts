/** What callers without types get wrong: each call says what was given and what it takes, and the machine goes on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  boot,
  explore,
  OptionError,
  openMachine,
  replay,
  type System,
  seek,
} from '../../src/index.ts';

/** Arguments that TypeScript would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: that is the point
type Untyped = any;
type Wrong = readonly [what: string, call: () => unknown, message: string];

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    return { answer: await call() };
  } catch (error) {
    return error instanceof OptionError ? error.message : error;
  }
}

describe('a function', () => {
  const start = boot as Untyped;
  test.each<Wrong>([
    ['boot(null)', () => start(null), 'boot: options null; write an object'],
    ['boot(text)', () => start('256M'), "boot: options '256M'; write an object"],
    [
      'an option with a slip',
      () => start({ memroy: '1G' }),
      "boot: there is no option 'memroy'; did you mean memory?",
    ],
    [
      'an option of another function',
      () => start({ timeout: 5 }),
      /^boot: there is no option 'timeout'; there are memory, harts, rootfs, /,
    ],
    ['rootfs', () => start({ rootfs: 5 }), 'boot: rootfs 5; write a string without NUL'],
    ['disks', () => start({ disks: 'a.img' }), "boot: disks 'a.img'; write an array of strings"],
    ['mounts', () => start({ mounts: ['/tmp'] }), 'boot: mounts an array; write an object'],
    [
      'an option of a mount',
      () => start({ mounts: { '/x': { source: '/tmp', readonly: true } } }),
      "boot: mounts '/x': there is no option 'readonly'; did you mean readOnly?",
    ],
    [
      'commands',
      () => start({ commands: { greet: 'hello' } }),
      "boot: commands 'greet': 'hello'; write an object of functions",
    ],
    [
      'env with a value that is none',
      () => start({ env: { A: undefined } }),
      "boot: env 'A': undefined; write an object of strings without NUL, as { NAME: 'value' }",
    ],
    ['user', () => start({ user: 0 }), 'boot: user 0; write a string without NUL'],
    ['faults', () => start({ faults: 'write:EIO' }), /^boot: faults 'write:EIO'; write an array/],
    ['signal', () => start({ signal: 5 }), 'boot: signal 5; write an AbortSignal'],
    ['trace', () => start({ trace: 'sched' }), /^boot: trace 'sched'; write an array of strings/],
    ['onTrace', () => start({ onTrace: 5 }), 'boot: onTrace 5; write a function'],
    ['console', () => start({ console: 'yes' }), "boot: console 'yes'; write true or false"],
    [
      'windowSize',
      () => start({ windowSize: { rows: 0, columns: 80 } }),
      'boot: windowSize an object; write { rows, columns }, whole numbers from 1 to 65535',
    ],
    ['limits', () => start({ limits: 5 }), 'boot: limits 5; write an object'],
    [
      'a cache folder without a parent',
      () => start({ cache: '/nowhere/at/all' }),
      "cache: there is no folder '/nowhere/at'; make it, or name another one",
    ],
    [
      'record',
      () => start({ record: '/nowhere/at/all' }),
      "record: cannot write '/nowhere/at/all': ENOENT: no such file or directory",
    ],
    [
      'explore',
      () => explore('ls' as Untyped),
      "explore: command 'ls'; write an array of strings without NUL",
    ],
    [
      'a strategy',
      () => explore(['ls'], { strategy: 'fifo' as 'pct' }),
      "explore: strategy 'fifo'; write 'random', 'pct' or 'both'",
    ],
    [
      'a slip in an option of explore',
      () => explore(['ls'], { run: 5 } as Untyped),
      "explore: there is no option 'run'; did you mean runs?",
    ],
    ['replay', () => replay(undefined as Untyped), 'replay: file undefined; write a string'],
    ['seek', () => seek(undefined as Untyped), 'replay: file undefined; write a string'],
    [
      'openMachine',
      () => openMachine({ kernal: 'Image' } as Untyped),
      "openMachine: there is no option 'kernal'; did you mean kernel?",
    ],
  ] as Untyped)('%s', async (_, call, message) => {
    expect(await refusal(call)).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });
});

describe('of a system', () => {
  let os: Untyped;

  beforeAll(async () => {
    os = (await boot({ memory: '64M' })) as System;
  });

  afterAll(async () => {
    await os?.close();
  });

  test.each<Wrong>([
    [
      'a command that is missing',
      () => os.exec(),
      'exec: command undefined; write a command line, or an array of a program and its arguments',
    ],
    [
      'an argument that is no string',
      () => os.exec(['echo', 1]),
      "exec: command '1': 1; write a command line, or an array of a program and its arguments",
    ],
    [
      'a NUL',
      () => os.exec(['echo', 'a\0b']),
      "exec: command '1': 'a\\0b'; write a command line, or an array of a program and its arguments",
    ],
    ['input', () => os.exec('cat', { input: 42 }), /^exec: input 42; write a string, bytes or/],
    [
      'a slip in an option',
      () => os.exec('true', { timeOut: 5 }),
      "exec: there is no option 'timeOut'; did you mean timeout?",
    ],
    [
      'a terminal without an input',
      () => os.spawn('sh', { tty: true, stdin: 'ignore' }),
      "spawn: stdin: a terminal has an input; leave out tty or 'ignore'",
    ],
    [
      'a terminal for exec',
      () => os.exec('true', { tty: true }),
      /^exec: there is no option 'tty'; there are/,
    ],
    [
      'timeout',
      () => os.exec('true', { timeout: '5' }),
      "exec: timeout '5'; write a whole number from 0 to 2147483647",
    ],
    [
      'maxBuffer',
      () => os.exec('true', { maxBuffer: '1M' }),
      "exec: maxBuffer '1M'; write a number of bytes",
    ],
    [
      'env',
      () => os.exec('true', { env: { 'A=B': '1' } }),
      "exec: env 'A=B': '1'; write an object of strings without NUL, as { NAME: 'value' }",
    ],
    ['cwd', () => os.exec('true', { cwd: 1 }), 'exec: cwd 1; write a string without NUL'],
    ['signal', () => os.exec('true', { signal: {} }), /^exec: signal an object; write an Abort/],
    [
      'hooks',
      () => os.exec('true', { hooks: { openat: 5 } }),
      "exec: hooks 'openat': 5; write an object of functions",
    ],
    [
      'stdin',
      () => os.spawn('true', { stdin: 'inherit' }),
      "spawn: stdin 'inherit'; write 'pipe' or 'ignore'",
    ],
    [
      'tty',
      () => os.spawn('true', { tty: { rows: 0, columns: 80 } }),
      'spawn: tty an object; write true or false, or { rows, columns }, whole numbers from 1 to 65535',
    ],
    ['a program', () => os.spawn(null), 'spawn: command null; write a string without NUL'],
    [
      'arguments that are no list',
      () => os.spawn('echo', 'hello'),
      "spawn: arguments 'hello'; write an array of strings without NUL",
    ],
    ['events', () => os.events('process', { pids: 1 }), /^events: there is no option 'pids'; did/],
    [
      'pid of events',
      () => os.events('process', { pid: '1' }),
      "events: pid '1'; write a whole number from 1 to 4194304",
    ],
    ['maps', () => os.maps('1/../../etc'), /^maps: pid '1\/..\/..\/etc'; write a whole number/],
    ['threads', () => os.threads(), /^threads: pid undefined; write a whole number/],
    ['files', () => os.files(-1), /^files: pid -1; write a whole number/],
    ['addCommand', () => os.addCommand('x'), 'addCommand: command undefined; write a function'],
    ['snapshot', () => os.snapshot(5), 'snapshot: path 5; write a string'],
    [
      'writeConsole',
      () => os.writeConsole(5),
      'writeConsole: data 5; write a string or bytes (Buffer, TypedArray, DataView)',
    ],
    [
      'resizeConsole',
      () => os.resizeConsole({ rows: 'x' }),
      /^resizeConsole: size an object; write \{ rows, columns \}/,
    ],
    ['pace', () => os.inspect.pace('pause'), /^pace: pace 'pause'; write \{ kind: 'run' \}/],
    ['walk', () => os.inspect.walk(1, 'x'), "walk: address 'x'; write a whole number from 0"],
    ['devices.add', () => os.devices.add(), 'devices.add: options undefined; write an object'],
    [
      'a path that is no string',
      () => os.fs.readFile(new URL('file:///etc/passwd')),
      'fs.readFile: path an object (URL); write a string without NUL',
    ],
    ['no path', () => os.fs.stat(), 'fs.stat: path undefined; write a string without NUL'],
    [
      'a path with a NUL',
      () => os.fs.readFile('/etc/pass\0wd'),
      "fs.readFile: path '/etc/pass\\0wd'; write a string without NUL",
    ],
    [
      'a second path',
      () => os.fs.rename('/etc/passwd', undefined),
      'fs.rename: to undefined; write a string without NUL',
    ],
    [
      'nothing to write',
      () => os.fs.writeFile('/tmp/a'),
      'fs.writeFile: data undefined; write a string or bytes (Buffer, TypedArray, DataView)',
    ],
    [
      'an object to write',
      () => os.fs.writeFile('/tmp/a', {}),
      'fs.writeFile: data an object; write a string or bytes (Buffer, TypedArray, DataView)',
    ],
    [
      'a flag',
      () => os.fs.writeFile('/tmp/a', 'x', { flag: 'r+' }),
      "fs.writeFile: flag 'r+'; write 'w', 'wx', 'a' or 'ax'",
    ],
    [
      'an encoding',
      () => os.fs.readFile('/etc/passwd', 'utf9'),
      "fs.readFile: encoding 'utf9'; write utf8, latin1, base64, hex … or null for bytes",
    ],
    [
      'a mode as text',
      () => os.fs.chmod('/tmp', '755'),
      "fs.chmod: mode '755'; write a whole number from 0 to 4095, such as 0o755",
    ],
    ['chown', () => os.fs.chown('/tmp'), /^fs.chown: uid undefined; write a whole number/],
    ['a size', () => os.fs.truncate('/tmp/a', -1), /^fs.truncate: size -1; write a whole number/],
    [
      'a time',
      () => os.fs.utimes('/tmp', 'noon', 0),
      "fs.utimes: atime 'noon'; write a Date, or seconds since 1970",
    ],
    [
      'recursive',
      () => os.fs.mkdir('/tmp/q/w', { recursive: 'yes' }),
      "fs.mkdir: recursive 'yes'; write true or false",
    ],
  ] as Untyped)('%s', async (_, call, message) => {
    expect(await refusal(call)).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  test('a program that is asked wrongly goes on', async () => {
    const program = os.spawn('cat');
    expect(await refusal(() => program.write(5))).toMatch(/^write: data 5; write a string or/);
    expect(await refusal(() => program.waitFor(5))).toBe(
      'waitFor: pattern 5; write a string or a RegExp',
    );
    expect(await refusal(() => program.waitFor('x', 100))).toBe(
      'waitFor: options 100; write an object',
    );
    expect(await refusal(() => program.resize({ rows: 5 }))).toMatch(/^resize: size an object; /);
    program.write('still here\n');
    await program.waitFor('still here');
    program.end();
    expect((await program.exit).exitCode).toBe(0);
  });

  test('what is unset is left out, and views of bytes are bytes', async () => {
    const { stdout } = await os.exec('cat', { input: 'x', cwd: undefined, timeout: undefined });
    expect(stdout).toBe('x');
    await os.fs.writeFile('/tmp/numbers', new Uint16Array([1, 2]));
    await os.fs.writeFile('/tmp/view', new DataView(new ArrayBuffer(3)));
    expect([...(await os.fs.readFile('/tmp/numbers'))]).toEqual([1, 0, 2, 0]);
    expect((await os.fs.readFile('/tmp/view')).length).toBe(3);
  });
});
