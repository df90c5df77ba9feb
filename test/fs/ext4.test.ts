/** ext3 and ext4 as mke2fs makes them, against the contract, with e2fsck and debugfs as judges. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDWR, RENAME_EXCHANGE } from '../../src/abi/fcntl.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { contract } from './contract.ts';
import { check, debugfs, hasTools, loadBytes, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { type Made, make, mount, pattern } from './ext4-images.ts';
import { errnoOf, TestContext, type TestSystem } from './harness.ts';

describe.skipIf(!hasTools).each([
  ['-t ext4 -b 1024', ''],
  ['-t ext3 -b 1024', 'data=journal'],
])('%s %s', (options, mountOptions) => {
  let made: Made;
  contract(
    () => {
      made = make(options, '16M', mountOptions);
      return made.system;
    },
    {
      hasNodes: true,
      hasExchange: true,
      hasWhiteouts: true,
      hasOwners: true,
      hasByteNames: true,
      hasFineTimes: true,
      hasLinks: true,
      hasModes: true,
    },
    (system) => {
      system.mounts.unmountAll();
      expect(made.context.frames.used).toBe(0);
      expect(check(made.disk)).toBe('');
    },
  );
});

/** A bit of everything; what is there afterwards is told by `expectEverything`. */
function doEverything(system: TestSystem): void {
  system.mkdir('/d');
  system.write('/d/large', pattern(900_000, 1));
  for (let i = 0; i < 300; i++) system.write(`/d/${'n'.repeat(i % 40)}-${i}`, `file ${i}`);
  for (let i = 0; i < 300; i += 3) system.unlink(`/d/${'n'.repeat(i % 40)}-${i}`);
  system.symlink('x'.repeat(100), '/slow');
  system.symlink('short', '/fast');
  system.mknod('/fifo', 0o10644);
  system.write('/cut', pattern(300_000, 2));
  system.stat('/cut').setAttributes({ size: 123_457 });
  const { xattrs } = system.stat('/cut');
  xattrs?.set('user.short', Buffer.from('value'));
  xattrs?.set('user.long', pattern(600, 3));
  const file = system.open('/sparse', O_CREAT | O_RDWR);
  for (let i = 0; i < 60; i++) file.write(new BytesBuffer(pattern(100, i)), i * 40_000);
  file.release();
  system.rename('/d/large', '/moved');
}

function expectEverything(system: TestSystem): void {
  expect(Buffer.compare(system.read('/moved'), pattern(900_000, 1))).toBe(0);
  expect(Buffer.compare(system.read('/cut'), pattern(300_000, 2).subarray(0, 123_457))).toBe(0);
  expect(system.list('/d').length).toBe(200);
  expect(system.text(`/d/${'n'.repeat(299 % 40)}-299`)).toBe('file 299');
  expect(errnoOf(() => system.stat('/d/-0'))).toBe('ENOENT');
  expect(system.lstat('/slow').readlink()).toBe('x'.repeat(100));
  expect(system.lstat('/fast').readlink()).toBe('short');
  const { xattrs } = system.stat('/cut');
  expect(Buffer.from(xattrs?.get('user.short') ?? []).toString()).toBe('value');
  expect(Buffer.compare(xattrs?.get('user.long') ?? new Uint8Array(), pattern(600, 3))).toBe(0);
  const sparse = system.read('/sparse');
  expect(sparse.length).toBe(59 * 40_000 + 100);
  expect(sparse.subarray(59 * 40_000)).toEqual(pattern(100, 59));
  expect(sparse[59 * 40_000 - 1]).toBe(0);
}

describe
  .skipIf(!hasTools)
  .each([
    '-t ext2 -b 1024',
    '-t ext3 -b 4096 -I 128',
    '-t ext4 -b 1024 -O ^64bit,uninit_bg,^metadata_csum',
    '-t ext4 -b 4096 -O meta_bg,^resize_inode,metadata_csum_seed',
    '-t ext4 -b 1024 -O sparse_super2,^flex_bg,^huge_file',
    '-t ext4 -b 2048 -O ^extent,^64bit,large_dir',
    '-t ext4 -b 4096 -O inline_data -I 512',
    '-t ext4 -b 1024 -O ^has_journal,^dir_index,^extra_isize',
    '-t ext4 -b 1024 -E lazy_itable_init=1 -G 4 -N 2000',
  ])('%s', (options) => {
  it('is written, read again, and clean', () => {
    const { disk, context, system } = make(options, '24M');
    doEverything(system);
    expectEverything(system);
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const again = mount(disk, context, options.split(' ')[1] ?? '');
    expectEverything(again);
    for (const name of again.list('/d')) again.unlink(`/d/${name}`);
    again.rmdir('/d');
    for (const name of ['slow', 'fast', 'fifo', 'cut', 'sparse', 'moved']) again.unlink(`/${name}`);
    again.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });
});

