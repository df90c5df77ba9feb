/** Programs that are started again and again are decoded once, and no region of theirs is lost or made twice. */
import { expect, test } from 'vitest';
import { boot } from '../../src/index.ts';

const STARTS = 600;

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
