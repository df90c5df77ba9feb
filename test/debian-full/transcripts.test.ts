/** The shell transcripts among the acceptance programs of the courses, by Debian's tools. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { findFaults, parseExpectation } from '../courses/expectation.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { others as root } from './others.ts';
import { bash, start } from './root.ts';

const FOLDER = resolve(import.meta.dirname, '../../../shared/requirements/programs');

/** Transcripts that need what later issues bring, or what no Linux has. */
const LATER: Readonly<Record<string, string>> = {
  'P-TOL-04': 'ftrace',
  'P-TOL-05': 'the sysctl of another system (hw.l1icachesize)',
  'P-TOL-10': 'NFS',
  'P-TOL-13': 'ptrace',
};
/**
 * P-TOL-08 compares stack addresses of two runs whose arguments differ by a byte. Linux rounds the stack to 16 bytes below the strings, so that
 * one environment in 16 makes them differ; with this one they do not.
 */
const PADDING = 'PADDING=1234';
/** Transcripts of two programs in the background: which of them prints first is chance, on Linux too. */
const RACES = new Set(['P-TOL-08']);
/** Transcripts of before /bin became a link: they run below a root whose /bin holds programs. */
const UNMERGED = new Set(['P-TOL-02', 'P-TOL-14']);
const MAKE_UNMERGED = `cd /root && mkdir plain && cd plain && mkdir bin usr etc dev proc tmp && ln -s usr/lib lib &&
  cp -L /usr/bin/sh /usr/bin/cat bin && for d in usr etc dev proc; do mount --bind /$d $d || exit; done`;

/** Programs that transcripts run, and how they are built. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'P-LIB-06_fatal': ['-g', '-O0'],
  'P-MEM-06_major-minor': ['-O1'],
  'P-MEM-09_reset-to-null': ['-g', '-O0'],
  'P-PRC-04_hello-vm': ['-O1'],
};

/** Its note: the miss rate of the first run, whose branches are regular, is well below that of the second. */
function expectsRates(stdout: string): void {
  const rates = [...stdout.matchAll(/([\d.]+)% of all branches/g)].map(([, rate]) => Number(rate));
  expect(rates).toHaveLength(2);
  expect(rates[0]).toBeLessThan((rates[1] ?? 0) / 5);
}

const transcripts = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith('.sh'))
      .map((file) => basename(file, '.sh'))
  : [];
if (transcripts.length === 0) console.warn(`SKIPPED: no acceptance programs at ${FOLDER}`);

describe.skipIf(!root || transcripts.length === 0)('transcripts', () => {
  const work = mkdtempSync(join(tmpdir(), 'hartix-transcripts-'));
  let system: System;
  beforeAll(async () => {
    const sources = Object.entries(PROGRAMS).map(([name, flags]) => ({
      file: join(FOLDER, `${name}.c`),
      flags: [...flags],
    }));
    const built = await buildPrograms(sources, resolve(import.meta.dirname, '../../build/courses'));
    system = await start('512M', root);
    // Who runs them is root already. /tmp must be on the disk: what is in memory only is never read from one.
    await system.fs.mkdir('/root/bin');
    await system.fs.writeFile('/root/bin/sudo', '#!/bin/sh\nexec "$@"\n');
    await system.exec('chmod 755 /root/bin/sudo; umount /tmp');
    expect(await bash(system, MAKE_UNMERGED)).toMatchObject({ stdout: '', exitCode: 0 });
    for (const [index, name] of Object.keys(PROGRAMS).entries()) {
      await system.fs.writeFile(`/root/bin/${name}`, readFileSync(built[index] ?? ''));
    }
  });
  afterAll(async () => {
    await system?.close();
    rmSync(work, { recursive: true, force: true });
  });

  for (const name of transcripts) {
    const reason = LATER[name.split('_')[0] ?? ''];
    const expectation = () =>
      parseExpectation(readFileSync(join(FOLDER, `${name}.expect`), 'utf8'));
    it.skipIf(reason !== undefined)(
      reason === undefined ? name : `${name} (${reason})`,
      { retry: RACES.has(name.split('_')[0] ?? '') ? 3 : 0 },
      async () => {
        const script = readFileSync(join(FOLDER, `${name}.sh`), 'utf8');
        const programs = Object.keys(PROGRAMS).filter((program) => script.includes(`./${program}`));
        await system.fs.writeFile('/root/script', script);
        const copies = programs.map(
          (program) => `cp /root/bin/${program} . && chmod 755 ${program};`,
        );
        const run = UNMERGED.has(name.split('_')[0] ?? '')
          ? 'cp /root/script /root/plain && PATH=/bin:/usr/bin exec /usr/sbin/chroot /root/plain sh /script'
          : `PATH=/root/bin:$PATH ${PADDING} exec sh /root/script`;
        const { stdout, exitCode } = await bash(
          system,
          `mkdir -p ${name} && cd ${name}; ${copies.join(' ')} ${run}`,
        );
        const faults = findFaults(expectation(), {
          stdout,
          status: String(exitCode),
          folder: work,
        });
        expect(faults, `${faults.join('; ')}\n${stdout}`).toEqual([]);
        if (name.startsWith('P-TOL-06')) expectsRates(stdout);
      },
    );
  }
});
