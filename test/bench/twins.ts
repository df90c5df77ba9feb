/**
 * What ten twins take in memory, with the threads that they share; starts of machines, by turns: a boot, a restore from bytes, a fork
 * of a machine that has run since the last one, and a twin's first program; and a cold `hartix run -- true` beside a `hartix restore FILE -- true`. Milliseconds by the clock and of processor time, which says
 * more on a busy host. `node --expose-gc --import tsx test/bench/twins.ts [ROUNDS]`, with what `make` builds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boot, type System } from '../../src/index.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const TWINS = 10;
/** For threads that get ready in the background. */
const PAUSE_MS = 500;
const MEMORY = '256M';
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

const samples = new Map<string, { clock: number[]; processor: number[] }>();

function note(name: string, clockMs: number, processorMs: number): void {
  const known = samples.get(name) ?? { clock: [], processor: [] };
  known.clock.push(clockMs);
  known.processor.push(processorMs);
  samples.set(name, known);
}

async function timed<T>(name: string, run: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run();
  const clock = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  note(name, clock, (user + system) / 1000);
  return result;
}

function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [least = 0, median = 0] = [sorted[0], sorted[sorted.length >>> 1]];
  return `median ${median.toFixed(1)}, least ${least.toFixed(1)}`;
}

async function starts(parent: System): Promise<void> {
  const snapshot = await parent.snapshot();
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(PAUSE_MS);
    await (await timed('boot', () => boot({ memory: MEMORY }))).close();
    await sleep(PAUSE_MS);
    await (await timed('restore', () => boot({ snapshot }))).close();
    await parent.exec(['/bin/true']);
    await sleep(PAUSE_MS);
    const twin = await timed('fork', () => parent.fork());
    await timed("a twin's first program", () => twin.exec(['/bin/true']));
    await timed('its second', () => twin.exec(['/bin/true']));
    await twin.close();
  }
}

async function residentMb(): Promise<number> {
  for (let k = 0; k < 3; k++) {
    globalThis.gc?.();
    await sleep(PAUSE_MS);
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

async function memory(parent: System): Promise<void> {
  const before = await residentMb();
  const twins: System[] = [];
  for (let k = 0; k < TWINS; k++) twins.push(await parent.fork());
  const perTwin = async () => `${(((await residentMb()) - before) / TWINS).toFixed(1)} MB`;
  process.stdout.write(`RSS of a twin: ${await perTwin()}`);
  for (const twin of twins) await twin.exec('echo hi');
  process.stdout.write(`; with a shell behind it ${await perTwin()}\n`);
  await Promise.all(twins.map((twin) => twin.close()));
}

/** Of children that have ended: times(2)'s fields of /proc/self/stat, in hundredths of a second. */
function childrenMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

function cold(): void {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-twins-'));
  try {
    const file = join(folder, 'snapshot');
    const run = (...words: string[]) => spawnSync(process.execPath, [CLI, ...words]);
    run('snapshot', file, '--when', 'ready', '--', 'echo', 'ready');
    for (let round = 0; round < ROUNDS; round++) {
      for (const words of [['run'], ['restore', file]]) {
        const before = childrenMs();
        const start = performance.now();
        run(...words, '--', 'true');
        note(`cold ${words[0]}`, performance.now() - start, childrenMs() - before);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const parent = await boot({ memory: MEMORY });
await parent.exec('echo hi');
await memory(parent);
await starts(parent);
await parent.close();
cold();
for (const [name, { clock, processor }] of samples)
  process.stdout.write(`${name}: ${summary(clock)} ms; processor ${summary(processor)} ms\n`);
