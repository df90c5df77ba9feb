/** --fault: calls and disks that fail by rule, what programs make of it, and that the run can be repeated. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type BootOptions, boot } from '../../src/index.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-faults-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

async function run(script: string, faults: readonly string[], options: BootOptions = {}) {
  const system = await boot({ memory: '64M', deterministic: 5, faults, ...options });
  try {
    const { stdout, stderr, exitCode } = await system.exec(script);
    return { stdout, stderr, exitCode, faults: system.faults, seed: system.seed };
  } finally {
    await system.close();
  }
}

test('a call that fails has done nothing', async () => {
  // The third write of dd, of 4 bytes, fails: 8 are there.
  const { stdout, stderr, faults } = await run(
    'printf abcdefghijkl | dd of=/tmp/x bs=4 iflag=fullblock; cat /tmp/x; dmesg | tail -1',
    ['write:ENOSPC:comm=dd:path=/tmp/x:nth=3'],
  );
  expect(stdout).toMatch(
    /^abcdefgh\[.*\] fault write:ENOSPC:\S+, seed 5: dd\[\d+\]: write\(\d+, .* = ENOSPC\n$/,
  );
  expect(stderr).toContain('No space left on device');
  expect(faults).toHaveLength(1);
});

test('open, memory and descriptors: the errors are those of the rules', async () => {
  const { stdout, stderr, exitCode } = await run('cat /etc/passwd || cat /etc/passwd | wc -c', [
    'open:EMFILE:path=/etc/passwd:nth=1',
  ]);
  expect(stderr).toMatch(/passwd: (Too many|No file descriptors)/);
  expect(Number(stdout)).toBeGreaterThan(0);
  expect(exitCode).toBe(0);
  const memory = await run('sort /etc/passwd', ['alloc:ENOMEM:comm=sort:after=3']);
  expect(memory.exitCode).not.toBe(0);
  expect(memory.faults[0]?.text).toMatch(/^sort\[\d+\]: (brk|mmap)\(.* = ENOMEM$/);
});

test('close fails as on Linux: the descriptor is free all the same', async () => {
  const script = 'exec 3</etc/passwd; exec 3<&-; ls -l /proc/self/fd | grep -c passwd';
  const { stdout, faults } = await run(script, ['close:EIO:path=/etc/passwd']);
  expect(faults.length).toBeGreaterThan(0);
  expect(stdout).toBe('0\n');
});

test('short reads and writes lose nothing', async () => {
  const script =
    'seq 2000 | sort -n | cat | md5sum; cp /bin/busybox /tmp/copy 2>/dev/null || cp /bin/sh /tmp/copy; cmp /bin/sh /tmp/copy';
  const plain = await run(script, []);
  const short = await run(script, ['read:short', 'write:short']);
  expect(short.faults.length).toBeGreaterThan(20);
  expect(short).toMatchObject({
    stdout: plain.stdout,
    stderr: plain.stderr,
    exitCode: plain.exitCode,
  });
});

test('the same seed fails the same calls, another one others', async () => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9; do echo $i > /tmp/f$i; cat /tmp/f$i; done; true';
  const rules = ['open:EIO:p=0.3', 'read:EINTR:p=0.1'];
  const first = await run(script, rules);
  expect(first.faults.length).toBeGreaterThan(0);
  expect(await run(script, rules)).toEqual(first);
  expect((await run(script, rules, { deterministic: 6 })).faults).not.toEqual(first.faults);
});

test('the system itself is left alone, and a machine with several harts has faults, too', async () => {
  const { faults, exitCode } = await run('true', ['openat:EIO']);
  expect(exitCode).toBe(0);
  expect(faults.every(({ text }) => !text.startsWith('init'))).toBe(true);
  const system = await boot({ harts: 2, memory: '64M', faults: ['open:EACCES:path=/etc/passwd'] });
  try {
    expect((await system.exec('cat /etc/passwd')).exitCode).not.toBe(0);
    expect(system.seed).toBeDefined();
  } finally {
    await system.close();
  }
});

test('a request of a disk fails with EIO', async () => {
  const disk = join(WORK, 'disk');
  writeFileSync(disk, Buffer.alloc(1 << 20, 'x'));
  const { stdout, stderr, faults } = await run(
    'cat /dev/vdb >/dev/null; echo $?; echo still here',
    ['disk:EIO:op=read'],
    { disks: [disk] },
  );
  expect(faults[0]?.text).toMatch(/^\/dev\/vdb: read of sector 0 = EIO/);
  expect(stderr).toMatch(/Input\/output error|I\/O error/);
  expect(stdout).toBe('1\nstill here\n');
});

test('the power is cut: what was flushed is there, the rest is there or not', () => {
  const disk = join(WORK, 'power');
  writeFileSync(disk, Buffer.alloc(1 << 20, 'o'));
  const script =
    'head -c 262144 /dev/zero | tr "\\0" a | dd of=/dev/vdb bs=64k conv=fsync,notrunc; head -c 262144 /dev/zero | tr "\\0" b | dd of=/dev/vdb bs=64k conv=fsync,notrunc; echo not here';
  const args = [
    'run',
    '--disk',
    disk,
    '--fault',
    'disk:cut:op=flush:nth=2',
    '--',
    'sh',
    '-c',
    script,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stdout).not.toContain('not here');
  expect(stderr).toMatch(/\/dev\/vdb: power cut before a flush; \d+ of \d+ sectors/);
  const [, seed] = /seed (\d+)/.exec(stderr) ?? [];
  expect(stderr).toContain(`again: hartix run --deterministic=${seed} --disk`);
  expect(status).toBe(71);
  const content = readFileSync(disk);
  const sectors = Array.from({ length: 2048 }, (_, i) => content.subarray(512 * i, 512 * i + 512));
  const letters = sectors.map((sector) =>
    new Set(sector).size === 1 ? String.fromCharCode(sector[0] ?? 0) : '?',
  );
  expect(letters.slice(512).every((letter) => letter === 'o')).toBe(true);
  expect(new Set(letters.slice(0, 512))).toEqual(new Set(['a', 'b']));
});

test.each([
  ['write:ENOSPACE', /'ENOSPACE' is no error/],
  ['disk', /TARGET:FAILURE/],
])('%j is refused in one line', (rule, reason) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [CLI, 'run', '--fault', rule, '--', 'true'],
    { encoding: 'utf8' },
  );
  expect(stderr).toMatch(reason);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
