/** vm.compact_memory in a guest whose programs go on (MEM-16). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

/** Gives back every second page of 24 MiB, has memory compacted, and looks at the others. */
const PROGRAM = `
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
enum { PAGES = 6144 };
static void show(void) {
  char text[512];
  int fd = open("/proc/buddyinfo", O_RDONLY);
  text[read(fd, text, sizeof text - 1)] = 0;
  close(fd);
  fputs(text, stdout);
}
int main(void) {
  unsigned *p = mmap(NULL, PAGES * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < PAGES; i++) p[i * 1024] = i;
  for (int i = 1; i < PAGES; i += 2) munmap(p + i * 1024, 4096);
  show();
  int fd = open("/proc/sys/vm/compact_memory", O_WRONLY);
  if (write(fd, "2", 1) >= 0) puts("2 is no way to ask");
  if (write(fd, "1", 1) != 1) return 1;
  show();
  for (int i = 0; i < PAGES; i += 2)
    if (p[i * 1024] != i) return 2;
  return 0;
}
`;

test('what was in single pages lies together, and the program has what it had', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-compaction-'));
  const file = join(folder, 'scatter.c');
  writeFileSync(file, PROGRAM);
  const build = resolve(import.meta.dirname, '../../build/compaction');
  const [program] = await buildPrograms([{ file, flags: ['-O1'] }], build);
  rmSync(folder, { recursive: true });
  const system = await boot({ memory: '48M', mounts: { '/programs': build } });
  try {
    const name = `/programs/${(program ?? '').split('/').at(-1)}`;
    const { stdout, exitCode } = await system.exec(`${name} && grep -E '^compact' /proc/vmstat`);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n').filter((line) => line.startsWith('Node 0, zone'));
    const [before = [], after = []] = lines.map((line) => line.trim().split(/ +/).slice(4));
    const pages = (counts: readonly string[], first: number): number =>
      counts.reduce((sum, count, at) => sum + (at < first ? 0 : Number(count) * 2 ** at), 0);
    // 12 MiB are in single pages before: nearly all of it is in blocks of 64 KiB and more then.
    expect(Number(before[0])).toBeGreaterThan(2500);
    expect(Number(after[0])).toBeLessThan(300);
    expect(pages(after, 4) - pages(before, 4)).toBeGreaterThan(2200);
    expect(Number(/^compact_isolated (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(2000);
  } finally {
    await system.close();
  }
});
