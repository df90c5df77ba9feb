/** README's commands, run as they are written there, in a folder with the files that they name. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FOREIGN = "needs somebody else's kernel; test/machine";
const DEBIAN = "needs Debian's packages; test/debian";

/** Commands that are not run here, by their beginning, and why, with what tests them. */
const SKIPPED: readonly (readonly [start: string, reason: string])[] = [
  ['npm ci', 'is what continuous integration does'],
  ['npm install', 'needs the registry; test/package installs the tarball'],
  ['npx hartix crash', 'takes minutes; src/fs/crash'],
  ['npx hartix run --gdb', 'waits for a debugger; src/machine/debug'],
  ['npx hartix replay run.log --gdb', 'waits for a debugger; test/boot/replay-gdb.test.ts'],
  ['npx hartix run --rootfs', DEBIAN],
  ['npx hartix machine --kernel', FOREIGN],
  ['npx hartix machine --firmware', FOREIGN],
  ['npx hartix snapshot', 'the dots stand for options; test/machine'],
  ['npx hartix restore', 'needs a snapshot; test/machine'],
  ['npx hartix record', 'the dots stand for options; test/machine'],
  ['npx hartix explore', 'many runs; test/boot'],
];

/** What some print; all must end with status 0. */
const PRINTED: readonly (readonly [start: string, pattern: RegExp])[] = [
  ["npx hartix run -- sh -c 'echo $((6*7))", /^42\n[\s\S]*\bproc\n[\s\S]*ps -ef/],
  ['npx hartix run hello.c', /^hello from C\n$/],
  ['npx hartix run --mount', /^3 \/data\/words\n$/],
  ['npx hartix run --here', /^built in \/here\n$/],
  ['npx hartix run --harts 4', /^4\n$/],
  ['npx hartix disasm', /file format elf64-littleriscv[\s\S]*\bret\b/],
  ['npx hartix image ls', /\bhostname$/m],
];

/** Lines of README's shell blocks, without what is said of them. */
function commands(): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '');
}

const all = commands();
const reasonOf = (command: string) => SKIPPED.find(([start]) => command.startsWith(start))?.[1];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hartix-readme-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('hello.c', '#include <stdio.h>\nint main(void) { return puts("hello from C") < 0; }\n');
  write('build.sh', 'echo built in $PWD\n');
  write('program', '#!/bin/sh\nhead -c 4 /dev/urandom | od -An -tx1\n');
  chmodSync(join(folder, 'program'), 0o755);
  mkdirSync(join(folder, 'data'));
  write('data/words', 'a\nb\nc\n');
  mkdirSync(join(folder, 'my-files'));
  write('my-files/note', 'mine\n');
  mkdirSync(join(folder, 'root/etc'), { recursive: true });
  write('root/etc/hostname', 'debian\n');
  spawnSync('tar', ['-C', 'root', '-cJf', 'debian-rootfs.tar.xz', 'etc'], { cwd: folder });
  copyFileSync(join(ROOT, 'dist/bench/workloads.riscv64'), join(folder, 'prog.elf'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(ROOT, 'dist/cli.js'), join(folder, 'bin/hartix'));
  // zig is found from the folder of the C file.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('README has commands', () => {
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter((command) => !/^(npx hartix|npm )/.test(command))).toEqual([]);
});

describe('README', () => {
  test.each(all.filter((command) => reasonOf(command) === undefined))('%s', (command) => {
    // What npx does is tested with the installed package; here it would look for one.
    const line = command.replaceAll('npx hartix', 'hartix');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: folder,
      encoding: 'utf8',
      input: '',
      timeout: 100_000,
      env: {
        ...process.env,
        PATH: [dirname(process.execPath), join(folder, 'bin'), process.env['PATH'] ?? ''].join(
          delimiter,
        ),
      },
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const pattern = PRINTED.find(([start]) => command.startsWith(start))?.[1];
    if (pattern) expect(stdout).toMatch(pattern);
  });

  test.each(all.filter((command) => reasonOf(command) !== undefined))('not run: %s', (command) => {
    process.stderr.write(`SKIPPED: ${command}: ${reasonOf(command)}\n`);
  });
});
