/** The acceptance programs of the courses: compiled by zig, run in one booted guest, held against their .expect files. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { findFaults, findNeverMet, parseExpectation, type Run } from './expectation.ts';

const FOLDER = resolve(import.meta.dirname, '../../../shared/requirements/programs');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-courses-'));

/** Programs whose catalogue entry needs a capability of a later issue. */
const LATER: Readonly<Record<string, string>> = {
  'P-NET-04': 'needs AF_INET',
  'P-NET-05': 'needs AF_INET',
  'P-NET-06': 'needs io_uring',
  'P-MEM-06': 'needs a file on a disk: test/debian-full runs it, by P-TOL-17',
};

const names = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith('.c'))
      .map((file) => basename(file, '.c'))
      .sort()
  : [];
if (names.length === 0) {
  console.warn(`SKIPPED: no acceptance programs at ${FOLDER}`);
  test.skip('acceptance programs', () => undefined);
}

const programs = names.map((name) => {
  const expectation = parseExpectation(readFileSync(join(FOLDER, `${name}.expect`), 'utf8'));
  const flags = (expectation.head['flags'] ?? '').split(' ').filter(Boolean);
  return {
    name,
    id: name.split('_')[0] ?? '',
    expectation,
    flags: flags.length > 0 ? flags : ['-O1'],
  };
});

let system: System;

beforeAll(async () => {
  if (programs.length === 0) return;
  const sources = programs.map(({ name, flags }) => ({ file: join(FOLDER, `${name}.c`), flags }));
  const built = await buildPrograms(sources, resolve(import.meta.dirname, '../../build/courses'));
  programs.forEach(({ name }, index) => {
    mkdirSync(join(WORK, `${name}.d`));
    copyFileSync(built[index] ?? '', join(WORK, name));
  });
  system = await boot({ mounts: { '/programs': WORK } });
}, 300_000);

afterAll(async () => {
  await system?.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** `a=10 bytes, b=20 bytes`: files that the program finds in its working directory. */
function makeFiles(spec: string | undefined, folder: string): void {
  for (const [, name = '', bytes = ''] of (spec ?? '').matchAll(/(\S+)=(\d+) bytes/g)) {
    writeFileSync(join(folder, name), Buffer.alloc(Number(bytes), 'abcdefgh\n'));
  }
}

function environment(spec: string | undefined): Record<string, string> {
  const pairs = (spec ?? '').split(' ').filter(Boolean);
  return {
    PATH: '/usr/bin:/bin',
    HOME: '/root',
    ...Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}

for (const { name, id, expectation } of programs) {
  const reason = LATER[id];
  if (reason !== undefined) {
    test.skip(`${name} (${reason})`, () => undefined);
    continue;
  }
  const { head } = expectation;
  const seconds = Number(head['timeout'] ?? 60);
  test(
    name,
    async () => {
      const folder = join(WORK, `${name}.d`);
      makeFiles(head['files'], folder);
      const runs: Run[] = [];
      for (let count = Number(head['runs'] ?? 1); count > 0; count--) {
        // A shell around it, as in check.mjs: death by signal N is status 128 + N.
        const command = `ulimit -c 0; /programs/${name} ${head['args'] ?? ''}; exit $?`;
        const result = await system.exec(command, {
          cwd: `/programs/${name}.d`,
          env: environment(head['env']),
          timeout: seconds * 1000,
        });
        const status = result.timedOut
          ? `none after ${seconds} s`
          : String(result.exitCode ?? result.signal);
        const run = { stdout: result.stdout, status, folder };
        runs.push(run);
        const faults = findFaults(expectation, run);
        expect(
          faults,
          `${faults.join('; ')}\nstdout:\n${result.stdout}\nstderr:\n${result.stderr}`,
        ).toEqual([]);
      }
      expect(findNeverMet(expectation, runs)).toEqual([]);
    },
    seconds * 1000 * Number(head['runs'] ?? 1) + 5000,
  );
}
