/**
 * cowfs after power cuts, with torn and reordered writes. Damaged disks: `damage/`. By hand: HARTIX_CRASH_CUTS=1000 HARTIX_CRASH_SEED=7
 * npx vitest run --project guest test/fs/cowfs-crash.test.ts
 */
import { describe, expect, it } from 'vitest';
import { S_IFDIR, S_IFMT } from '../../src/abi/stat.ts';
import { cowfs } from '../../src/fs/cowfs/cowfs.ts';
import { PowerCuts } from '../../src/fs/crash/power-cut.ts';
import { randomFrom } from '../../src/fs/crash/random.ts';
import { RecordingDisk } from '../../src/fs/crash/recording-disk.ts';
import { Workload } from '../../src/fs/crash/workload.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { makeDisk } from './cowfs-images.ts';
import { TestContext, TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_CRASH_SEED'] ?? 20261122);
const CUTS = Number(process.env['HARTIX_CRASH_CUTS'] ?? 25);
const STEPS = 150;

function mount(disk: MemoryDisk, context: TestContext): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(cowfs.mount('/dev/vda', '', false, context));
}

/** All files can be read, and those who are counted as free are nobody's: the next ones do not harm them. */
function check(system: TestSystem): void {
  const paths = [''];
  for (const path of paths) {
    for (const { name } of system.lstat(path === '' ? '/' : path).readdir(0, 10_000)) {
      if (name === '.' || name === '..') continue;
      const inode = system.lstat(`${path}/${name}`);
      if ((inode.mode & S_IFMT) === S_IFDIR) paths.push(`${path}/${name}`);
      else if (inode.pages) system.read(`${path}/${name}`);
    }
  }
}

describe('cowfs', () => {
  it(`holds what it promised after ${CUTS} power cuts, seed ${SEED}`, {
    timeout: 3_600_000,
  }, () => {
    const context = new TestContext();
    const disk = new RecordingDisk(makeDisk(context, 8 * 2 ** 20), context.frames);
    const system = mount(disk, context);
    const workload = new Workload(system, randomFrom(SEED), () => disk.requests.length);
    for (let i = 0; i < STEPS; i++) workload.step();
    const total = disk.requests.length;
    const cuts = new PowerCuts(disk.before, disk.requests, context.frames, randomFrom(SEED + 1));
    let checked = 0;
    for (let i = 1; i <= CUTS; i++) {
      const count = Math.floor((total * i) / CUTS);
      const after = mount(cuts.after(count), context);
      const verdict = workload.verify(after, count);
      expect(verdict.broken, `seed ${SEED}, cut ${count}`).toEqual([]);
      checked += verdict.checked;
      check(after);
      after.write('/filler', new Uint8Array(100_000).fill(i));
      after.mounts.unmountAll();
      check(mount([...context.devices.values()][0] as MemoryDisk, context));
    }
    expect(checked).toBeGreaterThan(CUTS);
  });
});
