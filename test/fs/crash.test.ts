/**
 * Power cuts: a random workload on a journaled disk, cut behind every so many writes, with those that were not flushed there,
 * lost or torn. By hand: HARTIX_CRASH_CUTS=1000 HARTIX_CRASH_SEED=7 npx vitest run --project guest test/fs/crash.test.ts
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CrashRun } from '../../src/fs/crash/crash-run.ts';
import { randomFrom } from '../../src/fs/crash/random.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { check, hasTools, loadBytes, loadImage, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { TestContext } from './harness.ts';

const SEED = Number(process.env['HARTIX_CRASH_SEED'] ?? 20261121);
const CUTS = Number(process.env['HARTIX_CRASH_CUTS'] ?? 40);
/** One cut in so many is judged by e2fsck too, and replayed by it. */
const JUDGED = Number(process.env['HARTIX_CRASH_JUDGED'] ?? 8);

/** e2fsck replays the journal itself and finds nothing else; what was promised is there then too. */
function judgeReplay(run: CrashRun, context: TestContext, disk: MemoryDisk, cut: number): void {
  withFile((file) => {
    saveImage(disk, file);
    spawnSync('e2fsck', ['-fy', '-E', 'journal_only', file]);
    const { stdout } = spawnSync('e2fsck', ['-fy', file], { encoding: 'utf8' });
    // Of a superblock that was written in part e2fsck takes an old copy, without a journal to replay.
    if (stdout.includes('Superblock invalid, trying backup')) return;
    const found = stdout
      .split('\n')
      .filter((line) => /\? yes|differences|wrong|Fix|invalid/.test(line));
    expect(found, `cut ${cut}: e2fsck's replay`).toEqual([]);
    expect(run.judge(loadImage(file, context), cut).broken, `cut ${cut} by e2fsck`).toEqual([]);
  });
}

describe.skipIf(!hasTools).each([
  ['-t ext4 -b 1024 -J size=1', 'data=ordered'],
  ['-t ext3 -b 1024 -J size=1', 'data=journal'],
  ['-t ext4 -b 2048 -g 2048 -J size=2', 'data=writeback'],
])('power cuts: %s, %s', (options, mountOptions) => {
  it(`keeps what was fsynced, seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const context = new TestContext();
    const origin = loadBytes(mke2fs('12M', ...options.split(' ')), context);
    const steps = Math.max(400, CUTS);
    const run = new CrashRun(context, origin, { mountOptions, steps, seed: SEED, lies: false });
    const random = randomFrom(SEED + 2);
    let promised = 0;
    for (let i = 0; i < CUTS; i++) {
      const cut = Math.floor(((i + random()) * run.requests.length) / CUTS);
      const left = run.after(cut);
      const isJudged = i % JUDGED === 0;
      if (isJudged) judgeReplay(run, context, left, cut);
      const { checked, broken, stale } = run.judge(left, cut);
      expect([broken, stale], `cut ${cut}`).toEqual([[], []]);
      promised += checked;
      if (isJudged) expect(check(left), `cut ${cut}`).toBe('');
    }
    expect(promised).toBeGreaterThan(CUTS);
  });
});
