/** FAT volumes that were made to mislead: what is said of them. Random damage: `damage/`. */
import { describe, expect, it } from 'vitest';
import { vfat } from '../../src/fs/fat/fat.ts';
import { guard } from './damage/survival.ts';
import { hasDosTools, mkfsFat } from './dosfstools.ts';
import { loadBytes } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

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
