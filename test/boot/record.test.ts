/** hartix record and hartix replay: real input, folders, signals and time, and the same run without them. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { boot, replay } from '../../src/index.ts';
import { RunLogWriter, readRunLog } from '../../src/machine-thread/repeat/run-log.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-record-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

function hartix(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** The hash of `--trace-hash`. */
function hashIn(stderr: string): string | undefined {
  return /trace hash ([0-9a-f]{16})/.exec(stderr)?.[1];
}

test('input, a folder, the time and random numbers: the same to the instruction without them', () => {
  const folder = join(WORK, 'folder');
  mkdirSync(folder);
  writeFileSync(join(folder, 'data'), 'of the host\n'.repeat(20_000));
  const log = join(WORK, 'log');
  const script =
    'md5sum /mnt/data; date +%s.%N; head -c 8 /dev/urandom | od -x; sort -r; sleep 0.2; date +%N; echo new > /mnt/new; echo err >&2; exit 5';
  const args = ['--trace-hash', '--mount', `${folder}:/mnt`, '--', 'sh', '-c', script];
  const recorded = hartix(['record', log, ...args], 'b\na\nc\n');
  expect(recorded.status).toBe(5);
  expect(recorded.stdout).toContain('\nc\nb\na\n');
  expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('new\n');
  const seconds = Number(/^(\d+)\.\d{9}$/m.exec(recorded.stdout)?.[1]);
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(120);
  renameSync(folder, `${folder}-gone`);
  for (const options of [[], ['--interp', '--no-cache']]) {
    const again = hartix(['replay', log, '--trace-hash', ...options]);
    expect(again).toMatchObject({ status: 5, stdout: recorded.stdout });
    expect(again.stderr).toContain('err\n');
    expect(hashIn(again.stderr)).toBeDefined();
  }
  // The hash of the program's end and of the recording's differ by what init did in between.
  const [first, second] = [0, 1].map(() => hashIn(hartix(['replay', log, '--trace-hash']).stderr));
  expect(first).toBe(second);
});

test('signals and what is typed while it runs', async () => {
  const log = join(WORK, 'signals');
  const script =
    'trap "echo int; date +%N" INT; echo ready; while read x; do echo "<$x>"; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; done; echo end $i';
  const child = spawn(process.execPath, [CLI, 'record', log, '--', 'sh', '-c', script]);
  let stdout = '';
  const seen = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => pattern.test(stdout) && resolve();
      child.stdout.on('data', look);
      look();
    });
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const status = new Promise((resolve) => child.on('close', resolve));
  await seen(/ready/);
  child.stdin.write('one\n');
  await seen(/<one>/);
  child.kill('SIGINT');
  await seen(/int/);
  child.stdin.end('two\nthree\n');
  expect(await status).toBe(0);
  expect(stdout).toMatch(/<two>\n<three>\nend 3000\n$/);
  expect(hartix(['replay', log])).toEqual({ status: 0, stdout, stderr: '' });
});