describe.skipIf(!hasTools)('ext4', () => {
  it.each(['1024', '4096'])('debugfs reads back what was written: blocks of %s', (blockSize) => {
    const { disk, system } = make(`-t ext4 -b ${blockSize}`, '24M');
    doEverything(system);
    system.mounts.unmountAll();
    withFile((file) => {
      saveImage(disk, file);
      debugfs(file, `dump /moved ${file}.moved`, `dump /sparse ${file}.sparse`);
      expect(Buffer.compare(fs.readFileSync(`${file}.moved`), pattern(900_000, 1))).toBe(0);
      const sparse = fs.readFileSync(`${file}.sparse`);
      expect(sparse.subarray(59 * 40_000)).toEqual(Buffer.from(pattern(100, 59)));
      expect(debugfs(file, 'stat /slow')).toContain('Type: symlink');
      expect(debugfs(file, 'ea_get /cut user.short')).toContain('value');
      expect(debugfs(file, 'htree_dump /d')).toContain('Hash Version: 1');
    });
  });

  it('reads what debugfs made, directories without an index and inline files included', () => {
    withFile((file) => {
      fs.writeFileSync(file, mke2fs('16M', '-t', 'ext4', '-O', 'inline_data', '-I', '256'));
      fs.writeFileSync(`${file}.a`, pattern(400_000, 5));
      fs.writeFileSync(`${file}.b`, pattern(100, 6));
      const directories = Array.from({ length: 150 }, (_, i) => `mkdir /dir/some-longer-name-${i}`);
      debugfs(
        file,
        'mkdir /dir',
        'mkdir /small',
        `write ${file}.a /small/a`,
        `write ${file}.b /small/b`,
        ...directories,
      );
      const context = new TestContext();
      const disk = loadBytes(fs.readFileSync(file), context);
      const system = mount(disk, context, 'ext4');
      expect(Buffer.compare(system.read('/small/a'), pattern(400_000, 5))).toBe(0);
      expect(Buffer.compare(system.read('/small/b'), pattern(100, 6))).toBe(0);
      expect(system.list('/small')).toEqual(['a', 'b']);
      expect(system.list('/dir').length).toBe(150);
      const inline = system.open('/small/b', O_RDWR);
      inline.write(new BytesBuffer(pattern(5000, 9)), 90);
      inline.release();
      const expected = new Uint8Array(5090);
      expected.set(pattern(100, 6));
      expected.set(pattern(5000, 9), 90);
      expect(Buffer.compare(system.read('/small/b'), expected)).toBe(0);
      system.write('/small/c', 'new');
      system.rmdir('/dir/some-longer-name-77');
      system.mounts.unmountAll();
      expect(check(disk)).toBe('');
      const again = mount(disk, context, 'ext4');
      expect(Buffer.compare(again.read('/small/b'), expected)).toBe(0);
      expect(again.list('/small')).toEqual(['a', 'b', 'c']);
    });
  });

  it('keeps the index of a directory of thousands of names', () => {
    const { disk, context, system } = make('-t ext4 -b 1024 -N 9000', '48M');
    system.mkdir('/d');
    const names = Array.from({ length: 7000 }, (_, i) => `${'long-name-'.repeat(i % 9)}é${i}`);
    for (const name of names) system.write(`/d/${name}`, '');
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const again = mount(disk, context, 'ext4');
    expect(again.list('/d')).toEqual([...names].sort());
    for (const name of names) expect(again.stat(`/d/${name}`).nlink).toBe(1);
    for (const name of names.slice(100)) again.unlink(`/d/${name}`);
    expect(again.list('/d')).toEqual(names.slice(0, 100).sort());
    again.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it('refuses by name what it cannot write, and reads what it can', () => {
    const refused = (options: string, type = 'ext4'): string => {
      const context = new TestContext();
      const disk = loadBytes(mke2fs('16M', ...options.split(' ')), context);
      expect(errnoOf(() => mount(disk, context, type))).toBe('EINVAL');
      return context.lines.join();
    };
    expect(refused('-t ext4 -O bigalloc')).toContain('bigalloc');
    expect(refused('-t ext4 -O quota')).toContain('quota');
    expect(refused('-t ext4 -O casefold')).toContain('casefold');
    expect(refused('-t ext4 -O encrypt')).toContain('encrypt');
    expect(refused('-t ext4 -O mmp')).toContain('mmp');
    expect(refused('-t ext4 -O ea_inode')).toContain('ea_inode');
    expect(refused('-t ext4 -b 65536')).toContain('block size');
    expect(refused('-t ext4', 'ext3')).toContain('extents');
    const context = new TestContext();
    const disk = loadBytes(mke2fs('16M', '-t', 'ext4', '-O', 'verity,project,quota'), context);
    context.devices.set('/dev/vda', disk);
    expect(ext4.mount('/dev/vda', '', true, context).root.lookup('lost+found')).toBeDefined();
  });

  it.each([
    ['no ".."', 'unlink /a/moved/..'],
    ['another ".."', 'unlink /a/moved/..', 'link /b /a/moved/..'],
  ])('does not move a directory with %s: EUCLEAN, and nothing has changed', (_, ...damage) => {
    const { context, disk, system } = make('-t ext2 -b 1024 -I 256');
    for (const name of ['/a', '/b', '/a/moved', '/b/whole']) system.mkdir(name);
    system.mounts.unmountAll();
    const damaged = withFile((file) => {
      saveImage(disk, file);
      debugfs(file, ...damage);
      return loadBytes(fs.readFileSync(file), context);
    });
    const again = mount(damaged, context, 'ext2');
    expect(errnoOf(() => again.rename('/a/moved', '/b/moved'))).toBe('EUCLEAN');
    expect(errnoOf(() => again.rename('/b/whole', '/a/moved', RENAME_EXCHANGE))).toBe('EUCLEAN');
    expect([again.list('/a'), again.list('/b')]).toEqual([['moved'], ['whole']]);
    again.rename('/a/moved', '/a/renamed');
    expect(again.list('/a')).toEqual(['renamed']);
    again.mounts.unmountAll();
  });
});
