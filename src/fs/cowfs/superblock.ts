/**
 * The superblock of cowfs: two slots, blocks 0 and 1, written in turns. The valid one with the higher generation is the file system: what it
 * points to was flushed before it.
 *
 *     0 magic "cowfs\0\0\1"   8 generation u64   16 blocks u32   20 flags u32   24 epoch u32   28 snapshotLimit u32
 *     32 salt 16   48 verifier 16 (of the key)   64 the live root: tree   112 count of snapshots u32
 *     128 snapshots: id u32, name length u32, time u64, tree 48, name 64: 128 bytes each
 *     tree: pointer 32, height u32, next inode number u32, 8 bytes of zeros
 *     4092 crc32c of what is in front of it
 */
import { EINVAL, EUCLEAN, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { BlockDevice } from '../block-device.ts';
import { crc32c } from '../ext4/checksum.ts';
import {
  BLOCK_BYTES,
  decodePointer,
  encodePointer,
  type Pointer,
  SECTORS_PER_BLOCK,
} from './pointer.ts';

export const COWFS_MAGIC = 0x7377_6f63;
const MAGIC = [0x63, 0x6f, 0x77, 0x66, 0x73, 0, 0, 1];
export const SLOTS = 2;
export const ENCRYPTED = 1;
export const KEY_IS_SET = 2;
export const NO_COMPRESSION = 4;
export const NO_DEDUPLICATION = 8;
const KNOWN_FLAGS = ENCRYPTED | KEY_IS_SET | NO_COMPRESSION | NO_DEDUPLICATION;
const SNAPSHOTS = 128;
const SNAPSHOT_BYTES = 128;
export const MAX_SNAPSHOTS = 30;
export const MAX_SNAPSHOT_NAME = 64;
const CHECKSUM = 4092;
const MIN_BLOCKS = 64;

/** Where a version's inodes are. */
export interface TreeRoot {
  readonly pointer: Pointer | undefined;
  readonly height: number;
  /** Inode numbers from here on were never used. */
  readonly nextIno: number;
}

export interface Snapshot {
  /** Never 0, never used again while it is there. */
  readonly id: number;
  readonly name: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly tree: TreeRoot;
}

export interface Superblock {
  generation: number;
  readonly blocks: number;
  flags: number;
  /** How often it was mounted to be written. */
  epoch: number;
  readonly snapshotLimit: number;
  readonly salt: Uint8Array;
  verifier: Uint8Array;
  live: TreeRoot;
  snapshots: Snapshot[];
}

function decodeTree(view: DataView, at: number): TreeRoot {
  return {
    pointer: decodePointer(view, at),
    height: view.getUint32(at + 32, true),
    nextIno: view.getUint32(at + 36, true),
  };
}

function encodeTree(view: DataView, at: number, { pointer, height, nextIno }: TreeRoot): void {
  encodePointer(view, at, pointer);
  view.setUint32(at + 32, height, true);
  view.setUint32(at + 36, nextIno, true);
}

function decodeSnapshot(bytes: Uint8Array, view: DataView, at: number): Snapshot {
  const length = Math.min(view.getUint32(at + 4, true), MAX_SNAPSHOT_NAME);
  return {
    id: view.getUint32(at, true),
    name: fromBytes(bytes, at + 64, at + 64 + length),
    time: Number(view.getBigUint64(at + 8, true)),
    tree: decodeTree(view, at + 16),
  };
}

/** Undefined for a slot that was not written whole, or is nobody's. */
function decodeSlot(bytes: Uint8Array): Superblock | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  if (crc32c(0xffff_ffff, bytes, 0, CHECKSUM) !== view.getUint32(CHECKSUM, true)) return undefined;
  const count = Math.min(view.getUint32(112, true), MAX_SNAPSHOTS);
  return {
    generation: Number(view.getBigUint64(8, true)),
    blocks: view.getUint32(16, true),
    flags: view.getUint32(20, true),
    epoch: view.getUint32(24, true),
    snapshotLimit: Math.min(view.getUint32(28, true), MAX_SNAPSHOTS),
    salt: bytes.slice(32, 48),
    verifier: bytes.slice(48, 64),
    live: decodeTree(view, 64),
    snapshots: Array.from({ length: count }, (_, i) =>
      decodeSnapshot(bytes, view, SNAPSHOTS + i * SNAPSHOT_BYTES),
    ),
  };
}

/** Throws EINVAL for what is no cowfs or has a feature that is not known, EUCLEAN, EIO. */
export function readSuperblock(disk: BlockDevice): Superblock {
  if (disk.sectors < SLOTS * SECTORS_PER_BLOCK) throw fail(EINVAL, 'device without a superblock');
  let found: Superblock | undefined;
  for (let slot = 0; slot < SLOTS; slot++) {
    const bytes = new Uint8Array(BLOCK_BYTES);
    disk.read(slot * SECTORS_PER_BLOCK, bytes);
    const read = decodeSlot(bytes);
    if (read !== undefined && (found === undefined || read.generation > found.generation))
      found = read;
  }
  if (found === undefined) throw fail(EINVAL, 'no cowfs');
  if ((found.flags & ~KNOWN_FLAGS) !== 0) throw fail(EINVAL, 'cowfs: unknown feature');
  if (found.blocks < MIN_BLOCKS || found.blocks * SECTORS_PER_BLOCK > disk.sectors)
    throw fail(EUCLEAN, 'cowfs: size');
  return found;
}

/** Into the slot whose turn it is. The caller flushes before and after. */
export function writeSuperblock(disk: BlockDevice, superblock: Superblock): void {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setBigUint64(8, BigInt(superblock.generation), true);
  view.setUint32(16, superblock.blocks, true);
  view.setUint32(20, superblock.flags, true);
  view.setUint32(24, superblock.epoch, true);
  view.setUint32(28, superblock.snapshotLimit, true);
  bytes.set(superblock.salt, 32);
  bytes.set(superblock.verifier, 48);
  encodeTree(view, 64, superblock.live);
  view.setUint32(112, superblock.snapshots.length, true);
  superblock.snapshots.forEach(({ id, name, time, tree }, i) => {
    const at = SNAPSHOTS + i * SNAPSHOT_BYTES;
    view.setUint32(at, id, true);
    view.setUint32(at + 4, name.length, true);
    view.setBigUint64(at + 8, BigInt(time), true);
    encodeTree(view, at + 16, tree);
    bytes.set(toBytes(name), at + 64);
  });
  view.setUint32(CHECKSUM, crc32c(0xffff_ffff, bytes, 0, CHECKSUM), true);
  disk.write((superblock.generation % SLOTS) * SECTORS_PER_BLOCK, bytes);
}
