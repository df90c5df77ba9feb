/** Address-space identifiers (MEM-03): what a switch costs with and without them, and that threads of a process cost none (SYN-03). */
import { basename, dirname, join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const HERE = import.meta.dirname;
const TURNS = 1000;
let program = '';
let shootdown = '';

beforeAll(async () => {
  const sources = ['asid.c', 'shootdown.c'].map((name) => ({
    file: join(HERE, name),
    flags: ['-O1', '-pthread'],
  }));
  [program = '', shootdown = ''] = await buildPrograms(sources, resolve(HERE, '../../build/asid'));
});

interface Cost {
  readonly writes: number;
  readonly flushes: number;
}

async function costs(append: string): Promise<Map<string, Cost>> {
  const mounts = { '/m': `${dirname(program)}:ro` };
  const system = await boot({ deterministic: 1, cache: false, mounts, append });
  try {
    const { stdout, exitCode } = await system.exec(`/m/${basename(program)}`);
    expect(exitCode).toBe(0);
    const found = [...stdout.matchAll(/^(\w+): (\d+) (\d+)$/gm)];
    return new Map(
      found.map(([, name = '', writes, flushes]) => [
        name,
        { writes: Number(writes), flushes: Number(flushes) },
      ]),
    );
  } finally {
    await system.close();
  }
}

it('with identifiers a switch of processes writes satp and flushes nothing', async () => {
  const found = await costs('');
  expect(found.get('threads')?.writes).toBeLessThan(TURNS / 10);
  expect(found.get('processes')?.writes).toBeGreaterThanOrEqual(2 * TURNS);
  expect(found.get('processes')?.flushes).toBeLessThan(TURNS / 10);
});

it('without them each switch of processes flushes, and of threads none', async () => {
  const found = await costs('asid=off');
  expect(found.get('threads')?.flushes).toBeLessThan(TURNS / 10);
  const { writes = 0, flushes = 0 } = found.get('processes') ?? {};
  expect(writes).toBeGreaterThanOrEqual(2 * TURNS);
  expect(flushes).toBeGreaterThanOrEqual(writes);
});

it('a page that one hart unmaps is gone on another at once', async () => {
  const mounts = { '/m': `${dirname(shootdown)}:ro` };
  const system = await boot({ harts: 2, cache: false, mounts });
  try {
    const { stdout } = await system.exec(`/m/${basename(shootdown)}`);
    expect(stdout).toBe('50 faults, 0 elsewhere, shot down\n');
  } finally {
    await system.close();
  }
});
