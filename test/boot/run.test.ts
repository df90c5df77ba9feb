/** `hartix run` as scripts use it: streams, statuses, signals, wrong options. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-run-'));
afterAll(() => rmSync(WORK, { recursive: true }));

function hartix(
  args: string[],
  input = '',
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [CLI, ...args], { input, encoding: 'utf8', timeout: 60_000 });
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(WORK, name);
  writeFileSync(path, content, { mode: 0o755 });
  return path;
}

test('streams and status are wired through', () => {
  const result = hartix(['run', '--', 'sh', '-c', 'cat; echo err >&2; exit 7'], 'in\n');
  expect(result).toMatchObject({ status: 7, stdout: 'in\n', stderr: 'err\n' });
});

test('a terminal is told which signal ended the program, as by a shell; a script has the status', async () => {
  const driver = new TerminalDriver(
    process.execPath,
    [CLI, 'run', '--', 'sh', '-c', 'kill -SEGV $$'],
    {
      rows: 10,
      columns: 80,
    },
  );
  expect(await driver.exit).toBe(139);
  expect(driver.output).toContain('hartix: ended by SIGSEGV');
  const piped = hartix(['run', '--', 'sh', '-c', 'kill -SEGV $$']);
  expect(piped).toMatchObject({ status: 139, stderr: '' });
});

test('--stats counts what happened, and leaves out what did not', () => {
  const { stderr } = hartix(['run', '--stats', '--', 'true']);
  expect(stderr).toMatch(/^== \/proc\/vmstat\n(\w+ [1-9]\d*\n)+== \/proc\/stat$/m);
  expect(stderr).toMatch(/^instructions: +[1-9]/m);
  expect(stderr).not.toMatch(/^\S+ +0$/m);
});

test('with --gdb it is told where the program lies that was compiled', async () => {
  const source = file('symbols.c', 'int main(void) { return 0; }\n');
  const child = spawn(process.execPath, [CLI, 'run', '--gdb', '0', source]);
  let told = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    told += chunk as string;
    if (told.includes('target remote')) break;
  }
  const [, program = ''] = /^gdb: file (.*\/symbols)$/m.exec(told) ?? [];
  expect(existsSync(program)).toBe(true);
  child.kill();
  await once(child, 'exit');
});

test('the line of the README works in a pipe', () => {
  const script = 'echo $((6*7)); ls /; cat /proc/self/maps | head -3; ps -ef';
  const { status, stdout } = hartix(['run', '--', 'sh', '-c', script]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^42\nbin\ndev\netc\n/);
  expect(stdout).toMatch(/^[0-9a-f]+-[0-9a-f]+ r-xp .* \/bin\/cat$/m);
  expect(stdout).toMatch(/^root\s+1\s+0 .*init/m);
});

test.each([
  [['run', '--', 'sh', '-c', 'kill -9 $$'], 137],
  [['run', '--', 'sh', '-c', 'kill -TERM $$'], 143],
  [['run', '--timeout', '0.5', '--', 'sleep', '100'], 124],
  [['run', '--', 'no-such-command'], 127],
  [['run', '--', '/etc/passwd'], 126],
])('%j ends with status %i', (args, status) => {
  expect(hartix(args).status).toBe(status);
});

test.each([
  [['--no-such-option'], /unknown option/],
  [['run', '--memory', '1M', '--', 'true'], /16M to 3.5G/],
  [['run', '--memory', 'lots', '--', 'true'], /no size/],
  [['run', '--harts', '9', '--', 'true'], /9 is outside 1 to 8/],
  [['run', '--harts', '2', '--deterministic=1', '--', 'true'], /deterministic machine has one/],
  [['run', '--mount', '/no/such/folder:/mnt', '--', 'true'], /cannot read the host folder/],
  [['run', '--mount', 'nonsense', '--', 'true'], /HOST:GUEST/],
  [['run', '--rootfs', '/no/such/image', '--', 'true'], /cannot read/],
  [['run', '/no/such/file'], /no file/],
  [['run', '--memory', '--', 'true'], /needs a value/],
  [['run', '--user', 'nobody-at-all', '--', 'true'], /no user/],
  [['run', '--cwd', '/no/such', '--', 'true'], /no folder '\/no\/such'/],
  [['run', '--cwd', '/etc/passwd', '--', 'true'], /no folder/],
  [['run'], /nothing to run/],
  [['nonsense'], /no subcommand/],
  [['runn', '--', 'x'], /did you mean run\?/],
  [['help', 'nonsense'], /no subcommand 'nonsense'/],
  [['run', '--memroy', '1G', '--', 'x'], /unknown option '--memroy'; did you mean --memory\?/],
  [['restore', '/no/such'], /^hartix: restore: no file '\/no\/such'/],
  [['replay', 'package.json'], /'package.json' is no recording/],
  [['record', '/tmp/x'], /^hartix: record: nothing to run; write: hartix record \/tmp\/x -- CMD/],
])('%j is refused in one line', (args, text) => {
  const { status, stderr } = hartix(args);
  expect(stderr).toMatch(text);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});

test('a trace goes to the last call of the program', () => {
  const script = 'ls / > /dev/null; kill -USR1 $$';
  for (let round = 0; round < 3; round++) {
    const { status, stderr } = hartix([
      'run',
      '--trace',
      'syscall,signal',
      '--',
      'sh',
      '-c',
      script,
    ]);
    expect(status).toBe(138);
    expect(stderr).toMatch(/^\[syscall\] (\d+) kill\(\1, SIGUSR1\)/m);
    expect(stderr).toMatch(/^\[signal\] send 10 to \d+ \(sh\)$/m);
    expect(hartix(['run', '--trace', 'syscall', '--', 'true']).stderr).toMatch(
      /^\[syscall\] 3 exit_group\(0\) = \?$/m,
    );
  }
});

test('a C source of the host is compiled and run', () => {
  const source = file(
    'hello.c',
    '#include <stdio.h>\nint main(int c, char **v) { printf("hello %s %d\\n", v[1], c); return 5; }\n',
  );
  expect(hartix(['run', source, 'world'])).toMatchObject({ status: 5, stdout: 'hello world 2\n' });
});

test('a script of the host runs with its folder as /host', () => {
  file('data.txt', 'content\n');
  const script = file('script.sh', '#!/bin/sh\ncat data.txt; pwd; echo "$1"; touch x\n');
  const result = hartix(['run', script, 'argument']);
  expect(result.stdout).toBe('content\n/host\nargument\n');
  expect(result.stderr).toMatch(/Read-only file system/);
});

test('a .sh file that nobody made executable runs; another file says how to make it so', () => {
  const script = join(WORK, 'plain.sh');
  writeFileSync(script, 'echo "$1"; exit 4\n', { mode: 0o644 });
  expect(hartix(['run', script, 'a b'])).toMatchObject({ status: 4, stdout: 'a b\n' });
  const data = join(WORK, 'data');
  writeFileSync(data, 'words\n', { mode: 0o644 });
  const result = hartix(['run', data]);
  expect(result.status).toBe(126);
  expect(result.stderr).toMatch(/permission denied \(on the host: chmod \+x\)/);
});

test.skipIf(!existsSync('/dev/full'))('output that the host cannot take is an error', () => {
  const command = `"${process.execPath}" "${CLI}" run -- echo x > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toMatch(/standard output: .*ENOSPC/);
  expect(status).toBe(1);
});

test('the console in a pipe is readable and ends with its input', () => {
  const { status, stdout } = hartix([], 'echo $((6*7))\nexit 3\n');
  expect(stdout).toMatch(/42\r\n/);
  expect(stdout).not.toContain('\x1b');
  expect(status).toBe(3);
  expect(hartix([], 'true\n').status).toBe(0);
  expect(hartix([], '').status).toBe(0);
});

test('a corrupt and a foreign program', () => {
  const corrupt = file('corrupt', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0));
  expect(hartix(['run', corrupt]).status).toBe(126);
  expect(hartix(['run', process.execPath])).toMatchObject({ status: 2 });
});

test('a kernel panic ends with status 70 and says what was running', () => {
  const { status, stderr } = hartix(['run', '--', 'sh', '-c', 'echo c > /proc/sysrq-trigger']);
  expect(status).toBe(70);
  expect(stderr).toMatch(/Kernel panic - not syncing: .*sysrq triggered crash/);
  expect(stderr).toMatch(/task \d+ \(sh\)/);
  expect(stderr).toMatch(/call: writev?\(/);
  expect(stderr).toMatch(/pc {2}[0-9a-f]{16}/);
});

test('a reader that goes away ends an endless program', () => {
  const result = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" run -- yes | head -n 2`], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(result.stdout).toBe('y\ny\n');
});

test('^C reaches the program, twice ends the machine', async () => {
  const start = (script: string) =>
    spawn(process.execPath, [CLI, 'run', '--', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const ready = (child: ReturnType<typeof start>) =>
    new Promise<void>((done) => child.stdout?.once('data', () => done()));
  const ended = (child: ReturnType<typeof start>) =>
    new Promise<number | null>((done) => child.once('close', done));
  const caught = start("trap 'exit 9' INT; echo ready; while :; do :; done");
  await ready(caught);
  caught.kill('SIGINT');
  expect(await ended(caught)).toBe(9);
  const stubborn = start("trap '' INT; echo ready; while :; do :; done");
  await ready(stubborn);
  const end = ended(stubborn);
  stubborn.kill('SIGINT');
  // Two signals that are pending at once are one.
  await new Promise((done) => setTimeout(done, 200));
  stubborn.kill('SIGINT');
  expect(await end).toBe(130);
});

test.each([['doctor'], ['--help'], ['completion bash'], ['image --help']])(
  'a reader of %s that goes is no news',
  (words) => {
    const command = `{ "${process.execPath}" "${CLI}" ${words}; echo "status $?" >&2; } | true`;
    const { stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(stderr).toMatch(/^status (0|1|141)\n$/);
  },
);
