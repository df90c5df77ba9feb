/**
 * Damaged images: bits turned over, ends cut off, hostile numbers. Every operation ends with an errno or a result; none hangs, and
 * none reaches outside the disk. By hand: HARTIX_DAMAGE_RUNS=10000 npx vitest run --project guest test/fs/ext4-damage.test.ts
 */
import { describe, expect, it } from 'vitest';
import { O_WRONLY } from '../../src/abi/fcntl.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { Random } from '../support/random.ts';
import { attempt, guard, useEverything } from './damage.ts';
import { hasTools, loadBytes, mke2fs } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_DAMAGE_SEED'] ?? 20261121);
const RUNS = Number(process.env['HARTIX_DAMAGE_RUNS'] ?? 12);

function mount(context: TestContext, disk: MemoryDisk): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext4.mount('/dev/vda', '', false, context));
}

function makeImage(options: string): Uint8Array {
  const context = new TestContext();
  const disk = loadBytes(mke2fs('4M', ...options.split(' ')), context);
  const system = mount(context, disk);
  system.mkdir('/d');
  for (let i = 0; i < 120; i++) system.write(`/d/${'name-'.repeat(i % 7)}${i}`, `content ${i}`);
  for (let i = 0; i < 12; i++) {
    const file = system.open('/sparse', i === 0 ? 0o102 : O_WRONLY);
    file.write(new BytesBuffer(new Uint8Array(2000).fill(i)), i * 60_000);
    file.release();
  }
  system.write('/big', new Uint8Array(300_000).fill(7));
  system.symlink('y'.repeat(90), '/link');
  system.stat('/big').xattrs?.set('user.long', new Uint8Array(500));
  system.stat('/d').xattrs?.set('user.short', new Uint8Array(5));
  system.mounts.unmountAll();
  const bytes = new Uint8Array(disk.sectors * 512);
  for (const [at, part] of disk.content()) bytes.set(part, at);
  return bytes;
}

function survive(bytes: Uint8Array, label: string): void {
  const context = new TestContext();
  const disk = loadBytes(bytes, context);
  guard(disk);
  try {
    attempt(() => {
      const system = mount(context, disk);
      useEverything(system);
      attempt(() => system.mounts.syncAll());
      attempt(() => system.mounts.unmountAll());
    });
  } catch (error) {
    throw new Error(`${label}: ${String(error)}`, { cause: error });
  }
}

/** Offsets of what is not all zeros: bits are turned over where there is something. */
function usedBlocks(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 1024) {
    if (bytes.subarray(at, at + 1024).some((byte) => byte !== 0)) found.push(at);
  }
  return found;
}

describe
  .skipIf(!hasTools)
  .each([
    '-t ext4 -b 1024 -J size=1 -O ^metadata_csum',
    '-t ext3 -b 1024 -J size=1',
    '-t ext4 -b 1024 -O ^has_journal',
  ])('damaged images: %s', (options) => {
  it(`survives turned bits, seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const image = makeImage(options);
    const used = usedBlocks(image);
    const random = new Random(SEED);
    for (let run = 0; run < RUNS; run++) {
      const bytes = image.slice();
      const flips = 1 + random.below(20);
      for (let i = 0; i < flips; i++) {
        const at = random.pick(used) + random.below(1024);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      }
      survive(bytes, `run ${run}`);
    }
  });

  it(`survives words of ones and zeros, and other blocks' content, seed ${SEED}`, {
    timeout: 3_600_000,
  }, () => {
    const image = makeImage(options);
    const used = usedBlocks(image);
    const random = new Random(SEED + 1);
    for (let run = 0; run < RUNS; run++) {
      const bytes = image.slice();
      const at = random.pick(used);
      if (random.chance(0.3)) {
        bytes.set(image.subarray(random.pick(used)).subarray(0, 1024), at);
      } else {
        const value = random.chance(0.5) ? 0xff : 0;
        for (let i = 0; i < 8; i++) bytes.fill(value, ...wordAt(at + random.below(256) * 4));
      }
      survive(bytes, `run ${run}`);
    }
  });

  it('survives a disk that ends early', () => {
    const image = makeImage(options);
    for (const length of [1024, 2048, 3072, 65_536, 999_936, 2_999_808]) {
      survive(image.slice(0, length), `${length} bytes`);
    }
    expect(image.length).toBeGreaterThan(3_000_000);
  });
});

function wordAt(at: number): [number, number] {
  return [at, at + 4];
}
