/** What `--stats` estimates, against a program that is known. */
import { basename, dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { counters } from '../support/churn/churn.ts';

const HERE = import.meta.dirname;
const LOOP_INSTRUCTIONS = 80_000_000;
const LOADS = 20_000_000;
/** Half a million instructions a slice in virtual time. */
const MIN_SAMPLES = 150;

test('hits of the TLB are estimated from where slices end', async () => {
  const source = { file: join(HERE, 'statistics.c'), flags: ['-O1'] };
  const [path = ''] = await buildPrograms([source], resolve(HERE, '../../build/statistics'));
  const mounts = { '/m': `${dirname(path)}:ro` };
  const system = await boot({ deterministic: 1, statistics: true, cache: false, mounts });
  try {
    const { exitCode } = await system.exec(`/m/${basename(path)}`);
    expect(exitCode).toBe(0);
    const jit = counters(await system.fs.readFile('/proc/jit', 'utf8'));
    const tlb = counters(await system.fs.readFile('/proc/tlbstat', 'utf8'));
    expect(jit['instructions']).toBeGreaterThan(LOOP_INSTRUCTIONS);
    expect(tlb['tlbSamples']).toBeGreaterThanOrEqual(MIN_SAMPLES);
    // Three standard deviations of so many looks.
    expect(tlb['tlbAccessesEstimated']).toBeGreaterThan(LOADS * 0.58);
    expect(tlb['tlbAccessesEstimated']).toBeLessThan(LOADS * 1.42);
    const misses = (tlb['tlbAccessesEstimated'] ?? 0) - (tlb['tlbHitsEstimated'] ?? 0);
    expect(misses).toBe(tlb['pageWalks']);
  } finally {
    await system.close();
  }
});

test('nobody pays for what nobody asks for', async () => {
  const system = await boot({ deterministic: 1, cache: false });
  try {
    await system.exec('true');
    expect(await system.fs.readFile('/proc/tlbstat', 'utf8')).not.toContain('Estimated');
  } finally {
    await system.close();
  }
});
