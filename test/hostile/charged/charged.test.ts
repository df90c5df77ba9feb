/** Objects of the kernel that anybody can pile up cost memory of the guest, as on Linux, and it comes back. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../../src/index.ts';
import { buildPrograms } from '../../support/build-programs.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-charged-'));
const COUNT = 1500;
/** What may stay for a while, of all kinds together: some objects are charged at a time. */
const SLACK_KIB = 512;
let system: System;

beforeAll(async () => {
  const source = { file: join(import.meta.dirname, 'objects.c'), flags: ['-O1'] };
  const [program = ''] = await buildPrograms(
    [source],
    resolve(import.meta.dirname, '../../../build/hostile'),
  );
  copyFileSync(program, join(WORK, 'objects'));
  system = await boot({ memory: '256M', mounts: { '/programs': `${WORK}:ro` } });
}, 100_000);

afterAll(async () => {
  await system?.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** Bytes: the least of Linux's structures for one, by its sources (6.6, 64 bits). */
test.each([
  ['tasks', 3328],
  ['zombies', 3328],
  ['timers', 328],
  ['items', 128],
  ['watches', 80],
  ['events', 48],
  ['marks', 72],
  ['found', 48],
  ['keys', 232],
  ['contexts', 576],
  ['inodes', 768],
  ['queues', 832],
  ['sockets', 1856],
  ['datagrams', 768],
  ['message queues', 256],
  ['segments', 1216],
  ['payloads', 8192 + 232],
  ['mounts', 320],
  ['volumes', 320 + 768],
  ['filters', 4096],
])('%s', async (kind, bytes) => {
  // Keys go when their quota is wanted.
  const slack = kind === 'keys' || kind === 'payloads' ? 1024 * 1024 : SLACK_KIB;
  const command = ['/programs/objects', kind, `${COUNT}`, `${slack}`];
  const { stdout, stderr, exitCode } = await system.exec(command);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const [before = 0, most = 0, after = 0] = stdout.split(' ').map(Number);
  expect((most - before) * 1024).toBeGreaterThanOrEqual(COUNT * bytes);
  expect(after - before).toBeLessThan(slack);
});
