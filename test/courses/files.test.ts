/**
 * Programs of the catalogue's part on files that it describes without a file of its own: P-FIL-01, P-FIL-05, P-FIL-09. What is expected
 * is the catalogue's. By hand: HARTIX_CRASH_CUTS=1000 npx vitest run --project guest test/courses/files.test.ts
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { hasTools } from '../fs/e2fsprogs.ts';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const CUTS = Number(process.env['HARTIX_CRASH_CUTS'] ?? 16);
const UPDATES = 6;
const MIB = 2 ** 20;
/** The file system ends here; what lies behind it is for marks. */
const MARK_SECTOR = (12 * MIB) / 512;

const work = mkdtempSync(join(tmpdir(), 'hartix-files-'));
let system: System;
beforeAll(async () => {
  const sources = ['copy.c', 'update.c'].map((name) => ({
    file: join(import.meta.dirname, name),
    flags: ['-O1'],
  }));
  const built = await buildPrograms(sources, resolve(import.meta.dirname, '../../build/courses'));
  for (const [index, name] of ['copy', 'update'].entries())
    copyFileSync(built[index] ?? '', join(work, name));
  system = await boot({ mounts: { '/programs': `${work}:ro` } });
}, 120_000);
afterAll(async () => {
  await system?.close();
  rmSync(work, { recursive: true });
});

describe('P-FIL-01, copy with a buffer of four bytes', () => {
  const run = (command: string) => system.exec(`PATH=/programs:$PATH; cd /tmp; ${command}`);

  test.each([
    ['copy', 'USAGE: copy src dest\n'],
    ['copy nope out', 'nope: No such file or directory\n'],
    ['copy /etc/passwd /dev/full', 'write: No space left on device\n'],
  ])('%s', async (command, stderr) => {
    expect(await run(command)).toMatchObject({ exitCode: 1, stderr });
  });

  test('copies by 327 writes what has 1,306 bytes', async () => {
    const command = `umask 022; seq 1 400 | head -c 1306 > in
      strace -o trace copy in out && cmp in out && stat -c %a out && grep -c '^write(' trace`;
    expect(await run(command)).toMatchObject({ stdout: '755\n327\n', stderr: '' });
  });
});

test('P-FIL-09, the columns of ls -hlai', async () => {
  const command = 'cd /tmp && umask 022 && head -c 18000 /dev/zero > ept.patch && ls -hlai';
  const { stdout } = await system.exec(command);
  expect(stdout).toMatch(/^ *[0-9]+ -rw-r--r-- +1 +\S+ +\S+ +18K .* ept\.patch$/m);
});

test.skipIf(!hasTools)(
  `P-FIL-05, a file replaced under ${CUTS} power cuts`,
  { timeout: 60_000 + CUTS * 1000 },
  () => {
    const [disk, before, recording] = ['disk', 'before', 'recording'].map((name) =>
      join(work, name),
    );
    const hartix = (...args: readonly string[]) =>
      spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
    spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-J', 'size=1', `${disk}`, '12M']);
    truncateSync(`${disk}`, 13 * MIB);
    copyFileSync(`${disk}`, `${before}`);
    const workload = `mount /dev/vdb /mnt && cd /mnt && /programs/update ${UPDATES} /dev/vdb ${MARK_SECTOR * 512}`;
    const options = ['--mount', `${work}:/programs:ro`, '--disk', `${disk},record=${recording}`];
    expect(hartix('run', ...options, '--', 'sh', '-c', workload)).toMatchObject({
      stdout: `0 0 ${UPDATES}\n`,
      stderr: '',
    });
    // Recovery: a temporary file is removed. What is left is whole, and not older than the last promise.
    const check = `rm -f target.tmp; test "$(ls -A | grep -v lost+found)" = "\${MARK:+target}" || test -z "$MARK" || exit 1
      test -e target || exit 0; test "$(wc -l < target)" = 20000 && test "$(sort -u target | wc -l)" = 1 &&
      test "$(head -n 1 target)" -ge "\${MARK:-1}"`;
    const { stdout, status } = hartix(
      ...['crash', '--recording', `${recording}`, '--image', `${before}`, '--cuts', String(CUTS)],
      ...['--mark-sector', String(MARK_SECTOR), '--check', check, '--seed', '2211'],
    );
    expect(stdout).toContain(`\n${CUTS} cuts, ${CUTS} clean; ${CUTS} promises looked at\n`);
    expect(status).toBe(0);
  },
);
