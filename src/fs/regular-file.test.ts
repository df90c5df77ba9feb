/** Failed write-back is told once to each open file: fsync(2), and the talk that brought errseq_t about (LSFMM 2017). */
import { beforeEach, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { EIO, fail } from '../abi/errno.ts';
import { O_DIRECT, O_DSYNC, O_RDWR } from '../abi/fcntl.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { format } from './ext4/format.ts';
import { ext2 } from './ext4/mount.ts';
import { MemoryDisk } from './memory-disk.ts';
import { RegularFile } from './regular-file.ts';

const BYTES = new BytesBuffer(new Uint8Array(4096).fill(7));

/** Takes no data any more. */
class FailingDisk extends MemoryDisk {
  isBroken = false;
  /** So many writes fail yet. */
  failures = 0;
  readsFrames = 0;
  override writeFrames(sector: number, frames: readonly number[]): void {
    if (this.isBroken || this.failures-- > 0) throw fail(EIO, 'test');
    super.writeFrames(sector, frames);
  }
  override readFrames(sector: number, frames: readonly number[]): void {
    this.readsFrames += frames.length;
    super.readFrames(sector, frames);
  }
}

let disk: FailingDisk;
let system: TestSystem;
let context: TestContext;

function open(flags = 0): RegularFile {
  const file = system.open('/f', O_RDWR | flags);
  if (!(file instanceof RegularFile)) throw new Error('no regular file');
  return file;
}

beforeEach(() => {
  context = new TestContext();
  disk = new FailingDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  system = new TestSystem(ext2.mount('d', '', false, context));
  system.write('/f', 'a'.repeat(16 * 4096));
  system.mounts.syncAll();
});

it('is reported by each open file, once', () => {
  const [writer, other] = [open(), open()];
  writer.write(BYTES, 0);
  disk.isBroken = true;
  expect(errnoOf(() => writer.sync(false))).toBe('EIO');
  disk.isBroken = false;
  expect(errnoOf(() => writer.sync(false))).toBe('ok');
  expect(errnoOf(() => other.sync(true))).toBe('EIO');
  expect(errnoOf(() => other.sync(true))).toBe('ok');
  expect(errnoOf(() => open().sync(false))).toBe('ok');
});

it('of which nobody was told is reported by whoever opens the file next', () => {
  const writer = open();
  writer.write(BYTES, 0);
  disk.isBroken = true;
  system.mounts.syncAll();
  disk.isBroken = false;
  const [late, later] = [open(), open()];
  expect(errnoOf(() => late.sync(false))).toBe('EIO');
  expect(errnoOf(() => later.sync(false))).toBe('EIO');
  expect(errnoOf(() => writer.sync(false))).toBe('EIO');
  expect(errnoOf(() => open().sync(false))).toBe('ok');
});

it('keeps no other file from being stored: sync(2), umount(2)', () => {
  system.write('/g', 'b'.repeat(4096));
  system.write('/h', 'c'.repeat(4096));
  open().write(BYTES, 0);
  disk.failures = 1;
  expect(errnoOf(() => system.mounts.root.inode.fs.sync())).toBe('EIO');
  disk.isBroken = true;
  system.write('/g', 'd'.repeat(4096));
  system.mounts.unmountAll();
  disk.isBroken = false;
  system = new TestSystem(ext2.mount('d', '', false, context));
  expect(system.text('/h')).toBe('c'.repeat(4096));
  expect(system.text('/g')).toBe('b'.repeat(4096));
});

it('is reported by the write itself with O_DSYNC and O_DIRECT', () => {
  disk.isBroken = true;
  for (const flags of [O_DSYNC, O_DIRECT])
    expect(errnoOf(() => open(flags).write(BYTES, 0))).toBe('EIO');
});

it('reads with O_DIRECT from the disk each time, and leaves what is in memory alone', () => {
  system.mounts.root.inode.fs.reclaim?.(100, 2);
  const [file, raw] = [open(), open(O_DIRECT)];
  const before = disk.readsFrames;
  raw.read(BYTES, 0);
  raw.read(BYTES, 0);
  expect(disk.readsFrames - before).toBe(2);
  expect(file.inode.pages?.pages.size).toBe(0);
});
