/** Where ext4 puts blocks, and how it counts them: trees of extents, preallocation, full disks, against mke2fs, debugfs and e2fsck. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { check, debugfs, hasTools, saveImage, withFile } from './e2fsprogs.ts';
import { imageOf, make, mount, pattern } from './ext4-images.ts';
import { errnoOf } from './harness.ts';

describe.skipIf(!hasTools)('ext4: allocation', () => {
  it('grows extent trees to several levels, and takes them down again', () => {
    const { disk, context, system } = make('-t ext4 -b 1024', '32M');
    const file = system.open('/f', O_CREAT | O_RDWR);
    const other = system.open('/g', O_CREAT | O_RDWR);
    const count = 8000;
    // Every other block, in an order that splits nodes everywhere.
    for (let i = 0; i < count; i++) {
      const at = ((i * 3001) % count) * 2048;
      file.write(new BytesBuffer(Uint8Array.of(i & 0xff)), at);
    }
    other.release();
    file.release();
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    withFile((image) => {
      saveImage(disk, image);
      expect(debugfs(image, 'extents /f')).toMatch(/^ 2\/ 2 /m);
    });
    const again = mount(disk, context, 'ext4');
    const bytes = again.read('/f');
    for (let i = 0; i < count; i++) expect(bytes[((i * 3001) % count) * 2048]).toBe(i & 0xff);
    again.stat('/f').punchHole?.(500, 3000);
    again.stat('/f').setAttributes({ size: 6_000_000 });
    again.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const last = mount(disk, context, 'ext4');
    const left = last.read('/f');
    expect(left.subarray(500 * 4096, 3000 * 4096).every((byte) => byte === 0)).toBe(true);
    expect(left.subarray(0, 500 * 4096)).toEqual(bytes.subarray(0, 500 * 4096));
    last.unlink('/f');
    last.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it('preallocates blocks that read as zeros: fallocate(2)', () => {
    const { disk, context, system } = make('-t ext4 -b 1024', '32M');
    const file = system.open('/f', O_CREAT | O_RDWR);
    file.write(new BytesBuffer(pattern(5000, 4)), 100_000);
    expect(file.inode.preallocate?.(0, 2_000_000)).toBe(true);
    expect(file.inode.blocks).toBeGreaterThanOrEqual(2_000_000 / 512);
    expect(file.inode.size).toBe(105_000);
    // Behind both, between, and across: each write splits or joins extents.
    file.inode.setAttributes({ size: 1_500_000 });
    for (const at of [700_000, 701_024, 699_000, 0, 1_499_000, 99_000]) {
      file.write(new BytesBuffer(pattern(1000, at & 0xff)), at);
    }
    const before = system.read('/f');
    expect(before.subarray(100_000, 105_000)).toEqual(pattern(5000, 4));
    expect(before.subarray(702_100, 1_400_000).every((byte) => byte === 0)).toBe(true);
    file.release();
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    withFile((image) => {
      saveImage(disk, image);
      expect(debugfs(image, 'extents /f')).toContain('Uninit');
      debugfs(image, `dump /f ${image}.f`);
      expect(Buffer.compare(fs.readFileSync(`${image}.f`), before)).toBe(0);
    });
    const again = mount(disk, context, 'ext4');
    expect(Buffer.compare(again.read('/f'), before)).toBe(0);
    again.stat('/f').setAttributes({ size: 100_000 });
    expect(again.stat('/f').blocks).toBeLessThan(250);
    again.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it('frees what was preallocated behind the end when the size is set to what it is: generic/092 of xfstests', () => {
    const { disk, system } = make('-t ext4 -b 1024', '32M');
    system.write('/f', pattern(50_000, 4));
    const { blocks, inode } = { blocks: system.stat('/f').blocks, inode: system.stat('/f') };
    inode.preallocate?.(0, 1_000_000);
    inode.setAttributes({ size: 60_000 });
    expect(inode.blocks).toBeGreaterThan(1900);
    inode.setAttributes({ size: 60_000 });
    expect(inode.blocks).toBe(blocks + 20);
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it.each([
    ['-t ext4 -b 1024', '32M'],
    ['-t ext4 -b 4096', '200M'],
    ['-t ext4 -b 1024 -O ^flex_bg,^resize_inode,meta_bg', '64M'],
    ['-t ext3 -b 4096', '32M'],
    ['-t ext2 -b 1024', '32M'],
  ])('has the size that mke2fs counts without its own blocks: %s, %s', (options, size) => {
    const bytes = imageOf(options, size);
    const listing = withFile((file) => {
      fs.writeFileSync(file, bytes);
      return debugfs(file, 'show_super_stats -h');
    });
    const field = (name: string): number =>
      Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(listing)?.[1]);
    const { blocks, blocksFree } = make(options, size).system.mounts.root.inode.fs.statistics();
    expect({ blocks, blocksFree }).toEqual({
      blocks: field('Block count') - field('Overhead clusters'),
      blocksFree: field('Free blocks'),
    });
  });

  it('tells what Linux tells of a new disk of 32 MB', () => {
    // Linux 6.18 with Debian's mke2fs 1.47.0, `df -k`: 25844 blocks, 14 of them used, 23537 available.
    const { root } = make('-t ext4 -b 1024', '32M').system.mounts;
    const { blocks, blocksFree, blocksAvailable } = root.inode.fs.statistics();
    expect([blocks, blocks - blocksFree, blocksAvailable]).toEqual([25844, 14, 23537]);
  });

  it.each(['-t ext4 -b 1024', '-t ext3 -b 1024'])(
    'has room again at once when a full disk is emptied: %s',
    (options) => {
      const { disk, system } = make(options, '4M');
      const before = system.mounts.root.inode.fs.statistics();
      for (let round = 0; round < 3; round++) {
        expect(errnoOf(() => system.write('/big', new Uint8Array(8 * 2 ** 20)))).toBe('ENOSPC');
        expect(errnoOf(() => system.mkdir('/d'))).toBe('ENOSPC');
        expect(system.stat('/big').size).toBeGreaterThan(1_000_000);
        system.unlink('/big');
        system.mkdir('/d');
        system.symlink('z'.repeat(200), '/l');
        system.rmdir('/d');
        system.unlink('/l');
      }
      expect(system.mounts.root.inode.fs.statistics()).toEqual(before);
      system.mounts.unmountAll();
      expect(check(disk)).toBe('');
    },
  );

  it('gives what an unlink freed to fallocate and to an attribute at once: generic/371 of xfstests', () => {
    const { disk, system } = make('-t ext4 -b 1024', '4M');
    const most = system.mounts.root.inode.fs.statistics().blocksFree * 1024 - 100_000;
    for (let round = 0; round < 3; round++) {
      const file = system.open('/big', O_CREAT | O_RDWR);
      file.inode.preallocate?.(0, most);
      expect(errnoOf(() => file.inode.preallocate?.(most, 2 * most))).toBe('ENOSPC');
      file.release();
      system.write('/other', '');
      const set = (): void => system.stat('/other').xattrs?.set('user.a', new Uint8Array(600));
      expect(errnoOf(set)).toBe('ENOSPC');
      system.unlink('/big');
      expect(errnoOf(set)).toBe('ok');
      system.unlink('/other');
    }
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it('stores bytes behind 8 TiB', () => {
    const { disk, context, system } = make('-t ext4 -b 4096');
    const far = 9 * 2 ** 40;
    const file = system.open('/far', O_CREAT | O_RDWR);
    file.write(new BytesBuffer(Buffer.from('far')), far);
    expect(errnoOf(() => file.inode.setAttributes({ size: 2 ** 44 }))).toBe('EFBIG');
    file.release();
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const again = mount(disk, context, 'ext4').open('/far', O_RDONLY);
    const bytes = new Uint8Array(3);
    again.read(new BytesBuffer(bytes), far);
    expect(Buffer.from(bytes).toString()).toBe('far');
  });
});
