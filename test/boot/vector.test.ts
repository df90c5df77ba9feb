/** Programs with vector registers on the kernel: V 1.0 is on with --isa rv64gcv only. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const BUILD = resolve(import.meta.dirname, '../../build/vector-programs');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-vector-'));
/** 128 + SIGILL. */
const ILLEGAL = 132;

beforeAll(async () => {
  const file = join(import.meta.dirname, 'vector.c');
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], BUILD);
  copyFileSync(program, join(WORK, 'vector'));
}, 120_000);

afterAll(() => {
  rmSync(WORK, { recursive: true, force: true });
});

/** As Debian's Linux 6.12 has it (test/machine/linux.ts): vsetvli's vtype of e16, m2, ta, ma; exec begins with vl and vtype 0. */
const KEPT = `hwcap: 1
switches: kept
signal: kept, vl 11, vtype c9
exec: vl 0, vill 0
`;

test.each([1, 2])('vector registers outlive switches and handlers, %i harts', async (harts) => {
  const system = await boot({ harts, isa: 'rv64gcv', mounts: { '/programs': WORK } });
  try {
    const result = await system.exec('/programs/vector');
    expect(result.stdout).toBe(KEPT);
    expect(result.exitCode).toBe(0);
    const { stdout } = await system.exec('grep -m1 ^isa /proc/cpuinfo');
    expect(stdout).toMatch(/: rv64imafdcv_/);
  } finally {
    await system.close();
  }
});

test('without V they are illegal', async () => {
  const system = await boot({ mounts: { '/programs': WORK } });
  try {
    const { exitCode, signal, stdout } = await system.exec('/programs/vector again; echo $?');
    expect({ exitCode, signal, stdout }).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `${ILLEGAL}\n`,
    });
  } finally {
    await system.close();
  }
});
