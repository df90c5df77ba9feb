/**
 * Damaged FAT volumes: bits turned over, ends cut off, chains that run in circles. Every operation ends with an errno or a result;
 * none hangs, and none reaches outside the disk. By hand: HARTIX_DAMAGE_RUNS=10000 npx vitest run --project guest test/fs/fat-damage.test.ts
 */
import { describe, expect, it } from 'vitest';
import { vfat } from '../../src/fs/fat/fat.ts';
import { Random } from '../support/random.ts';
import { attempt, guard, useEverything } from './damage.ts';
import { hasDosTools, mkfsFat } from './dosfstools.ts';
import { loadBytes } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_DAMAGE_SEED'] ?? 20261121);
const RUNS = Number(process.env['HARTIX_DAMAGE_RUNS'] ?? 12);
const TIMEOUT = { timeout: 3_600_000 };

function makeImage(kib: number, options: string): Uint8Array {
  const context = new TestContext();
  const disk = loadBytes(mkfsFat(kib, ...options.split(' ')), context);
  context.devices.set('/dev/vda', disk);
  const system = new TestSystem(vfat.mount('/dev/vda', '', false, context));
  system.mkdir('/d');
  for (let i = 0; i < 60; i++) system.write(`/d/${'name-'.repeat(i % 7)}${i}`, `content ${i}`);
  system.mkdir('/d/sub');
  system.mkdir('/d/sub/sub');
  system.write('/d/sub/sub/file', new Uint8Array(20_000).fill(1));
  system.write('/big', new Uint8Array(300_000).fill(7));
  system.mounts.unmountAll();
  const bytes = new Uint8Array(disk.sectors * 512);
  for (const [at, part] of disk.content()) bytes.set(part, at);
  return bytes;
}

function survive(bytes: Uint8Array, label: string): void {
  const context = new TestContext();
  const disk = loadBytes(bytes, context);
  guard(disk);
  context.devices.set('/dev/vda', disk);
  try {
    attempt(() => {
      const system = new TestSystem(vfat.mount('/dev/vda', 'errors=continue', false, context));
      useEverything(system);
      attempt(() => void system.mounts.root.inode.fs.statistics());
      attempt(() => system.mounts.syncAll());
      attempt(() => system.mounts.unmountAll());
    });
  } catch (error) {
    throw new Error(`${label}: ${String(error)}`, { cause: error });
  }
}

/** Sectors that are not all zeros. */
function usedSectors(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 512) {
    if (bytes.subarray(at, at + 512).some((byte) => byte !== 0)) found.push(at);
  }
  return found;
}

describe.skipIf(!hasDosTools).each([
  [720, '-F 12'],
  [4500, '-F 16 -s 2'],
  [2000, '-F 32 -s 1'],
])('damaged volumes: %i KiB %s', (kib, options) => {
  const image = hasDosTools ? makeImage(kib, options) : new Uint8Array();
  const reserved = image[14] ?? 0;
  const tableStart = reserved * 512;

  it(`survives turned bits, seed ${SEED}`, TIMEOUT, () => {
    const used = usedSectors(image);
    const random = new Random(SEED);
    for (let run = 0; run < RUNS; run++) {
      const bytes = image.slice();
      const flips = 1 + random.below(20);
      for (let i = 0; i < flips; i++) {
        // Half of them in the first sectors: the boot sector, the table, the root.
        const at = random.chance(0.5) ? random.pick(used) : (used[random.below(20)] ?? 0);
        const byte = at + random.below(512);
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << random.below(8));
      }
      survive(bytes, `run ${run}`);
    }
  });

  it(`survives chains that lead anywhere, seed ${SEED}`, TIMEOUT, () => {
    const random = new Random(SEED + 1);
    const entryBytes = options.startsWith('-F 32') ? 4 : 2;
    for (let run = 0; run < RUNS; run++) {
      const bytes = image.slice();
      for (let i = 0; i < 60; i++) {
        const at = tableStart + random.below(400) * entryBytes;
        bytes[at] = random.below(256);
        bytes[at + 1] = random.below(3);
      }
      survive(bytes, `run ${run}`);
    }
  });

  it('survives a disk that ends early', () => {
    for (const length of [512, 1024, 4096, 20_480, 65_536, 400_384])
      survive(image.slice(0, length), `${length} bytes`);
    expect(image.length).toBe(kib * 1024);
  });
});

describe.skipIf(!hasDosTools)('hostile volumes', () => {
  it('gives EIO for a chain that runs in a circle, and for a folder that is in itself', () => {
    const image = makeImage(2000, '-F 32 -s 1');
    const context = new TestContext();
    const view = new DataView(image.buffer);
    const tableStart = view.getUint16(14, true) * 512;
    // The root's first free cluster numbers went to /d: its chain gets a loop of 3.
    const firstOf = (name: string): number => {
      const at = Buffer.from(image).indexOf(name.padEnd(11), 'latin1');
      return view.getUint16(at + 26, true);
    };
    const big = firstOf('BIG');
    view.setUint32(tableStart + (big + 3) * 4, big + 1, true);
    const sub = Buffer.from(image).lastIndexOf('SUB        ', 'latin1');
    view.setUint16(sub + 26, firstOf('D'), true);
    const disk = loadBytes(image, context);
    guard(disk);
    context.devices.set('/dev/vda', disk);
    const system = new TestSystem(vfat.mount('/dev/vda', 'errors=continue', false, context));
    expect(errnoOf(() => system.read('/big'))).toBe('EIO');
    expect(errnoOf(() => system.stat('/d/sub/sub'))).toBe('EIO');
    expect(context.lines.join()).toContain('cluster chain loop');
    expect(context.lines.join()).toContain('is in itself');
  });
});
