/** One C program per group of system calls, run natively on Linux and in the guest: the outputs must be equal. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { documentedErrors, errorPairs, listedPairs } from '../support/documented-errors.ts';

const HERE = import.meta.dirname;
const BUILD = resolve(HERE, '../../build/syscalls');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-syscalls-'));
const FLAGS = ['-O1', '-Wall', '-fno-sanitize=undefined', `-I${HERE}`];
const NATIVE = process.arch === 'arm64' ? 'aarch64-linux-musl' : 'x86_64-linux-musl';

/** Exit status of a program when this Linux lacks or forbids what it is about; its output says what. */
const CANNOT_BE_HAD = 77;

const names = readdirSync(HERE)
  .filter((file) => file.endsWith('.c'))
  .map((file) => basename(file, '.c'))
  .sort();
const isLinux = process.platform === 'linux' && process.getuid?.() === 0;
if (!isLinux) console.warn('SKIPPED: the oracle of these tests is native Linux, as root');

let system: System;
let events: ReturnType<typeof systemCalls>;
/** `call ERRNO` of what failed in the guest so far. */
const provoked = new Set<string>();

/** What falls behind is lost, and the guest does not wait: the programs measure times. */
function systemCalls(of: System) {
  return of.events('syscall', { limit: 1_000_000 });
}

async function collect(): Promise<void> {
  for await (const { call, error } of events)
    if (error !== undefined) provoked.add(`${call} ${error}`);
}

beforeAll(async () => {
  if (!isLinux) return;
  const sources = names.map((name) => ({ file: join(HERE, `${name}.c`), flags: FLAGS }));
  const guest = await buildPrograms(sources, BUILD);
  const native = await buildPrograms(sources, BUILD, NATIVE);
  names.forEach((name, index) => {
    mkdirSync(join(WORK, `${name}.d`));
    copyFileSync(guest[index] ?? '', join(WORK, `${name}.guest`));
    copyFileSync(native[index] ?? '', join(WORK, `${name}.native`));
  });
  system = await boot({ mounts: { '/programs': WORK } });
  events = systemCalls(system);
  void collect();
}, 300_000);

afterAll(async () => {
  await system?.close();
  rmSync(WORK, { recursive: true, force: true });
});

test.skipIf(!isLinux).each(names)('%s gives what it gives on Linux', async (name) => {
  const native = spawnSync(join(WORK, `${name}.native`), [], {
    cwd: join(WORK, `${name}.d`),
    env: { PATH: '/bin', HOME: '/root' },
    encoding: 'utf8',
    timeout: 30_000,
  });
  // In the guest the working directory is one of its own file system, empty too.
  const command = `mkdir -p /root/${name} && cd /root/${name} && exec env -i PATH=/bin HOME=/root /programs/${name}.guest`;
  const guest = await system.exec(command, { timeout: 30_000 });
  if (native.status === CANNOT_BE_HAD) {
    // What is left is the guest's own word.
    console.warn(`SKIPPED: ${name}: ${native.stdout.trim()}`);
    expect(guest.exitCode).toBe(0);
    return;
  }
  expect(guest.stdout).toBe(native.stdout);
  expect(guest.exitCode).toBe(native.status);
  expect(native.stdout.length).toBeGreaterThan(0);
});

// After all programs: what the manual says of errors, and what they met.
test.skipIf(!isLinux)(
  'each documented error is provoked, but for those that are listed',
  async () => {
    // What was done before has come with its answer.
    await system.exec('true');
    expect(events.dropped).toBe(0);
    const listed = listedPairs(readFileSync(join(HERE, 'not-provoked.txt'), 'utf8'));
    const missing = errorPairs(documentedErrors()).filter((pair) => !provoked.has(pair));
    expect({
      'to be provoked': missing.filter((pair) => !listed.includes(pair)),
      'to be taken off the list': listed.filter((pair) => !missing.includes(pair)),
    }).toEqual({ 'to be provoked': [], 'to be taken off the list': [] });
  },
);
