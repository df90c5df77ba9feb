/** Empty cowfs images, from the layout in src/fs/cowfs/superblock.ts alone. */
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import type { TestContext } from './harness.ts';

/** crc32c bit by bit, not inverted at the end. */
export function plainCrc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return crc >>> 0;
}

export interface ImageOptions {
  readonly flags?: number;
  readonly snapshots?: number;
}

export function makeDisk(
  context: TestContext,
  bytes: number,
  { flags = 0, snapshots = 8 }: ImageOptions = {},
): MemoryDisk {
  const superblock = Buffer.alloc(4096);
  superblock.write('cowfs\0\0\u0001', 'latin1');
  superblock.writeBigUInt64LE(1n, 8);
  superblock.writeUInt32LE(bytes / 4096, 16);
  superblock.writeUInt32LE(flags, 20);
  superblock.writeUInt32LE(snapshots, 28);
  superblock.fill(0x5a, 32, 48);
  superblock.writeUInt32LE(plainCrc32c(superblock.subarray(0, 4092)), 4092);
  const disk = new MemoryDisk('vda', bytes, context.frames);
  disk.write(8, superblock);
  return disk;
}
