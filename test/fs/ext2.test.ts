/** ext2 against the contract, with e2fsck as judge of what is on the disk afterwards. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_RDONLY } from '../../src/abi/fcntl.ts';
import { format } from '../../src/fs/ext4/format.ts';
import { ext2 } from '../../src/fs/ext4/mount.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { contract } from './contract.ts';
import { check, hasTools, loadImage, saveImage, withFile } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const itWithTools = hasTools ? it : it.skip;

const UUID = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

interface Made {
  context: TestContext;
  disk: MemoryDisk;
  system: TestSystem;
}

function make(blockSize: number, inodeSize: number, bytes = 16 * 2 ** 20): Made {
  const context = new TestContext();
  const disk = new MemoryDisk('test', bytes, context.frames);
  format(disk, { blockSize, inodeSize, uuid: UUID, seconds: 1_000_000_000 });
  return { context, disk, system: mountDisk(disk, context) };
}

function mountDisk(disk: MemoryDisk, context: TestContext): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext2.mount('/dev/vda', '', false, context));
}

describe.each([
  [4096, 256],
  [1024, 256],
  [2048, 128],
])('ext2 with blocks of %i and inodes of %i bytes', (blockSize, inodeSize) => {
  let made: Made;
  contract(
    () => {
      made = make(blockSize, inodeSize);
      return made.system;
    },
    {
      hasNodes: true,
      hasExchange: true,
      hasWhiteouts: true,
      hasOwners: true,
      hasByteNames: true,
      hasFineTimes: inodeSize > 128,
      hasLinks: true,
      hasModes: true,
    },
    (system) => {
      system.mounts.unmountAll();
      expect(made.context.frames.used).toBe(0);
      expect(check(made.disk)).toBe('');
    },
  );

  it('is empty and clean when made', () => {
    const { disk, system } = make(blockSize, inodeSize);
    expect(check(disk)).toBe('');
    expect(system.list('/')).toEqual([]);
  });

  it('fills up with ENOSPC, and is as before when all is removed', () => {
    const { disk, system } = make(blockSize, inodeSize, 2 * 2 ** 20);
    const before = system.mounts.root.inode.fs.statistics();
    expect(errnoOf(() => system.write('/big', new Uint8Array(4 * 2 ** 20)))).toBe('ENOSPC');
    expect(errnoOf(() => system.mkdir('/d'))).toBe('ENOSPC');
    system.mounts.syncAll();
    system.unlink('/big');
    for (let i = 0; ; i++) {
      if (errnoOf(() => system.write(`/${i}`, '')) === 'ENOSPC') break;
    }
    for (const name of system.list('/')) system.unlink(`/${name}`);
    const after = system.mounts.root.inode.fs.statistics();
    expect(after.filesFree).toBe(before.filesFree);
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });

  it('survives unmounting: everything is there again', () => {
    const { disk, context, system } = make(blockSize, inodeSize);
    system.mkdir('/d');
    const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => i >>> 5);
    system.write('/d/f', bytes);
    system.symlink('x'.repeat(300), '/d/l');
    system.stat('/d/f').setAttributes({ uid: 70_000, mode: 0o600 });
    system.mounts.unmountAll();
    const again = mountDisk(disk, context);
    expect(Buffer.compare(again.read('/d/f'), bytes)).toBe(0);
    expect(again.stat('/d/f').uid).toBe(70_000);
    expect(again.lstat('/d/l').readlink()).toBe('x'.repeat(300));
    expect(again.stat('/d/f').mtime.nanoseconds).toBe(inodeSize > 128 ? 123_456_789 : 0);
  });

  it('writes what is mapped and dirty', () => {
    const { disk, context, system } = make(blockSize, inodeSize);
    system.write('/m', 'x'.repeat(6000));
    system.stat('/m').setAttributes({ size: 20_000 });
    const file = system.open('/m', O_RDONLY);
    const { pages } = file.inode;
    const frame = pages?.getPage(2, true) ?? 0;
    context.frames.bytes(frame)[5] = 0x41;
    file.release();
    system.mounts.unmountAll();
    const again = mountDisk(disk, context);
    expect(again.read('/m')[2 * 4096 + 5]).toBe(0x41);
    expect(check(disk)).toBe('');
  });
});

describe('ext2', () => {
  itWithTools('reads and changes what mke2fs and debugfs made', () => {
    withFile((file) => {
      spawnSync('mke2fs', ['-q', '-t', 'ext2', '-b', '1024', file, '8M']);
      const script = `${file}.txt`;
      fs.writeFileSync(`${file}.data`, 'y'.repeat(40_000));
      const names = Array.from({ length: 200 }, (_, i) => `mkdir /dir/some-longer-name-${i}`);
      fs.writeFileSync(script, ['mkdir /dir', `write ${file}.data /dir/data`, ...names].join('\n'));
      spawnSync('debugfs', ['-w', '-f', script, file]);
      spawnSync('e2fsck', ['-fyD', file]);
      const context = new TestContext();
      const disk = loadImage(file, context);
      const system = mountDisk(disk, context);
      expect(system.text('/dir/data')).toBe('y'.repeat(40_000));
      expect(system.list('/dir').length).toBe(201);
      system.write('/dir/new', 'new');
      system.rmdir('/dir/some-longer-name-7');
      system.mounts.unmountAll();
      expect(check(disk)).toBe('');
      saveImage(disk, file);
      const { stdout } = spawnSync('debugfs', ['-R', 'cat /dir/new', file], { encoding: 'utf8' });
      expect(stdout).toBe('new');
    });
  });

  itWithTools('refuses features that it does not know, by name', () => {
    withFile((file) => {
      spawnSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', file, '8M']);
      const context = new TestContext();
      context.devices.set('/dev/vda', loadImage(file, context));
      expect(errnoOf(() => ext2.mount('/dev/vda', '', false, context))).toBe('EINVAL');
      expect(context.lines.join()).toContain('extents 64bit flex_bg');
    });
  });

  it('is clean while it is remounted read-only, and refuses what it could not write', () => {
    const { disk, context, system } = make(4096, 256);
    const { fs: instance } = system.mounts.root.mount;
    system.write('/f', 'x');
    instance.remount?.(true, '');
    expect(check(disk)).toBe('');
    expect(errnoOf(() => system.write('/g', ''))).toBe('EROFS');
    instance.remount?.(false, '');
    system.write('/g', '');
    system.mounts.unmountAll();
    disk.isReadOnly = true;
    expect(errnoOf(() => ext2.mount('/dev/vda', '', false, context))).toBe('EACCES');
    const again = ext2.mount('/dev/vda', '', true, context);
    expect(errnoOf(() => again.remount?.(false, ''))).toBe('EACCES');
    expect(again.root.lookup('g')).toBeDefined();
  });

  it('is one instance, however often it is mounted', () => {
    const { context, system } = make(4096, 256);
    const { fs: instance } = system.mounts.root.mount;
    expect(ext2.mount('/dev/vda', '', false, context)).toBe(instance);
    expect(errnoOf(() => ext2.mount('/dev/vda', '', true, context))).toBe('EBUSY');
  });

  it('stores files of more than 2 GiB: large_file', () => {
    const { disk, context, system } = make(4096, 256);
    const file = system.open('/f', 0o101);
    const far = 3 * 2 ** 30 + 5;
    file.write(new BytesBuffer(Buffer.from('far')), far);
    file.release();
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const again = mountDisk(disk, context).open('/f', O_RDONLY);
    const bytes = new Uint8Array(3);
    expect([again.inode.size, again.read(new BytesBuffer(bytes), far)]).toEqual([far + 3, 3]);
    expect(Buffer.from(bytes).toString()).toBe('far');
    expect(errnoOf(() => again.inode.setAttributes({ size: 2 ** 42 }))).toBe('EFBIG');
  });

  it.each([1024, 4096])('punches holes into files with blocks of %i bytes', (blockSize) => {
    const { disk, context, system } = make(blockSize, 256);
    system.write('/f', new Uint8Array(400 * 1024).fill(7));
    system.mounts.syncAll();
    const before = system.stat('/f').blocks;
    system.stat('/f').punchHole?.(5, 80);
    expect(system.stat('/f').blocks).toBeLessThanOrEqual(before - 75 * 8);
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const bytes = mountDisk(disk, context).read('/f');
    expect([bytes[5 * 4096 - 1], bytes[5 * 4096], bytes[80 * 4096 - 1], bytes[80 * 4096]]).toEqual([
      7, 0, 0, 7,
    ]);
  });

  it('refuses a disk without a file system', () => {
    const context = new TestContext();
    context.devices.set('/dev/vda', new MemoryDisk('empty', 2 ** 20, context.frames));
    expect(errnoOf(() => ext2.mount('/dev/vda', '', false, context))).toBe('EINVAL');
  });

  it('reaches single, double and triple indirect blocks', () => {
    const { disk, context, system } = make(1024, 256);
    system.write('/f', '');
    const file = system.open('/f', 1);
    const places = [0, 13 * 1024, 300 * 1024, 70_000 * 1024];
    for (const at of places) file.write(new BytesBuffer(new Uint8Array(4).fill(7)), at);
    file.release();
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
    const again = mountDisk(disk, context);
    const bytes = again.read('/f');
    for (const at of places) expect(bytes[at + 3]).toBe(7);
    expect(again.stat('/f').blocks).toBeLessThan(40);
    again.stat('/f').setAttributes({ size: 300 * 1024 });
    again.unlink('/f');
    again.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });
});
