/** An inode as it lies in the inode table. Poirier, section 3.3; Linux: struct ext4_inode for the part behind 128 bytes. */
import {
  deviceMajor,
  deviceMinor,
  makeDevice,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../abi/stat.ts';
import { layout } from '../../lib/layout.ts';
import type { Timestamp } from '../inode.ts';

/** The types that i_mode can have. */
export const INODE_KINDS: ReadonlySet<number> = new Set([
  S_IFREG,
  S_IFDIR,
  S_IFLNK,
  S_IFCHR,
  S_IFBLK,
  S_IFIFO,
  S_IFSOCK,
]);

export const InodeLayout = layout({
  i_mode: 'u16',
  i_uid: 'u16',
  i_size: 'u32',
  i_atime: 'i32',
  i_ctime: 'i32',
  i_mtime: 'i32',
  i_dtime: 'u32',
  i_gid: 'u16',
  i_links_count: 'u16',
  i_blocks: 'u32',
  i_flags: 'u32',
  i_version: 'u32',
  i_block: 'bytes60',
  i_generation: 'u32',
  i_file_acl: 'u32',
  i_size_high: 'u32',
  i_obso_faddr: 'u32',
  i_blocks_high: 'u16',
  i_file_acl_high: 'u16',
  i_uid_high: 'u16',
  i_gid_high: 'u16',
  i_checksum_lo: 'u16',
  i_reserved: 'u16',
});

/** Where the fields behind the first 128 bytes are; each is there if i_extra_isize reaches over it. */
export const EXTRA_ISIZE = 128;
const CTIME_EXTRA = 132;
const MTIME_EXTRA = 136;
const ATIME_EXTRA = 140;
const CREATION_TIME = 144;
const CREATION_EXTRA = 148;

/** i_flags. */
export const INDEX_FLAG = 0x1000;
export const JOURNAL_DATA_FLAG = 0x4000;
export const HUGE_FILE_FLAG = 0x4_0000;
export const EXTENTS_FLAG = 0x8_0000;
export const INLINE_DATA_FLAG = 0x1000_0000;
/** EXT4_FL_USER_VISIBLE. */
export const VISIBLE_FLAGS = 0x725b_dfff;

/** Where the fields are in a record, which is read and changed in place. */
export const AT = InodeLayout.offset;

/** A number of 32 bits in two halves. */
export function readWords(record: DataView, low: number, high: number): number {
  return record.getUint16(low, true) + record.getUint16(high, true) * 65536;
}

export function writeWords(record: DataView, low: number, high: number, value: number): void {
  record.setUint16(low, value & 0xffff, true);
  record.setUint16(high, value >>> 16, true);
}

/** True if the extra field at `offset` exists in this inode. */
function hasExtra(record: DataView, offset: number): boolean {
  if (record.byteLength <= EXTRA_ISIZE) return false;
  return EXTRA_ISIZE + record.getUint16(EXTRA_ISIZE, true) >= offset + 4;
}

/** i_extra_isize is one that can be. */
export function hasSoundExtra(record: DataView): boolean {
  if (record.byteLength <= EXTRA_ISIZE) return true;
  const extra = record.getUint16(EXTRA_ISIZE, true);
  return (extra & 3) === 0 && EXTRA_ISIZE + extra <= record.byteLength;
}

/** Seconds are signed 32 bits with two more bits in the extra word; nanoseconds are above them. */
function decodeTime(record: DataView, low: number, extraOffset: number): Timestamp {
  if (!hasExtra(record, extraOffset)) return { seconds: low, nanoseconds: 0 };
  const extra = record.getUint32(extraOffset, true);
  return { seconds: low + (extra & 3) * 2 ** 32, nanoseconds: extra >>> 2 };
}

function encodeExtra(record: DataView, time: Timestamp, extraOffset: number): void {
  if (!hasExtra(record, extraOffset)) return;
  const epoch = Math.floor((time.seconds + 2 ** 31) / 2 ** 32) & 3;
  record.setUint32(extraOffset, ((time.nanoseconds << 2) | epoch) >>> 0, true);
}

export interface InodeTimes {
  atime: Timestamp;
  mtime: Timestamp;
  ctime: Timestamp;
}

export function loadTimes(record: DataView, times: InodeTimes): void {
  times.atime = decodeTime(record, record.getInt32(AT.i_atime, true), ATIME_EXTRA);
  times.mtime = decodeTime(record, record.getInt32(AT.i_mtime, true), MTIME_EXTRA);
  times.ctime = decodeTime(record, record.getInt32(AT.i_ctime, true), CTIME_EXTRA);
}

/** When a large inode was made. */
export function decodeCreation(record: DataView): Timestamp | undefined {
  if (!hasExtra(record, CREATION_EXTRA)) return undefined;
  return decodeTime(record, record.getInt32(CREATION_TIME, true), CREATION_EXTRA);
}

export function storeTimes(record: DataView, times: InodeTimes): void {
  record.setInt32(AT.i_atime, times.atime.seconds | 0, true);
  record.setInt32(AT.i_mtime, times.mtime.seconds | 0, true);
  record.setInt32(AT.i_ctime, times.ctime.seconds | 0, true);
  encodeExtra(record, times.atime, ATIME_EXTRA);
  encodeExtra(record, times.mtime, MTIME_EXTRA);
  encodeExtra(record, times.ctime, CTIME_EXTRA);
}

/** A new inode: as many extra fields as the table's size allows, and its time of creation. */
export function initializeExtra(record: DataView, extraBytes: number, created: Timestamp): void {
  if (record.byteLength <= EXTRA_ISIZE) return;
  record.setUint16(EXTRA_ISIZE, extraBytes, true);
  if (hasExtra(record, CREATION_TIME)) record.setInt32(CREATION_TIME, created.seconds | 0, true);
  encodeExtra(record, created, CREATION_EXTRA);
}

export function isDevice(mode: number): boolean {
  return (mode & S_IFMT) === S_IFCHR || (mode & S_IFMT) === S_IFBLK;
}

/** A device number lies in the first pointer (8 bits each) or, if it is larger, in the second. */
export function decodeDevice(pointers: Uint32Array): number {
  const old = pointers[0] as number;
  return old !== 0 ? makeDevice((old >>> 8) & 0xff, old & 0xff) : (pointers[1] as number);
}

export function encodeDevice(pointers: Uint32Array, device: number): void {
  const major = deviceMajor(device);
  const minor = deviceMinor(device);
  const isSmall = major < 256 && minor < 256;
  pointers[0] = isSmall ? (major << 8) | minor : 0;
  pointers[1] = isSmall ? 0 : device;
}
