/**
 * Two files changed at random (written, cut, punched, preallocated, collapsed, torn apart, remounted), each compared with an array of
 * the same bytes: as fsx does. By hand: HARTIX_FSX_STEPS=20000 HARTIX_FSX_SEED=7 npx vitest run --project guest test/fs/ext4-fsx.test.ts
 */
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import type { File } from '../../src/fs/file.ts';
import { ReclaimStage } from '../../src/fs/filesystem.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { Random } from '../support/random.ts';
import { check, hasTools, loadBytes, mke2fs } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_FSX_SEED'] ?? 20261121);
const STAGES = [ReclaimStage.UNUSED, ReclaimStage.WRITTEN, ReclaimStage.ALL];
const STEPS = Number(process.env['HARTIX_FSX_STEPS'] ?? 400);
const MOST_BYTES = 400_000;
const PAGE = 4096;

/** A file and what should be in it. */
class Mirror {
  readonly path: string;
  private readonly blockSize: number;
  private content = new Uint8Array(MOST_BYTES);
  private size = 0;

  constructor(path: string, blockSize: number) {
    this.path = path;
    this.blockSize = blockSize;
  }

  private open(system: TestSystem): File {
    return system.open(this.path, O_CREAT | O_RDWR);
  }

  change(system: TestSystem, random: Random): void {
    const file = this.open(system);
    const at = random.below(MOST_BYTES);
    const end = Math.min(MOST_BYTES, at + 1 + random.below(random.chance(0.2) ? 60_000 : 3000));
    switch (random.below(9)) {
      case 0: {
        file.inode.setAttributes({ size: at });
        this.content.fill(0, at);
        this.size = at;
        break;
      }
      case 1: {
        const first = Math.floor(at / PAGE);
        const last = Math.ceil(end / PAGE);
        file.inode.punchHole?.(first, last);
        this.content.fill(0, first * PAGE, last * PAGE);
        break;
      }
      case 2:
        expect(file.inode.preallocate?.(at, end)).toBe(true);
        break;
      case 4: {
        const first = Math.floor(at / this.blockSize) * this.blockSize;
        const length = Math.ceil((end - at) / this.blockSize) * this.blockSize;
        if (first + length >= this.size) break;
        file.inode.collapseRange?.(first, length);
        this.content.copyWithin(first, first + length);
        this.content.fill(0, MOST_BYTES - length);
        this.size -= length;
        expect(file.inode.size).toBe(this.size);
        break;
      }
      case 5: {
        const first = Math.floor(at / this.blockSize) * this.blockSize;
        const length = Math.ceil((end - at) / this.blockSize) * this.blockSize;
        if (first >= this.size || this.size + length > MOST_BYTES) break;
        file.inode.insertRange?.(first, length);
        this.content.copyWithin(first + length, first, MOST_BYTES - length);
        this.content.fill(0, first, first + length);
        this.size += length;
        expect(file.inode.size).toBe(this.size);
        break;
      }
      case 3:
        file.inode.sync(false);
        break;
      default: {
        const bytes = Uint8Array.from({ length: end - at }, (_, i) => (i * 7 + at) & 0xff);
        expect(file.write(new BytesBuffer(bytes), at)).toBe(bytes.length);
        this.content.set(bytes, at);
        this.size = Math.max(this.size, end);
      }
    }
    file.release();
  }

  compare(system: TestSystem, label: string): void {
    const found = Buffer.from(system.read(this.path));
    const wanted = this.content.subarray(0, this.size);
    if (found.equals(wanted)) return;
    const at = wanted.findIndex((byte, i) => byte !== found[i]);
    throw new Error(`${label}: ${this.path} of ${found.length} bytes, not ${this.size}, at ${at}`);
  }
}

function mount(context: TestContext, disk: MemoryDisk, options: string): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext4.mount('/dev/vda', options, false, context));
}

describe.skipIf(!hasTools).each([
  ['-t ext4 -b 1024 -J size=1', 'data=ordered'],
  ['-t ext4 -b 1024 -J size=1', 'data=journal'],
  ['-t ext4 -b 4096 -O ^has_journal', ''],
])('%s, %s', (options, mountOptions) => {
  it(`has what was written, seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const context = new TestContext();
    const disk = loadBytes(mke2fs('8M', ...options.split(' ')), context);
    const random = new Random(SEED);
    const blockSize = Number(/-b (\d+)/.exec(options)?.[1]);
    const mirrors = [new Mirror('/f', blockSize), new Mirror('/g', blockSize)];
    let system = mount(context, disk, mountOptions);
    for (let step = 0; step < STEPS; step++) {
      const mirror = random.pick(mirrors);
      mirror.change(system, random);
      if (random.chance(0.15)) mirror.compare(system, `step ${step}`);
      if (random.chance(0.05)) system.mounts.root.inode.fs.reclaim?.(1000, random.pick(STAGES));
      if (!random.chance(0.02)) continue;
      system.mounts.unmountAll();
      system = mount(context, disk, mountOptions);
      for (const each of mirrors)
        if (system.list('/').includes(each.path.slice(1))) each.compare(system, `remount ${step}`);
    }
    for (const mirror of mirrors) mirror.compare(system, 'end');
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });
});
