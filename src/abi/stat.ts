/** struct stat (asm-generic/stat.h), struct statx, struct statfs and the mode bits (linux/stat.h). */
import { layout } from '../lib/layout.ts';

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;

export const Stat = layout({
  st_dev: 'u64',
  st_ino: 'u64',
  st_mode: 'u32',
  st_nlink: 'u32',
  st_uid: 'u32',
  st_gid: 'u32',
  st_rdev: 'u64',
  pad1: 'u64',
  st_size: 'i64',
  st_blksize: 'i32',
  pad2: 'i32',
  st_blocks: 'i64',
  st_atime: 'i64',
  st_atime_nsec: 'u64',
  st_mtime: 'i64',
  st_mtime_nsec: 'u64',
  st_ctime: 'i64',
  st_ctime_nsec: 'u64',
  unused4: 'u32',
  unused5: 'u32',
});

/** struct statx; timestamps are {i64 seconds, u32 nanoseconds, i32 padding}. */
export const Statx = layout({
  stx_mask: 'u32',
  stx_blksize: 'u32',
  stx_attributes: 'u64',
  stx_nlink: 'u32',
  stx_uid: 'u32',
  stx_gid: 'u32',
  stx_mode: 'u16',
  pad1: 'u16',
  stx_ino: 'u64',
  stx_size: 'u64',
  stx_blocks: 'u64',
  stx_attributes_mask: 'u64',
  stx_atime: 'i64',
  stx_atime_nsec: 'u32',
  pad2: 'i32',
  stx_btime: 'i64',
  stx_btime_nsec: 'u32',
  pad3: 'i32',
  stx_ctime: 'i64',
  stx_ctime_nsec: 'u32',
  pad4: 'i32',
  stx_mtime: 'i64',
  stx_mtime_nsec: 'u32',
  pad5: 'i32',
  stx_rdev_major: 'u32',
  stx_rdev_minor: 'u32',
  stx_dev_major: 'u32',
  stx_dev_minor: 'u32',
  stx_mnt_id: 'u64',
  stx_dio_mem_align: 'u32',
  stx_dio_offset_align: 'u32',
  spare: 'bytes96',
});
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_MNT_ID = 0x1000;
export const STATX_DIOALIGN = 0x2000;

/** struct statfs. */
export const Statfs = layout({
  f_type: 'i64',
  f_bsize: 'i64',
  f_blocks: 'u64',
  f_bfree: 'u64',
  f_bavail: 'u64',
  f_files: 'u64',
  f_ffree: 'u64',
  f_fsid: 'u64',
  f_namelen: 'i64',
  f_frsize: 'i64',
  f_flags: 'i64',
  f_spare: 'bytes32',
});

/** dev_t as user space sees it: new_encode_dev of linux/kdev_t.h, 32 bits. */
export function makeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
export function deviceMajor(device: number): number {
  return (device >>> 8) & 0xfff;
}
export function deviceMinor(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}
