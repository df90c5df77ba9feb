/** The disks that are damaged: each a good one with files, and what Hartix does with it. Some need programs that may be missing. */
import { crc32 } from 'node:zlib';
import { cowfs } from '../../../src/fs/cowfs/cowfs.ts';
import { ext4 } from '../../../src/fs/ext4/mount.ts';
import { vfat } from '../../../src/fs/fat/fat.ts';
import type { FileSystemType } from '../../../src/fs/filesystem.ts';
import { iso9660 } from '../../../src/fs/iso9660/iso9660.ts';
import type { MemoryDisk } from '../../../src/fs/memory-disk.ts';
import { readPartitionTable } from '../../../src/fs/partitions/partition-table.ts';
import { squashfs } from '../../../src/fs/squashfs/squashfs.ts';
import { xv6fs } from '../../../src/fs/xv6/xv6.ts';
import { plainCrc32c } from '../cowfs-images.ts';
import { type TestContext, TestSystem } from '../harness.ts';
import * as images from './images.ts';
import { attempt, useEverything } from './survival.ts';

export interface Subject {
  readonly name: string;
  readonly make: () => Uint8Array;
  /** Throws errnos, and what is a bug. */
  readonly use: (disk: MemoryDisk, context: TestContext) => void;
  /** Checksums of the first blocks, which else would keep damage from being looked at, are made right again. */
  readonly reseal?: (bytes: Uint8Array) => void;
}

function mounted(type: FileSystemType, options: string, isReadOnly = false) {
  return (disk: MemoryDisk, context: TestContext): void => {
    context.devices.set('/dev/vda', disk);
    const system = new TestSystem(type.mount('/dev/vda', options, isReadOnly, context));
    useEverything(system);
    attempt(() => system.mounts.unmountAll());
  };
}

const EXT: Readonly<Record<string, string>> = {
  'ext2-1k': '-t ext2 -b 1024',
  'ext2-4k-sparse_super2': '-t ext2 -b 4096 -I 128 -O sparse_super2',
  'ext3-1k': '-t ext3 -b 1024 -J size=1',
  'ext3-2k-small-inodes': '-t ext3 -b 2048 -I 128',
  'ext4-1k-plain': '-t ext4 -b 1024 -J size=1 -O ^metadata_csum',
  'ext4-1k-unjournaled': '-t ext4 -b 1024 -O ^has_journal,^metadata_csum,^64bit',
  'ext4-2k-meta_bg': '-t ext4 -b 2048 -O meta_bg,^resize_inode,^metadata_csum -g 1024',
  'ext4-4k-uninit_bg': '-t ext4 -b 4096 -O ^metadata_csum,uninit_bg',
  'ext4-1k-checksums': '-t ext4 -b 1024 -J size=1 -O metadata_csum,metadata_csum_seed',
  'ext4-1k-inline_data': '-t ext4 -b 1024 -J size=1 -I 256 -O inline_data,^metadata_csum',
};

const SUPERBLOCK = 1024;
const CHECKSUM = 1020;

function resealExt4(bytes: Uint8Array): void {
  if (bytes.length < 2 * SUPERBLOCK) return;
  const superblock = bytes.subarray(SUPERBLOCK, 2 * SUPERBLOCK);
  const view = new DataView(superblock.buffer, superblock.byteOffset);
  view.setUint32(CHECKSUM, plainCrc32c(superblock.subarray(0, CHECKSUM)), true);
}

function resealCowfs(bytes: Uint8Array): void {
  for (const at of [0, 4096].filter((place) => place + 4096 <= bytes.length)) {
    const slot = bytes.subarray(at, at + 4092);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at + 4092, plainCrc32c(slot), true);
  }
}

/** The CRCs of both headers and of their entries, as far as these are on the disk. */
function resealGpt(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const at of [512, bytes.length - 512]) {
    if (at < 512 || at + 512 > bytes.length) continue;
    const from = Number(view.getBigUint64(at + 72, true)) * 512;
    const length = Math.min(view.getUint32(at + 80, true), 4096) * 128;
    if (from + length <= bytes.length)
      view.setUint32(at + 88, crc32(bytes.subarray(from, from + length)), true);
    view.setUint32(at + 16, 0, true);
    const header = bytes.subarray(at, at + Math.min(512, view.getUint32(at + 12, true)));
    view.setUint32(at + 16, crc32(header), true);
  }
}

function useTable(disk: MemoryDisk): void {
  for (const { start, sectors, number } of readPartitionTable(disk)?.entries ?? []) {
    for (const value of [start, sectors, number])
      if (!Number.isSafeInteger(value) || value < 0) throw new Error(`partition of ${value}`);
  }
}

/** All of them, in the order in which runs take turns. */
export const SUBJECTS: readonly Subject[] = [
  ...Object.entries(EXT).map(([name, options]): Subject => {
    const reseal = options.includes('metadata_csum_seed') ? { reseal: resealExt4 } : {};
    return { name, make: () => images.ext(options), use: mounted(ext4, ''), ...reseal };
  }),
  { name: 'ext4-crashed', make: images.extCrashed, use: mounted(ext4, '') },
  { name: 'ext4-tree-of-e2fsprogs', make: images.extOfFolder, use: mounted(ext4, '') },
  ...(['12', '16', '32'] as const).map(
    (bits): Subject => ({
      name: `fat${bits}`,
      make: () => images.fat(bits),
      use: mounted(vfat, 'errors=continue'),
    }),
  ),
  { name: 'xv6fs', make: images.xv6, use: mounted(xv6fs, '') },
  { name: 'squashfs', make: () => images.squash(), use: mounted(squashfs, '', true) },
  {
    name: 'squashfs-uncompressed',
    make: () => images.squash('-noI', '-noD', '-noF', '-noX'),
    use: mounted(squashfs, '', true),
  },
  { name: 'iso9660-rock-ridge', make: () => images.iso('-R'), use: mounted(iso9660, '', true) },
  {
    name: 'iso9660-joliet',
    make: () => images.iso('-R', '-J', '-joliet-long'),
    use: mounted(iso9660, 'norock', true),
  },
  { name: 'cowfs', make: images.cow, use: mounted(cowfs, ''), reseal: resealCowfs },
  { name: 'gpt', make: () => images.partitioned('gpt'), use: useTable, reseal: resealGpt },
  { name: 'mbr', make: () => images.partitioned('dos'), use: useTable },
];
