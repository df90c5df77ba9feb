/**
 * Power cuts: a random workload on a journaled disk, cut behind every so many writes, with those that were not flushed there,
 * lost or torn. By hand: HARTIX_CRASH_CUTS=1000 HARTIX_CRASH_SEED=7 npx vitest run --project guest test/fs/crash.test.ts
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PowerCuts } from '../../src/fs/crash/power-cut.ts';
import { RecordingDisk } from '../../src/fs/crash/recording-disk.ts';
import { ext4 } from '../../src/fs/ext4/ext4.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { STALE_BYTE, Workload } from './crash-workload.ts';
import { check, hasTools, loadBytes, loadImage, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_CRASH_SEED'] ?? 20261121);
const CUTS = Number(process.env['HARTIX_CRASH_CUTS'] ?? 40);
/** One cut in so many is judged by e2fsck too, and replayed by it. */
const JUDGED = Number(process.env['HARTIX_CRASH_JUDGED'] ?? 8);

/** mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mount(context: TestContext, disk: MemoryDisk, options = ''): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext4.mount('/dev/vda', options, false, context));
}

interface Recorded {
  readonly context: TestContext;
  readonly disk: RecordingDisk;
  readonly workload: Workload;
}

/** What is free holds a former owner's bytes. */
function fillFreeBlocks(context: TestContext, disk: MemoryDisk): void {
  const system = mount(context, disk);
  const bytes = new Uint8Array(16 * 2 ** 20).fill(STALE_BYTE);
  errnoOf(() => system.write('/filler', bytes));
  system.mounts.syncAll();
  system.unlink('/filler');
  system.mounts.unmountAll();
}

function record(mke2fsOptions: string, mountOptions: string, steps: number): Recorded {
  const context = new TestContext();
  const origin = loadBytes(mke2fs('12M', ...mke2fsOptions.split(' ')), context);
  fillFreeBlocks(context, origin);
  const disk = new RecordingDisk(origin, context.frames);
  const system = mount(context, disk, mountOptions);
  const workload = new Workload(system, randomFrom(SEED), () => disk.requests.length);
  for (let i = 0; i < steps; i++) workload.step();
  return { context, disk, workload };
}

/** e2fsck replays the journal itself and finds nothing else; what was promised is there then too. */
function judgeReplay({ context, workload }: Recorded, disk: MemoryDisk, cut: number): void {
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
    const system = mount(context, loadImage(file, context));
    workload.verify(system, cut, `cut ${cut} by e2fsck`);
    system.mounts.unmountAll();
  });
}

describe.skipIf(!hasTools).each([
  ['-t ext4 -b 1024 -J size=1', 'data=ordered'],
  ['-t ext3 -b 1024 -J size=1', 'data=journal'],
  ['-t ext4 -b 2048 -g 2048 -J size=2', 'data=writeback'],
])('power cuts: %s, %s', (options, mountOptions) => {
  it(`keeps what was fsynced, seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const recorded = record(options, mountOptions, Math.max(400, CUTS));
    const { context, disk, workload } = recorded;
    const total = disk.requests.length;
    const random = randomFrom(SEED + 1);
    const cuts = new PowerCuts(disk.before, disk.requests, context.frames, random);
    let promised = 0;
    for (let i = 0; i < CUTS; i++) {
      const cut = Math.floor(((i + random()) * total) / CUTS);
      const left = cuts.after(cut);
      const isJudged = i % JUDGED === 0;
      if (isJudged) judgeReplay(recorded, left, cut);
      const system = mount(context, left, mountOptions);
      promised += workload.verify(system, cut, `cut ${cut}`);
      if (mountOptions !== 'data=writeback') workload.verifyNothingStale(system, `cut ${cut}`);
      system.mounts.unmountAll();
      if (isJudged) expect(check(left), `cut ${cut}`).toBe('');
    }
    expect(promised).toBeGreaterThan(CUTS);
  });
});
