/** Runs userland/test/*.test in a booted guest: the same expectations as on the host. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot } from '../../src/index.ts';
import { type Case, parseCases } from './cases.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../userland/test');
/** Those whose commands speak of the language and not of the machine they run on. */
const FILES = ['sh.test'];
/** $0, and the sizes of folders, are another matter in the guest. */
const HOST_ONLY = new Set(['sh.test: special parameters', 'sh.test: test files']);
const TIMEOUT_MS = 20_000;
const HOST_SHELL = 'dash';

interface Outcome {
  readonly stdout: string;
  readonly status: number | null;
}

function onHost(script: string): Outcome {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-case-'));
  const env = { PATH: '/usr/bin:/bin', HOME: cwd, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const result = spawnSync(HOST_SHELL, ['-c', script], { cwd, env, encoding: 'utf8', input: '' });
  fs.rmSync(cwd, { recursive: true });
  return { stdout: result.stdout.replaceAll(cwd, '/cwd'), status: result.status };
}

const cases: Case[] = FILES.flatMap((file) =>
  parseCases(file, fs.readFileSync(path.join(FOLDER, file), 'utf8')),
).filter(({ name }) => !HOST_ONLY.has(name));
const hasDash = spawnSync(HOST_SHELL, ['-c', ':']).status === 0;
if (!hasDash) console.warn('userland in the guest: no dash on this host, its cases are skipped');

describe('userland in the guest', () => {
  let machine: Awaited<ReturnType<typeof boot>>;
  let count = 0;
  beforeAll(async () => {
    machine = await boot();
  }, 60_000);
  afterAll(() => machine.close());

  it.each(cases)('$name', async ({ script, expected }) => {
    if (expected === undefined && !hasDash) return;
    const cwd = `/tmp/case-${++count}`;
    await machine.fs.mkdir(cwd);
    const env = { HOME: cwd, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
    const { stdout, exitCode } = await machine.exec(script, { cwd, env, timeout: TIMEOUT_MS });
    const outcome = { stdout: stdout.replaceAll(cwd, '/cwd'), status: exitCode };
    expect(outcome).toEqual(expected ?? onHost(script));
  });
});
