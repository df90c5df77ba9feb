/** The pieces of files as FIEMAP tells them: debugfs says the same of the image. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { ext2, ext4 } from '../../src/fs/ext4/mount.ts';
import type { FileExtent, Inode } from '../../src/fs/inode.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { debugfs, hasTools, loadBytes, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

const BLOCK = 1024;
const EVERYTHING = 2 ** 40;

function made(type: typeof ext4, ...options: readonly string[]) {
  const context = new TestContext();
  const disk = loadBytes(mke2fs('16M', '-b', String(BLOCK), ...options), context);
  context.devices.set('/dev/vda', disk);
  return { disk, system: new TestSystem(type.mount('/dev/vda', '', false, context)) };
}

/** Two files whose blocks alternate, with holes; the first has room behind its end, too. */
function scatter(system: TestSystem): Inode {
  const [one, two] = ['/one', '/two'].map((name) => system.open(name, O_RDWR | O_CREAT, 0o644));
  if (!one || !two) throw new Error('no files');
  for (let i = 0; i < 20; i++) {
    one.write(new BytesBuffer(new Uint8Array(4096).fill(i + 1)), i * 4096 + (i > 9 ? 65536 : 0));
    two.write(new BytesBuffer(new Uint8Array(4096).fill(99)), i * 4096);
  }
  one.inode.preallocate?.(400 * BLOCK, 500 * BLOCK);
  system.mounts.syncAll();
  return one.inode;
}

const inBlocks = ({ logical, physical, length, kind }: FileExtent) =>
  `${logical / BLOCK} ${physical / BLOCK} ${length / BLOCK} ${kind}`;

describe.skipIf(!hasTools)('FIEMAP', () => {
  it('tells of extents what debugfs tells', () => {
    const { disk, system } = made(ext4, '-t', 'ext4');
    const extents = scatter(system).fileExtents?.(0, EVERYTHING) ?? [];
    // What the journal holds goes to its place.
    system.mounts.unmountAll();
    const text = withFile((file) => {
      saveImage(disk, file);
      return debugfs(file, 'ex /one');
    });
    const rows = text.split('\n').flatMap((line) => {
      const row = /^ *(\d+)\/ *(\d+) +\d+\/ *\d+ +(\d+) - +\d+ +(\d+) - +\d+ +(\d+) *(\w*)/.exec(
        line,
      );
      if (!row || row[1] !== row[2]) return [];
      return [`${row[3]} ${row[4]} ${row[5]} ${row[6] === 'Uninit' ? 'unwritten' : 'data'}`];
    });
    expect(rows.length).toBeGreaterThan(3);
    expect(extents.map(inBlocks)).toEqual(rows);
  });

  it('cuts what it tells to the blocks that were asked for', () => {
    const { system } = made(ext4, '-t', 'ext4');
    const inode = scatter(system);
    const [part, ...others] = inode.fileExtents?.(410 * BLOCK + 5, 420 * BLOCK) ?? [];
    expect(others).toEqual([]);
    expect([part?.logical, part?.length, part?.kind]).toEqual([
      410 * BLOCK,
      10 * BLOCK,
      'unwritten',
    ]);
  });

  it('tells of blocks that are found one by one what debugfs tells', () => {
    const { disk, system } = made(ext2, '-t', 'ext2');
    const extents = scatter(system).fileExtents?.(0, EVERYTHING) ?? [];
    expect(extents.every(({ kind }) => kind === 'merged')).toBe(true);
    const text = withFile((file) => {
      saveImage(disk, file);
      return debugfs(file, ...Array.from({ length: 150 }, (_, i) => `bmap /one ${i}`));
    });
    const mapped = [...text.matchAll(/^(\d+)\b/gm)].map(([, block]) => Number(block));
    expect(mapped).toHaveLength(150);
    const told = mapped.map((_, i) => {
      const at = i * BLOCK;
      const found = extents.find(({ logical, length }) => at >= logical && at < logical + length);
      return found ? (found.physical + at - found.logical) / BLOCK : 0;
    });
    expect(told).toEqual(mapped);
  });

  it('tells where a file lies that is in its inode', () => {
    const image = withFile((file) => {
      writeFileSync(file, mke2fs('16M', '-t', 'ext4', '-O', 'inline_data', '-I', '256'));
      writeFileSync(`${file}.small`, 'in the inode');
      debugfs(file, `write ${file}.small small`);
      return new Uint8Array(readFileSync(file));
    });
    const context = new TestContext();
    context.devices.set('/dev/vda', loadBytes(image, context));
    const system = new TestSystem(ext4.mount('/dev/vda', '', false, context));
    const extents = system.stat('/small').fileExtents?.(0, EVERYTHING) ?? [];
    const physical = extents[0]?.physical ?? 0;
    expect(extents).toEqual([{ logical: 0, physical, length: 12, kind: 'inline' }]);
    const content = image.subarray(physical, physical + 12);
    expect(new TextDecoder().decode(content)).toBe('in the inode');
  });

  it('tells where extended attributes are: in the inode, or in their block', () => {
    const { disk, system } = made(ext4, '-t', 'ext4', '-I', '256');
    const [small, large, none] = ['/small', '/large', '/none'].map((name) => {
      system.open(name, O_RDWR | O_CREAT, 0o644);
      return system.stat(name);
    });
    const value = new TextEncoder().encode('where it is');
    small?.xattrs?.set('user.place', value);
    large?.xattrs?.set('user.place', new Uint8Array(600).fill(65));
    const [inside] = small?.attributeExtents?.() ?? [];
    const [outside] = large?.attributeExtents?.() ?? [];
    expect(none?.attributeExtents?.()).toEqual([]);
    system.mounts.unmountAll();
    const text = withFile((file) => {
      saveImage(disk, file);
      const image = readFileSync(file);
      const bytes = image.subarray(
        inside?.physical,
        (inside?.physical ?? 0) + (inside?.length ?? 0),
      );
      expect(bytes.readUInt32LE(0)).toBe(0xea02_0000);
      expect(bytes.includes(value)).toBe(true);
      return debugfs(file, 'stat /large');
    });
    expect(inside?.kind).toBe('inline');
    const block = Number(/File ACL: (\d+)/.exec(text)?.[1]);
    expect(outside).toEqual({ logical: 0, physical: block * BLOCK, length: BLOCK, kind: 'data' });
  });
});
