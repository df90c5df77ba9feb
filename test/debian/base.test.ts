/**
 * Debian's own bash, dash, coreutils, python3, sqlite3 and lua, imported and run: shells and tools give what the host's
 * give, the others what they give under qemu-riscv64.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { type DebianRoot, debianRoot } from '../support/debian-root.ts';
import { BASH, DASH, LUA, PYTHON, SQLITE, TOOLS } from './scripts.ts';

const PACKAGES = [
  ...[
    'base-files',
    'base-passwd',
    'libc-bin',
    'bash',
    'dash',
    'coreutils',
    'findutils',
    'grep',
    'sed',
  ],
  ...[
    'gawk',
    'perl-base',
    'python3-minimal',
    'sqlite3',
    'lua5.4',
    'procps',
    'tar',
    'gzip',
    'diffutils',
  ],
];
const ENVIRONMENT = { LC_ALL: 'C', HOME: '/root', TZ: 'UTC' };
const TIMEOUT = 120_000;

const root: DebianRoot | undefined = await debianRoot('base', PACKAGES);
const hasHostShells = ['bash', 'dash'].every((name) => spawnSync(name, ['-c', ':']).status === 0);
if (!hasHostShells)
  console.warn('SKIPPED: bash and dash of the host are the oracle of the shell scripts');
const hasQemu = spawnSync('qemu-riscv64', ['--version']).status === 0;
if (!hasQemu) console.warn('SKIPPED: qemu-riscv64 is the oracle of python3, sqlite3 and lua');

let system: System | undefined;
const work = mkdtempSync(join(tmpdir(), 'hartix-debian-'));
beforeAll(async () => {
  if (root) system = await boot({ rootfs: root.image, memory: '512M', env: ENVIRONMENT });
}, TIMEOUT);
afterAll(async () => {
  await system?.close();
  rmSync(work, { recursive: true, force: true });
});

interface Output {
  readonly stdout: string;
  readonly status: number | null;
}

async function inGuest(command: string, script: string): Promise<Output> {
  if (!system) throw new Error('no system');
  await system.fs.mkdir('/root/work', { recursive: true });
  const { stdout, exitCode } = await system.exec(`cd /root/work && ${command}`, {
    input: script,
    timeout: TIMEOUT,
  });
  return { stdout, status: exitCode };
}

function onHost(command: string, args: readonly string[], input: string): Output {
  const { PATH } = process.env;
  const { stdout, status } = spawnSync(command, args, {
    input,
    cwd: work,
    env: { ...ENVIRONMENT, PATH },
    encoding: 'utf8',
  });
  return { stdout, status };
}

function underQemu(program: string, args: readonly string[], input: string): Output {
  const folder = root?.folder ?? '';
  return onHost('qemu-riscv64', ['-L', folder, join(folder, program), ...args], input);
}

describe.skipIf(!root || !hasHostShells)('shells and tools, as on the host', () => {
  for (const [name, script] of Object.entries({ ...TOOLS, ...BASH })) {
    it(`bash: ${name}`, async () => {
      const expected = onHost('bash', ['-s'], script);
      expect(expected.stdout).not.toBe('');
      expect(await inGuest('bash -s', script)).toEqual(expected);
    });
  }
  for (const [name, script] of Object.entries({ ...TOOLS, ...DASH })) {
    it(`dash: ${name}`, async () => {
      expect(await inGuest('dash -s', script)).toEqual(onHost('dash', ['-s'], script));
    });
  }
});

describe.skipIf(!root || !hasQemu)('programs, as under qemu-riscv64', () => {
  for (const [name, script] of Object.entries(PYTHON)) {
    it(`python3: ${name}`, async () => {
      expect(await inGuest('python3 -', script)).toEqual(
        underQemu('usr/bin/python3.13', ['-'], script),
      );
    });
  }
  for (const [name, script] of Object.entries(SQLITE)) {
    it(`sqlite3: ${name}`, async () => {
      expect(await inGuest('sqlite3', script)).toEqual(underQemu('usr/bin/sqlite3', [], script));
    });
  }
  for (const [name, script] of Object.entries(LUA)) {
    it(`lua: ${name}`, async () => {
      expect(await inGuest('lua -', script)).toEqual(underQemu('usr/bin/lua5.4', ['-'], script));
    });
  }
});
