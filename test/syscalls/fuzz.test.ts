/** Random system calls with edge-case arguments, by a C program with fixed seeds: the kernel answers each and goes on. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const HERE = import.meta.dirname;
const WORK = mkdtempSync(join(tmpdir(), 'hartix-fuzz-'));
const CHILDREN = 10;
const CALLS = 1000;

beforeAll(async () => {
  const source = { file: join(HERE, 'fuzz/syscall-fuzz.c'), flags: ['-O1'] };
  const [program = ''] = await buildPrograms([source], resolve(HERE, '../../build/syscalls'));
  copyFileSync(program, join(WORK, 'fuzz'));
}, 100_000);

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

test.each([1, 3, 4, 7])('seed %i neither panics nor hangs the machine', async (seed) => {
  const system = await boot({ mounts: { '/programs': `${WORK}:ro` } });
  try {
    // A copy of its own: the program may damage its executable.
    const command = `cp /programs/fuzz /root/fuzz; /root/fuzz ${seed} ${CHILDREN} ${CALLS}`;
    const { stdout, timedOut } = await system.exec(command, { timeout: 30_000 });
    expect(timedOut).toBe(false);
    expect(Number(/^(\d+) calls$/m.exec(stdout)?.[1])).toBeGreaterThan(CALLS);
    // As root it may take the rights from /bin; the machine itself still answers.
    expect(await system.fs.readFile('/proc/1/comm', 'utf8')).toBe('init\n');
  } finally {
    await system.close();
  }
});
