/**
 * What the disk says of an inode, 256 bytes, 16 to a block; a mode of 0 is nobody's.
 *
 *     0 mode  4 uid  8 gid  12 nlink  16 size u64  24 rdev  28 fileFlags  32 generation  36 height
 *     40 atime, mtime, ctime, btime: i64 seconds, u32 nanoseconds each   88 root of the content  120 attributes
 *     152 sectors of the content u32   156 parent of a directory
 */
import type { Timestamp } from '../inode.ts';
import { BLOCK_BYTES, decodePointer, encodePointer, type Pointer } from './pointer.ts';

export const RECORD_BYTES = 256;
export const RECORDS_PER_BLOCK = BLOCK_BYTES / RECORD_BYTES;
const TIMES = 40;
const ROOT = 88;
const ATTRIBUTES = 120;

export interface InodeRecord {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly rdev: number;
  readonly fileFlags: number;
  readonly generation: number;
  readonly height: number;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
  readonly btime: Timestamp;
  readonly root: Pointer | undefined;
  readonly attributes: Pointer | undefined;
  readonly sectors: number;
  readonly parent: number;
}

function decodeTime(view: DataView, index: number): Timestamp {
  const at = TIMES + index * 12;
  const seconds = Number(view.getBigInt64(at, true));
  return { seconds, nanoseconds: view.getUint32(at + 8, true) % 1_000_000_000 };
}

function encodeTime(view: DataView, index: number, time: Timestamp): void {
  view.setBigInt64(TIMES + index * 12, BigInt(Math.floor(time.seconds)), true);
  view.setUint32(TIMES + index * 12 + 8, time.nanoseconds, true);
}

function recordView(block: Uint8Array, index: number): DataView {
  return new DataView(block.buffer, block.byteOffset + index * RECORD_BYTES, RECORD_BYTES);
}

/** Undefined for one that is free. */
export function decodeInode(block: Uint8Array, index: number): InodeRecord | undefined {
  const view = recordView(block, index);
  const mode = view.getUint32(0, true);
  if (mode === 0) return undefined;
  return {
    mode,
    uid: view.getUint32(4, true),
    gid: view.getUint32(8, true),
    nlink: view.getUint32(12, true),
    size: view.getUint32(16, true) + (view.getUint32(20, true) & 0x1f_ffff) * 2 ** 32,
    rdev: view.getUint32(24, true),
    fileFlags: view.getUint32(28, true),
    generation: view.getUint32(32, true),
    height: view.getUint32(36, true),
    atime: decodeTime(view, 0),
    mtime: decodeTime(view, 1),
    ctime: decodeTime(view, 2),
    btime: decodeTime(view, 3),
    root: decodePointer(view, ROOT),
    attributes: decodePointer(view, ATTRIBUTES),
    sectors: view.getUint32(152, true),
    parent: view.getUint32(156, true),
  };
}

export function encodeInode(
  block: Uint8Array,
  index: number,
  record: InodeRecord | undefined,
): void {
  block.fill(0, index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
  if (record === undefined) return;
  const view = recordView(block, index);
  view.setUint32(0, record.mode, true);
  view.setUint32(4, record.uid, true);
  view.setUint32(8, record.gid, true);
  view.setUint32(12, record.nlink, true);
  view.setUint32(16, record.size % 2 ** 32, true);
  view.setUint32(20, Math.floor(record.size / 2 ** 32), true);
  view.setUint32(24, record.rdev, true);
  view.setUint32(28, record.fileFlags, true);
  view.setUint32(32, record.generation, true);
  view.setUint32(36, record.height, true);
  [record.atime, record.mtime, record.ctime, record.btime].forEach((time, i) => {
    encodeTime(view, i, time);
  });
  encodePointer(view, ROOT, record.root);
  encodePointer(view, ATTRIBUTES, record.attributes);
  view.setUint32(152, record.sectors, true);
  view.setUint32(156, record.parent, true);
}
