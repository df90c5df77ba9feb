/** Programs that are started again and again are decoded once, and no region of theirs is lost or made twice. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { counters } from '../support/churn/churn.ts';
import { workerPrograms } from '../support/churn/worker-programs.ts';

const STARTS = 1000;

test('hundreds of starts of a program decode and translate nothing again', async () => {
  const system = await boot({ cache: false });
  const counters = async (starts: number): Promise<Record<string, number>> => {
    const loop = `i=0; while [ $i -lt ${starts} ]; do /bin/true; i=$((i+1)); done; cat /proc/jit`;
    const { stdout } = await system.exec(loop);
    const found = [...stdout.matchAll(/^(\w+):\s+(\d+)$/gm)];
    return Object.fromEntries(found.map(([, name = '', value]) => [name, Number(value)]));
  };
  try {
    const before = await counters(50);
    const after = await counters(STARTS);
    expect(after['instructions']).toBeGreaterThan((before['instructions'] ?? 0) + STARTS * 1000);
    expect(after['pagesDecoded']).toBe(before['pagesDecoded']);
    // What the first starts have not come by; each start executes a hundred blocks.
    expect((after['blocksDecoded'] ?? 0) - (before['blocksDecoded'] ?? 0)).toBeLessThan(
      STARTS / 10,
    );
    expect(after).toMatchObject({ invalidated: 0, evicted: 0, sharedRegions: 0 });
    expect(after['regions']).toBe(after['translatedRegions']);
  } finally {
    await system.close();
  }
});

async function pagesDecoded(system: System): Promise<number> {
  return counters(await system.fs.readFile('/proc/jit', 'utf8'))['pagesDecoded'] ?? 0;
}

test('a program of a folder of the host is decoded once, and anew when its file has changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-exec-'));
  const path = join(folder, 'program');
  const program = await workerPrograms();
  const [first, second] = [program(1), program(2)];
  writeFileSync(path, first.bytes);
  chmodSync(path, 0o755);
  const system = await boot({ cache: false, mounts: { '/host': folder } });
  const start = async (times: number): Promise<string> => {
    const loop = `i=0; while [ $i -lt ${times} ]; do /host/program; i=$((i+1)); done`;
    return (await system.exec(loop)).stdout;
  };
  try {
    expect(await start(4)).toBe(`${first.output}\n`.repeat(4));
    const decoded = await pagesDecoded(system);
    expect(await start(8)).toBe(`${first.output}\n`.repeat(8));
    // Eight starts that decoded anything again would be eight pages at least. One of the shell's may be new: what it runs depends on when a child ends.
    expect((await pagesDecoded(system)) - decoded).toBeLessThanOrEqual(1);
    writeFileSync(path, second.bytes);
    expect(await start(2)).toBe(`${second.output}\n`.repeat(2));
  } finally {
    await system.close();
    rmSync(folder, { recursive: true });
  }
});
