/** What a program uses of its memory by the accessed bits (wss, MEM-14), and what of a file is in memory (fincore, MEM-15). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

/** Fills 8 MiB, says so, and goes on with 1 MiB of it. */
const PROGRAM = `
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  volatile char *p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 8 << 20; i += 4096) p[i] = 1;
  printf("%d\\n", getpid());
  fflush(stdout);
  for (;;)
    for (int i = 0; i < 1 << 20; i += 4096) p[i]++;
}
`;
let system: System;
let program: string;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-wss-'));
  const file = join(folder, 'user.c');
  writeFileSync(file, PROGRAM);
  const build = resolve(import.meta.dirname, '../../build/working-set');
  const [built] = await buildPrograms([{ file, flags: ['-O1'] }], build);
  rmSync(folder, { recursive: true });
  program = `/programs/${(built ?? '').split('/').at(-1)}`;
  system = await boot({ memory: '48M', mounts: { '/programs': build } });
});

afterAll(() => system.close());

test('wss counts the pages that a process has used since it asked', async () => {
  const { stdout } = await system.exec(
    `mkfifo /tmp/pid; ${program} > /tmp/pid & read pid < /tmp/pid; wss $pid 0.2; kill $pid`,
  );
  const [title, line = ''] = stdout.split('\n');
  expect(title?.trim().split(/ +/)).toEqual(['Est(s)', 'Rss(KiB)', 'Pss(KiB)', 'Ref(KiB)']);
  const [seconds = 0, resident = 0, , used = 0] = line.trim().split(/ +/).map(Number);
  expect(seconds).toBeGreaterThanOrEqual(0.2);
  expect(resident).toBeGreaterThan(8192);
  // The 1 MiB, a little of the program's text, and its stack.
  expect(used).toBeGreaterThanOrEqual(1024);
  expect(used).toBeLessThan(1200);
});

test('fincore shows what drop_caches takes and a read brings back', async () => {
  const { stdout } = await system.exec(
    `cd /root && dd if=/dev/zero of=f bs=4096 count=100 2>/dev/null && sync && fincore f
     echo 1 > /proc/sys/vm/drop_caches; fincore -n f
     dd if=f of=/dev/null bs=4096 count=1 skip=99 2>/dev/null; fincore -n -b f`,
  );
  // As util-linux 2.38 prints it for such files.
  expect(stdout).toBe(
    '  RES PAGES  SIZE FILE\n 400K   100  400K f\n 0B     0  400K f\n 4096     1 409600 f\n',
  );
});
