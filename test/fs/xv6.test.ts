/**
 * xv6fs on a disk laid out as xv6's mkfs does: what is written is where the xv6 book says, and a crash is replayed.
 * An image of the real mkfs by hand: HARTIX_XV6_IMAGE=fs.img npx vitest run --project guest test/fs/xv6.test.ts
 */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { makeDevice, S_IFCHR } from '../../src/abi/stat.ts';
import { PowerCuts } from '../../src/fs/crash/power-cut.ts';
import { RecordingDisk } from '../../src/fs/crash/recording-disk.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { xv6fs } from '../../src/fs/xv6/xv6.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';
import { BITMAP, DATA, INODE_START, INODES, makeDisk, SIZE } from './xv6-images.ts';

function imageOf(disk: MemoryDisk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * 512);
  disk.read(0, bytes);
  return bytes;
}

/** What an fsck would say, from the book's description alone: blocks used twice or not marked, links, lost inodes. */
function complaints(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer);
  const found: string[] = [];
  const used = new Map<number, number>();
  const names = new Map<number, number>([[1, 0]]);
  for (let ino = 1; ino < INODES; ino++) {
    const at = INODE_START * 1024 + ino * 64;
    const type = view.getInt16(at, true);
    if (type === 0) continue;
    const size = view.getUint32(at + 8, true);
    const blocks = Array.from({ length: 12 }, (_, i) => view.getUint32(at + 12 + 4 * i, true));
    const indirect = view.getUint32(at + 60, true);
    if (indirect !== 0)
      for (let i = 0; i < 256; i++) blocks.push(view.getUint32(indirect * 1024 + 4 * i, true));
    for (const block of [...blocks, indirect].filter((number) => number !== 0)) {
      if (used.has(block)) found.push(`block ${block} of ${ino} and ${used.get(block)}`);
      used.set(block, ino);
    }
    for (let from = 0; type === 1 && from < size; from += 16) {
      const entry = (blocks[Math.floor(from / 1024)] ?? 0) * 1024 + (from % 1024);
      const target = view.getUint16(entry, true);
      const isSelf = bytes[entry + 2] === 0x2e && bytes[entry + 3] === 0;
      if (target !== 0 && !isSelf) names.set(target, (names.get(target) ?? 0) + 1);
    }
  }
  for (let ino = 1; ino < INODES; ino++) {
    const at = INODE_START * 1024 + ino * 64;
    if (view.getInt16(at, true) === 0 && names.has(ino)) found.push(`name of free inode ${ino}`);
    // An unlinked file that was open at the crash has 0 links and no name: xv6 leaves it, too.
    const links = view.getInt16(at + 6, true);
    if (view.getInt16(at, true) !== 0 && links !== (names.get(ino) ?? 0))
      found.push(`inode ${ino}: ${links} links, ${names.get(ino) ?? 0} names`);
  }
  for (let block = DATA; block < SIZE; block++) {
    const isMarked = ((bytes[BITMAP * 1024 + (block >>> 3)] ?? 0) & (1 << (block & 7))) !== 0;
    if (isMarked !== used.has(block)) found.push(`block ${block}: marked ${isMarked}`);
  }
  return found;
}

function mount(disk: MemoryDisk, context: TestContext): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(xv6fs.mount('/dev/vda', '', false, context));
}

function useIt(system: TestSystem): void {
  system.mkdir('/d');
  system.write('/d/small', 'small');
  system.write('/big', new Uint8Array(200_000).fill(7));
  system.link('/big', '/d/link');
  system.rename('/d/small', '/moved');
  system.mkdir('/d/e');
  system.rename('/d/e', '/e');
  system.mounts.syncAll();
  system.unlink('/big');
  system.stat('/d/link').setAttributes({ size: 5000 });
  system.mounts.syncAll();
  system.unlink('/d/link');
  system.write('/moved', 'longer than before');
  system.mknod('/console', S_IFCHR, makeDevice(1, 0));
}

