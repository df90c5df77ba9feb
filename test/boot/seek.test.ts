/** hartix replay --until and --back: who wrote an address or a file last, and the call before. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-seek-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

const LOG = join(WORK, 'log');
const PROGRAM = join(WORK, 'culprit');
let [value, text] = ['', ''];

function hartix(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 100_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  const file = join(import.meta.dirname, 'culprit.c');
  const folder = resolve(import.meta.dirname, '../../build/boot');
  const [built = ''] = await buildPrograms([{ file, flags: ['-O1', '-g'] }], folder);
  copyFileSync(built, PROGRAM);
  const { status, stdout } = hartix(['record', LOG, PROGRAM]);
  expect(status).toBe(0);
  [value = '', text = ''] = stdout.split(/\s/);
}, 300_000);

function until(condition: string, ...options: string[]): string {
  const found = hartix(['replay', LOG, '--until', condition, ...options]);
  expect(found).toMatchObject({ status: 0, stderr: '' });
  return found.stdout;
}

test('the store that wrote an address last, of a thousand and one, also interpreted', () => {
  const found = until(`write ${value}:4`, '--symbols', PROGRAM);
  // innocent() stores a thousand times, guilty() once.
  expect(found).toMatch(
    /^culprit\[\d+\] thread \d+, instruction \d+, .*; it holds 1001 times\n0x[0-9a-f]+: sw /,
  );
  expect(found).toMatch(/ 0000000000005eed/);
  expect(found).toMatch(
    /^#0 \/host\/culprit guilty\+0x[0-9a-f]+ \(culprit\.c:\d+\)\n#1 \/host\/culprit main\+0x[0-9a-f]+ \(culprit\.c:\d+\)/m,
  );
  const source = readFileSync(join(import.meta.dirname, 'culprit.c'), 'utf8').split('\n');
  const lines = Array.from(
    found.matchAll(/culprit\.c:(\d+)/g),
    ([, line]) => source[Number(line) - 1],
  );
  expect(lines[0]).toContain('value = number;');
  expect(lines[1]).toContain('guilty(');
  expect(until(`write ${value}:4`, '--symbols', PROGRAM, '--interp')).toBe(found);
});

test('a variable by its name', () => {
  const byAddress = until(`write ${value}:4`, '--symbols', PROGRAM);
  expect(until('write value', '--symbols', PROGRAM)).toBe(byAddress);
  expect(until('write text+1:1', '--symbols', PROGRAM)).toContain(`read(0x3, ${text}, 0xd)`);
});

test('a call that wrote there, and a file', () => {
  expect(until(`write ${text}`)).toMatch(new RegExp(`: ecall {4}read\\(0x3, ${text}, 0xd\\)`));
  expect(until('write /tmp/culprit')).toMatch(
    /it holds 2 times\n.*write\(0x\d, 0x[0-9a-f]+, 0x6\)/,
  );
  const before = until('write /tmp/culprit', '--back', 'syscall');
  expect(before).toMatch(/write\(0x\d, 0x[0-9a-f]+, 0x5\)/);
});

test('the n-th call, an instruction, the last call of all', () => {
  const call = until('syscall pipe2:1');
  expect(call).toContain('ecall    pipe2(');
  const retired = Number(/instruction (\d+)/.exec(call)?.[1]);
  expect(until(`instret ${retired}`)).toContain(`instruction ${retired}, `);
  const last = hartix(['replay', LOG, '--back', 'syscall']);
  expect(last.stdout).toContain('ecall    exit_group(0x0)');
});

test.each([
  [['--until', 'syscall mount'], 1, /never holds/],
  [['--until', 'instret 999999999999'], 1, /never holds|ends at/],
  [['--until', 'syscall nonsense'], 2, /no system call 'nonsense'/],
  [['--until', 'nonsense'], 2, /write 0xADDRESS/],
  [['--until', 'write 0x10:0'], 2, /no byte/],
  [['--until', 'write value'], 2, /--symbols/],
  [['--until', 'write valve', '--symbols', PROGRAM], 2, /has no symbol 'valve'/],
  [['--until', 'write value', '--symbols', import.meta.filename], 2, /not an ELF file/],
  [['--back', 'instruction'], 2, /write syscall/],
])('%j is refused, or not there', (options, status, reason) => {
  const found = hartix(['replay', LOG, ...options]);
  expect(found.stderr).toMatch(reason);
  expect(found.status).toBe(status);
});
