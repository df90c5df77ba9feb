/**
 * Programs that mean harm, one to a machine of 64 MiB: whatever one does, the host's process lives, its memory stays within bounds,
 * and the API goes on answering. HARTIX_HOSTILE_MS=10000 gives each more time than the part of a second of CI.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Volume } from 'memfs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, HartixError, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { ATTACKS, type Attack } from './attacks.ts';

const HERE = import.meta.dirname;
const WORK = mkdtempSync(join(tmpdir(), 'hartix-hostile-'));
const ATTACK_MS = Number(process.env['HARTIX_HOSTILE_MS'] ?? 600);
/** Of a guest that is out of memory or has thousands of tasks, on a busy host. */
const PATIENCE_MS = 30_000;
const MEMORY_MB = 64;
/** Above the RAM: heaps of the threads, translations, what the attack had the kernel make. */
const OVERHEAD_MB = 400;
const FILES = ['processes', 'memory', 'ipc', 'code', 'files'];
let programs: string[];

beforeAll(async () => {
  const sources = FILES.map((name) => ({ file: join(HERE, `${name}.c`), flags: ['-O1'] }));
  programs = await buildPrograms(sources, resolve(HERE, '../../build/hostile'));
}, 100_000);

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an operation came to: a value, or an error that is one of ours. */
async function outcome<T>(what: string, promise: Promise<T>): Promise<T | HartixError> {
  try {
    return await inTime(what, promise);
  } catch (error) {
    if (error instanceof HartixError) return error;
    throw error;
  }
}

async function perform(system: System, attack: Attack, program: string): Promise<void> {
  const path = `/programs/${basename(program)}`;
  const env = attack.place === undefined ? {} : { PLACE: attack.place };
  if (attack.hasTerminal !== true) {
    const options = { env, timeout: ATTACK_MS, maxBuffer: 2 ** 22 };
    await outcome(attack.name, system.exec([path, attack.name], options));
    return;
  }
  const running = system.spawn(path, [attack.name], { tty: true, env, timeout: ATTACK_MS });
  await outcome(attack.name, running.exit);
  const { cells } = await running.screen();
  expect(cells).toHaveLength(24);
}

function folderOf({ file, name, place }: Attack): string {
  const folder = join(WORK, `${file}-${name}${place?.replaceAll('/', '-') ?? ''}`, 'shared');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '../outside'), 'not the guest’s');
  return folder;
}

test.for(
  ATTACKS.map((attack) => [`${attack.file} ${attack.name} ${attack.place ?? ''}`, attack] as const),
)('%s', { timeout: 4 * PATIENCE_MS }, async ([, attack]) => {
  const program = programs[FILES.indexOf(attack.file)] as string;
  const folder = folderOf(attack);
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  const system = await boot({
    memory: `${MEMORY_MB}M`,
    mounts: {
      '/programs': `${resolve(program, '..')}:ro`,
      '/host': folder,
      '/volume': new Volume(),
    },
    limits: { disk: '16M', inodes: 1000 },
  });
  try {
    await perform(system, attack, program);
    const next = await outcome('the next program', system.exec('echo served'));
    if (attack.aftermath === 'serves')
      expect(next).toMatchObject({ stdout: 'served\n', exitCode: 0 });
    if (attack.aftermath === 'off') expect(next).toBeInstanceOf(HartixError);
  } finally {
    await inTime('close', system.close());
    clearInterval(watch);
  }
  expect((most - before) / 2 ** 20).toBeLessThan(MEMORY_MB + OVERHEAD_MB);
  expect(readdirSync(join(folder, '..')).sort()).toEqual(['outside', 'shared']);
  expect(readFileSync(join(folder, '../outside'), 'utf8')).toBe('not the guest’s');
  expect(Object.keys(Object.prototype)).toEqual([]);
  rmSync(join(folder, '..'), { recursive: true, force: true });
});