test('the API: terminals, hooks, commands of the host and files', async () => {
  const file = join(WORK, 'api');
  const system = await boot({
    memory: '64M',
    record: file,
    commands: {
      answer: async ({ stdout }) => {
        stdout.write(`${Math.random()}\n`);
        return 3;
      },
    },
  });
  const outputs: string[] = [];
  try {
    await system.fs.writeFile('/tmp/x', `${Math.random()}\n`);
    const shell = system.spawn('sh', { tty: { rows: 30, columns: 90 } });
    shell.write('stty size; cat /tmp/x; answer; echo $((6*7))\r');
    await shell.waitFor('42\r\n');
    shell.resize({ rows: 10, columns: 20 });
    shell.write('stty size; exit 4\r');
    let shown = '';
    shell.stdout.on('data', (chunk) => (shown += String(chunk)));
    expect(await shell.exit).toMatchObject({ exitCode: 4 });
    expect(shown).toContain('10 20');
    const held = system.spawn('cat', ['/etc/passwd'], {
      hooks: {
        openat: (call) => (call.paths[1] === '/etc/passwd' ? { errno: 'EPERM' } : undefined),
      },
    });
    let complaint = '';
    held.stderr.on('data', (chunk) => (complaint += String(chunk)));
    held.stdout.resume();
    expect(await held.exit).toMatchObject({ exitCode: 1 });
    outputs.push(complaint);
  } finally {
    await system.close();
  }
  const programs: { text: string; exit: unknown }[] = [];
  const again = await replay(file, {
    onProgram: (program) => {
      const entry = { text: '', exit: undefined as unknown };
      programs.push(entry);
      for (const stream of [program.stdout, program.stderr])
        stream.on('data', (chunk) => (entry.text += String(chunk)));
      program.exit.then(
        (exit) => (entry.exit = exit),
        () => undefined,
      );
    },
  });
  try {
    expect(await again.ended).toMatchObject({ difference: undefined });
  } finally {
    await again.close();
  }
  expect(programs).toHaveLength(2);
  expect(programs[0]?.text).toMatch(/30 90\r\n0\.\d+\r\n0\.\d+\r\n42\r\n[\s\S]*10 20/);
  expect(programs[0]?.exit).toMatchObject({ exitCode: 4 });
  expect(programs[1]).toMatchObject({ text: outputs[0], exit: { exitCode: 1 } });
});

test('a recording that is cut, altered, of something else, or of another root', () => {
  const log = join(WORK, 'broken');
  expect(hartix(['record', log, '--', 'sh', '-c', 'seq 3; seq 100 | sort | tail -1']).status).toBe(
    0,
  );
  const whole = readFileSync(log);
  const broken = (name: string, bytes: Uint8Array) => {
    const path = join(WORK, name);
    writeFileSync(path, bytes);
    return hartix(['replay', path]);
  };
  const end = whole.indexOf('\n') + 1;
  const cut = broken('cut', whole.subarray(0, whole.length - 5));
  expect(cut.status).toBe(1);
  expect(cut.stderr).toMatch(/cut short; it goes to instruction \d+/);
  const altered = Uint8Array.from(whole);
  altered[end + 40] = (altered[end + 40] ?? 0) ^ 1;
  expect(broken('altered', altered)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/damaged: the frame at byte/),
  });
  expect(broken('foreign', Buffer.from('#!/bin/sh\n'))).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/no recording/),
  });
  expect(hartix(['replay', join(WORK, 'nothing')])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/cannot read/),
  });
  const folder = join(WORK, 'root');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  expect(hartix(['replay', log, '--rootfs', folder])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/root image .* is another one/),
  });
});

test('where a run is another one is said', () => {
  const file = join(WORK, 'log-to-alter');
  expect(hartix(['record', file, '--', 'sh', '-c', 'seq 500 | sort | tail -1']).status).toBe(0);
  const { header, items } = readRunLog(file);
  const checks = items.filter((item) => item.kind === 'check');
  const altered = checks[Math.floor(checks.length / 2)];
  const other = join(WORK, 'altered-log');
  const log = new RunLogWriter(other, header);
  for (const item of items)
    log.add(altered && item === altered ? { ...altered, hash: '0'.repeat(16) } : item);
  log.close();
  const { status, stderr } = hartix(['replay', other]);
  expect(status).toBe(1);
  expect(stderr).toContain(`at instruction ${altered?.at.retired}`);
  expect(stderr).toMatch(/\((sh|seq|sort|tail|init)\[\d+\], pc 0x[0-9a-f]+/);
});

test.each([
  [['record'], /name a file first/],
  [['replay'], /name a file first/],
  [['record', join(WORK, 'x')], /nothing to run/],
  [['record', '/no/such/folder/x', '--', 'true'], /no such file/i],
  [['record', join(WORK, 'x'), '--harts', '2', '--', 'true'], /deterministic machine has one/],
])('%j is refused in one line', (args, reason) => {
  const { status, stderr } = hartix(args);
  expect(stderr).toMatch(reason);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
