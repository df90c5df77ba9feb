/** Random system calls with edge-case arguments, by a C program with fixed seeds: the kernel answers each and goes on. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
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

/** KiB of RAM that are neither free nor said to be used for anything. */
async function unaccounted({ fs }: System): Promise<number> {
  const memory = new Map<string, number>();
  for (const line of (await fs.readFile('/proc/meminfo', 'utf8')).split('\n')) {
    const [, name = '', value = ''] = /^(\w+(?:\(\w+\))?): *(\d+)/.exec(line) ?? [];
    memory.set(name, Number(value));
  }
  const of = (name: string): number => memory.get(name) ?? Number.NaN;
  const used = ['MemFree', 'Buffers', 'Cached', 'AnonPages', 'Slab', 'PageTables'];
  return used.reduce((left, name) => left - of(name), of('MemTotal'));
}

async function openFiles({ fs }: System): Promise<number> {
  return Number((await fs.readFile('/proc/sys/fs/file-nr', 'utf8')).split('\t')[0]);
}

test.each([1, 3, 4, 7])('seed %i neither panics nor hangs the machine', async (seed) => {
  const system = await boot({ mounts: { '/programs': `${WORK}:ro` } });
  try {
    const before = await unaccounted(system);
    // A copy of its own: the program may damage its executable.
    const command = `cp /programs/fuzz /root/fuzz; /root/fuzz ${seed} ${CHILDREN} ${CALLS}`;
    const { stdout, timedOut } = await system.exec(command, { timeout: 30_000 });
    expect(timedOut).toBe(false);
    expect(Number(/^(\d+) calls$/m.exec(stdout)?.[1])).toBeGreaterThan(CALLS);
    // As root it may take the rights from /bin; the machine itself still answers.
    expect(await system.fs.readFile('/proc/1/comm', 'utf8')).toBe('init\n');
    // What is left of its processes is in files, mounts and System V objects, and all of that is counted.
    expect(await unaccounted(system)).toBe(before);
    // Init's console. The host's ends of the program's streams are closed a little after its end.
    await expect.poll(() => openFiles(system)).toBe(1);
  } finally {
    await system.close();
  }
});
