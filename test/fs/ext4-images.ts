/** Mounted images of mke2fs for the tests of ext2, ext3 and ext4. */
import { ext2, ext3, ext4 } from '../../src/fs/ext4/mount.ts';
import type { FileSystemType } from '../../src/fs/filesystem.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { loadBytes, mke2fs } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

const TYPES: Readonly<Record<string, FileSystemType>> = { ext2, ext3, ext4 };
const images = new Map<string, Uint8Array>();

/** The bytes of such an image; made once. */
export function imageOf(options: string, size: string): Uint8Array {
  const key = `${options} ${size}`;
  const known = images.get(key) ?? mke2fs(size, ...options.split(' '));
  images.set(key, known);
  return known;
}

/** A file system, and what is below it. */
export interface Made {
  readonly context: TestContext;
  readonly disk: MemoryDisk;
  readonly system: TestSystem;
}

export function mount(
  disk: MemoryDisk,
  context: TestContext,
  type: string,
  options = '',
): TestSystem {
  context.devices.set('/dev/vda', disk);
  const found = TYPES[type] ?? ext4;
  return new TestSystem(found.mount('/dev/vda', options, false, context));
}

/** `options` of mke2fs begin with -t TYPE. */
export function make(options: string, size = '16M', mountOptions = ''): Made {
  const context = new TestContext();
  const disk = loadBytes(imageOf(options, size), context);
  const type = options.split(' ')[1] ?? 'ext4';
  return { context, disk, system: mount(disk, context, type, mountOptions) };
}

/** Bytes that tell where they belong. */
export function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + seed) & 0xff);
}
