/** `hartix run --profile`: where a program spends its time, as a file for Chrome and VS Code. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { CpuProfile } from '../../src/cli/profile/cpu-profile.ts';
import { buildPrograms } from '../support/build-programs.ts';

const HERE = import.meta.dirname;
const CLI = resolve(HERE, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-profile-'));
afterAll(() => rmSync(WORK, { recursive: true }));

/** Path of the test program on the host. */
async function program(): Promise<string> {
  const flags = ['-O1', '-g', '-fno-omit-frame-pointer'];
  const source = { file: join(HERE, 'profile.c'), flags };
  const [path = ''] = await buildPrograms([source], resolve(HERE, '../../build/profile'));
  return path;
}

const hartix = (...args: string[]) =>
  spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', timeout: 60_000 });

test('time by function, under the process that it is of', async () => {
  const path = await program();
  const guest = `/m/${basename(path)}`;
  const file = join(WORK, 'out.cpuprofile');
  const mount = `${dirname(path)}:/m:ro`;
  const result = hartix('run', '--profile', file, '--mount', mount, '--', guest);
  expect(result).toMatchObject({ status: 0, stderr: '' });

  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  expect(profile.samples.length).toBe(profile.timeDeltas.length);
  for (const id of profile.samples) expect(byId.has(id)).toBe(true);
  const parents = new Map(
    profile.nodes.flatMap(({ id, children }) => children.map((child) => [child, id] as const)),
  );
  expect(parents.size).toBe(profile.nodes.length - 1);

  const time = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const name = byId.get(id)?.callFrame.functionName ?? '';
    time.set(name, (time.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  const share = (time.get('often') ?? 0) / ((time.get('seldom') ?? 0) + (time.get('often') ?? 0));
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(0.9);
  // The way to it: process, main, work.
  const often = profile.nodes.filter(({ callFrame }) => callFrame.functionName === 'often');
  const paths = often.map(({ id }) => {
    const names: string[] = [];
    for (let at = parents.get(id); at !== undefined; at = parents.get(at))
      names.unshift(byId.get(at)?.callFrame.functionName ?? '');
    return names.join(' ');
  });
  expect(paths.some((path) => /^\(root\) \S+ \[\d+\] .*main work$/.test(path))).toBe(true);
  // Lines count from 0 in a frame, from 1 in its samples.
  const source = readFileSync(join(HERE, 'profile.c'), 'utf8').split('\n');
  const { callFrame, positionTicks = [] } = often.find(({ hitCount }) => hitCount > 0) ?? {};
  expect(callFrame?.url).toMatch(/\/profile\.c$/);
  expect(source[callFrame?.lineNumber ?? -1]).toContain('unsigned often(');
  const [hottest] = positionTicks.toSorted((a, b) => b.ticks - a.ticks);
  expect(source[(hottest?.line ?? 0) - 1]).toContain('value * 1664525u');
  // The C library was built elsewhere, perhaps without lines.
  expect(profile.nodes.some(({ callFrame: { lineNumber } }) => lineNumber === -1)).toBe(true);
});

test('a file that cannot be written is an error in one line', () => {
  const result = hartix('run', '--profile', '/proc/no/such.cpuprofile', '--', 'true');
  expect(result.status).toBe(2);
  expect(result.stderr).toBe("hartix: --profile: cannot write '/proc/no/such.cpuprofile'\n");
});

test('hartix jit shows the hottest region: guest code with its samples, beside wasm', async () => {
  const path = await program();
  const guest = `/m/${basename(path)}`;
  const file = join(WORK, 'regions.txt');
  const mount = `${dirname(path)}:/m:ro`;
  const result = hartix('jit', '--top', '1', '--output', file, '--mount', mount, '--', guest);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result.stdout).toMatch(/^\d+\n$/);
  const text = readFileSync(file, 'utf8');
  const [, place = '', share = ''] = /^== (.+): ([\d.]+) % of samples/.exec(text) ?? [];
  expect(place).toContain(guest);
  expect(Number(share)).toBeGreaterThan(30);
  // A multiplication of one of the loops was sampled, and there is a loop in wasm.
  expect(text).toMatch(/^ +[1-9]\d* +[0-9a-f]+ +(mul|c\.addiw|c\.addw|c\.bnez) /m);
  expect(text).toMatch(/\| +\(loop /);
  expect(text).toMatch(/\| +\(i64\.mul$/m);
  expect(text.match(/^==/gm)).toHaveLength(1);
});
