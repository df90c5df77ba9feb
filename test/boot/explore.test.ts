/** hartix explore: the lost update of P-SYN-01 and the deadlock of P-SYN-21 on one hart, and that each can be seen again. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explore } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-explore-'));
const SOURCE = readFileSync(join(import.meta.dirname, 'dining.c'), 'utf8').split('\n');
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

beforeAll(async () => {
  const names = ['lost-update', 'dining'];
  const files = await buildPrograms(
    names.map((name) => ({ file: join(import.meta.dirname, `${name}.c`), flags: ['-O1', '-g'] })),
    resolve(import.meta.dirname, '../../build/boot'),
  );
  for (const [i, name] of names.entries()) copyFileSync(files[i] ?? '', join(WORK, name));
}, 300_000);

function hartix(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 100_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

/** The first command that shows an outcome again whose description matches. */
function commandFor(text: string, pattern: RegExp): string[] {
  const outcome = text.split(/\n(?=\d+ runs?:)/).find((part) => pattern.test(part)) ?? '';
  const [, command = ''] = / again: hartix (.*)/.exec(outcome) ?? [];
  return command.split(' ');
}

test('lost updates are found, and come again by their command', () => {
  const found = hartix(['explore', '--runs', '3', join(WORK, 'lost-update')]);
  expect(found.status).toBe(1);
  const sums = Array.from(found.stdout.matchAll(/Total-1: (\d+)/g), ([, sum]) => Number(sum));
  expect(sums.some((sum) => sum < 2000)).toBe(true);
  expect(found.stdout.match(/Total-2: (\d+)/g)?.every((text) => text === 'Total-2: 2000')).toBe(
    true,
  );
  const lost = sums.find((sum) => sum < 2000);
  const again = hartix(commandFor(found.stdout, new RegExp(`Total-1: ${lost}\\b`)));
  expect(again).toMatchObject({ status: 0, stdout: `Total-1: ${lost}\nTotal-2: 2000\n` });
});

test('PCT finds them, too', async () => {
  const outcomes = await explore(['/programs/lost-update'], {
    memory: '64M',
    mounts: { '/programs': `${WORK}:ro` },
    strategy: 'pct',
    depth: 8,
    runs: 6,
  });
  expect(outcomes.reduce((count, { runs }) => count + runs, 0)).toBe(6);
  expect(outcomes.length).toBeGreaterThan(1);
  expect(outcomes.every(({ schedule }) => schedule.startsWith('pct:'))).toBe(true);
});

test('a deadlock is found in virtual time, and comes again by its command', () => {
  const found = hartix([
    'explore',
    '--runs',
    '3',
    '--strategy',
    'random',
    '--',
    join(WORK, 'dining'),
  ]);
  expect(found.status).toBe(1);
  expect(found.stdout).toMatch(
    /runs?: DEADLOCK after \d+ instructions\n( +dining\[\d+\] waits in futex_wait_queue\n( {8}.*\n)+){6}/,
  );
  // Main in pthread_join, each philosopher with the second fork.
  const lineOf = (text: string) => SOURCE.findIndex((line) => line.includes(text)) + 1;
  const [, stuck = ''] = /DEADLOCK.*\n((?: {4}.*\n)+)/.exec(found.stdout) ?? [];
  const own = Array.from(stuck.matchAll(/ {8}(dining\.c.*)/g), ([, line]) => line);
  const philosopher = `dining.c:${lineOf('lock(&forks[(i + 1)')} in philosopher`;
  expect(own).toEqual([
    `dining.c:${lineOf('pthread_join(')} in main`,
    ...Array.from({ length: 5 }, () => philosopher),
  ]);
  const again = hartix(commandFor(found.stdout, /DEADLOCK/));
  expect(again.status).toBe(124);
  expect(again.stderr).toMatch(/deadlock: all wait, after \d+ instructions/);
});

test('a program that does the same under all schedules', () => {
  const { status, stdout } = hartix([
    'explore',
    '--runs',
    '3',
    '--',
    'sh',
    '-c',
    'echo a | cat; exit 3',
  ]);
  expect(stdout).toMatch(/^3 runs: status 3\n {4}a\n/);
  expect(status).toBe(0);
});

test.each([
  [['explore'], /nothing to run/],
  [['explore', '--runs', '0', '--', 'true'], /runs 0/],
  [['explore', '--strategy', 'lucky', '--', 'true'], /random, pct or both/],
  [['explore', './no-such-file'], /no file/],
  [['explore', '--harts', '2', '--', 'true'], /explored on one hart.*leave the option out/],
  [['run', '--schedule', 'pct', '--', 'true'], /random:SEED or pct/],
  [
    ['run', '--schedule', 'random:1', '--harts', '2', '--', 'true'],
    /deterministic machine has one/,
  ],
])('%j is refused in one line', (args, reason) => {
  const { status, stderr } = hartix(args);
  expect(stderr).toMatch(reason);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