describe('xv6fs', () => {
  it('keeps files, folders, links and devices as the book says', () => {
    const context = new TestContext();
    const disk = makeDisk(context);
    expect(complaints(imageOf(disk))).toEqual([]);
    const system = mount(disk, context);
    expect(system.stat('/').ino).toBe(1);
    useIt(system);
    expect(system.list('/')).toEqual(['console', 'd', 'e', 'moved']);
    expect(system.text('/moved')).toBe('longer than before');
    expect(system.stat('/console').rdev).toBe(makeDevice(1, 0));
    expect([system.stat('/').nlink, system.stat('/e/..').ino]).toEqual([3, 1]);
    system.mounts.unmountAll();
    expect(context.frames.used).toBe(0);
    expect(complaints(imageOf(disk))).toEqual([]);
    expect(mount(disk, context).text('/moved')).toBe('longer than before');
  });

  it('has its limits: 14 bytes of a name, 268 blocks, and the end of the disk', () => {
    const context = new TestContext();
    const disk = makeDisk(context);
    const system = mount(disk, context);
    system.write('/fourteen-bytes', '');
    expect(errnoOf(() => system.write('/fifteen-bytes-x', ''))).toBe('ENAMETOOLONG');
    expect(errnoOf(() => system.write('/large', new Uint8Array(268 * 1024 + 1)))).toBe('EFBIG');
    expect(system.stat('/large').size).toBe(268 * 1024);
    const free = system.mounts.root.inode.fs.statistics().blocksFree;
    for (let i = 0; ; i++) {
      const errno = errnoOf(() => system.write(`/file${i}`, new Uint8Array(268 * 1024)));
      if (errno === 'ok') continue;
      expect(errno).toBe('ENOSPC');
      break;
    }
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBeLessThan(4);
    for (const name of system.list('/').filter((file) => file.startsWith('file')))
      system.unlink(`/${name}`);
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBe(free);
    expect(errnoOf(() => system.symlink('a', '/b'))).toBe('EPERM');
    system.mounts.unmountAll();
    expect(complaints(imageOf(disk))).toEqual([]);
  });

  it('frees an unlinked open file at its last close', () => {
    const context = new TestContext();
    const disk = makeDisk(context);
    const system = mount(disk, context);
    const file = system.open('/f', O_CREAT | O_RDWR);
    file.write(new BytesBuffer(new Uint8Array(50_000)), 0);
    system.unlink('/f');
    file.release();
    system.mounts.unmountAll();
    expect(complaints(imageOf(disk))).toEqual([]);
  });

  it('is whole after a power cut at any write', () => {
    const context = new TestContext();
    const disk = new RecordingDisk(makeDisk(context), context.frames);
    const system = mount(disk, context);
    useIt(system);
    system.mounts.syncAll();
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed / 2 ** 32;
    };
    const cuts = new PowerCuts(disk.before, disk.requests, context.frames, random);
    for (let count = 0; count <= disk.requests.length; count += 29) {
      const left = cuts.after(count);
      const other = new TestContext();
      mount(left, other).mounts.unmountAll();
      expect([count, complaints(imageOf(left))]).toEqual([count, []]);
    }
    expect(disk.requests.length).toBeGreaterThan(300);
  });

  it('gives errors for what cannot be', () => {
    const context = new TestContext();
    const image = imageOf(makeDisk(context));
    const view = new DataView(image.buffer);
    view.setUint32(INODE_START * 1024 + 64 + 12, 0xffffff, true);
    const disk = new MemoryDisk('bad', image.length, context.frames);
    disk.write(0, image);
    const system = mount(disk, context);
    expect(errnoOf(() => system.list('/'))).toBe('EUCLEAN');
    view.setUint32(1024, 5, true);
    const foreign = new MemoryDisk('foreign', image.length, context.frames);
    foreign.write(0, image);
    expect(errnoOf(() => mount(foreign, context))).toBe('EINVAL');
  });

  const real = process.env['HARTIX_XV6_IMAGE'];
  it.skipIf(real === undefined)('reads and changes an image of mkfs', () => {
    const bytes = new Uint8Array(fs.readFileSync(real ?? ''));
    const context = new TestContext();
    const disk = new MemoryDisk('real', bytes.length, context.frames);
    disk.write(0, bytes);
    const system = mount(disk, context);
    expect(system.list('/')).toContain('README');
    expect(system.text('/README')).toContain('xv6 is a re-implementation');
    useIt(system);
    system.mounts.unmountAll();
    expect(complaints(imageOf(disk))).toEqual([]);
  });
});
