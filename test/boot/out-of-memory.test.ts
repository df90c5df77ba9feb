/** A guest that runs out of memory: who is killed, what the log says, and that the rest goes on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

/** Touches memory, 1 MiB at a time, for ever or up to argv[1] MiB; with a limit it then says so and waits for stdin to end. With argv[2] forks before. */
const HOG = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int limit = argc > 1 ? atoi(argv[1]) : 1 << 30;
  for (int i = argc > 2 ? atoi(argv[2]) : 0; i > 0; i--) fork();
  for (int i = 0; i < limit; i++) {
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) { printf("%d MiB, then ENOMEM\\n", i); return 3; }
    memset(p, 1, 1 << 20);
  }
  puts("full");
  fflush(stdout);
  while (getchar() != EOF) continue;
  return 0;
}
`;
const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-oom-'));
let system: System;
let hog: string;
let hostFolder: string;

beforeAll(async () => {
  const file = join(FOLDER, 'hog.c');
  writeFileSync(file, HOG);
  const build = resolve(import.meta.dirname, '../../build/out-of-memory');
  const [program] = await buildPrograms([{ file, flags: ['-O1'] }], build);
  hog = `/programs/${(program ?? '').split('/').at(-1)}`;
  hostFolder = build;
  system = await boot({ memory: '48M', mounts: { '/programs': build } });
});

afterAll(async () => {
  await system.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

test('the largest process is killed, the log tells of it as on Linux, the shell survives', async () => {
  const result = await system.exec(
    `${hog} & pid=$!; wait $pid; echo status $?; dmesg | grep -i -e oom -e 'out of mem'`,
  );
  expect(result.stdout).toMatch(/^status 137$/m);
  // Texts of mm/oom_kill.c of Linux 6.6.
  expect(result.stdout).toMatch(
    / invoked oom-killer: gfp_mask=0x[0-9a-f]+\(GFP_\S+\), order=0, oom_score_adj=0$/m,
  );
  expect(result.stdout).toMatch(
    /Out of memory: Killed process \d+ \(\w+\) total-vm:\d+kB, anon-rss:(\d+)kB, file-rss:\d+kB, shmem-rss:0kB, UID:0 pgtables:\d+kB oom_score_adj:0$/m,
  );
  expect((await system.exec('grep ^oom_kill /proc/vmstat')).stdout).toBe('oom_kill 1\n');
});

test('oom_score_adj turns the choice to a smaller process', async () => {
  const result = await system.exec(
    `(sh -c 'echo 1000 > /proc/self/oom_score_adj; exec sleep 100' & small=$!
     echo -500 > /proc/self/oom_score_adj; ${hog} & big=$!
     wait $small; echo small $?; kill -9 $big)`,
  );
  expect(result.stdout).toMatch(/^small 137$/m);
});

test('mode 2 gives ENOMEM at the limit in place of a kill', async () => {
  await system.exec(
    'echo 2 > /proc/sys/vm/overcommit_memory; echo 30 > /proc/sys/vm/overcommit_ratio',
  );
  const result = await system.exec(`${hog}; echo status $?; grep Commit /proc/meminfo`);
  await system.exec('echo 0 > /proc/sys/vm/overcommit_memory');
  expect(result.stdout).toMatch(/^\d+ MiB, then ENOMEM\nstatus 3$/m);
  const limit = /^CommitLimit: +(\d+) kB$/m.exec(result.stdout);
  // 30 % of 48 MiB, in whole pages.
  expect(Number(limit?.[1])).toBe(Math.floor(((48 * 1024) / 4) * 0.3) * 4);
});

test('programs run on after their pages were reclaimed', async () => {
  const result = await system.exec(
    `cat /proc/self/maps >/dev/null; ${hog}; ls / | head -1; echo alive`,
  );
  expect(result.stdout).toMatch(/alive$/m);
});

test('a crowd that takes the memory is thinned out before each has scraped together what the others run', async () => {
  const crowded = await boot({
    memory: '48M',
    mounts: { '/programs': hostFolder },
  });
  try {
    await crowded.exec(`${hog} 1000 50 > /dev/null 2>&1 &`);
    const counted = async (name: string) => {
      const text = await crowded.fs.readFile('/proc/vmstat', 'utf8');
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    };
    await expect.poll(() => counted('oom_kill'), { timeout: 60_000 }).toBeGreaterThan(60);
    // 6 here; 30 where each kill waited for as many retries as the first.
    const [stalls, kills] = [await counted('allocstall_dma32'), await counted('oom_kill')];
    expect(stalls / kills).toBeLessThan(15);
  } finally {
    await crowded.close();
  }
});
