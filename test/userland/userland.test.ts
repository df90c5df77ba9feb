/** Runs userland/test/*.test on the native build of the userland; expectations come from dash and coreutils. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { parseCases } from './cases.ts';

const FOLDER = fileURLToPath(new URL('../../userland/test', import.meta.url));
const HOST_PATH = '/usr/local/bin:/usr/bin:/bin';
const TIMEOUT_MS = 20_000;
const hasDash = fs.existsSync('/bin/dash') || fs.existsSync('/usr/bin/dash');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-userland-'));
let bin = '';

interface Outcome {
  readonly stdout: string;
  readonly status: number | null;
}

function run(shell: string, searchPath: string, script: string): Outcome {
  const cwd = fs.mkdtempSync(path.join(scratch, 'case-'));
  const env = { PATH: searchPath, HOME: cwd, LC_ALL: 'C.UTF-8', TZ: 'UTC', TMPDIR: cwd };
  const result = spawnSync(shell, ['-c', script, 'sh'], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    input: '',
  });
  return { stdout: result.stdout.replaceAll(cwd, '/cwd'), status: result.status };
}

describe.skipIf(process.platform !== 'linux')('userland', () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));
  if (!hasDash) console.warn('userland: no dash on this host, its cases are skipped');

  for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith('.test'))) {
    const cases = parseCases(file, fs.readFileSync(path.join(FOLDER, file), 'utf8'));
    for (const { name, script, expected } of cases) {
      it.skipIf(expected === undefined && !hasDash)(name, () => {
        const outcome = run(path.join(bin, 'sh'), bin, script);
        expect(outcome).toEqual(expected ?? run('dash', HOST_PATH, script));
      });
    }
  }
});
