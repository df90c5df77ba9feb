/** Message types and common fields of 9P2000.L: Linux, include/net/9p/9p.h; diod, protocol.md. */
import { type FileStat, isDirectory, isSymbolicLink } from './backend.ts';
import type { MessageWriter } from './wire.ts';

/** Requests; the reply's type is one more. */
export const T = {
  STATFS: 8,
  LOPEN: 12,
  LCREATE: 14,
  SYMLINK: 16,
  MKNOD: 18,
  RENAME: 20,
  READLINK: 22,
  GETATTR: 24,
  SETATTR: 26,
  XATTRWALK: 30,
  XATTRCREATE: 32,
  READDIR: 40,
  FSYNC: 50,
  LOCK: 52,
  GETLOCK: 54,
  LINK: 70,
  MKDIR: 72,
  RENAMEAT: 74,
  UNLINKAT: 76,
  VERSION: 100,
  AUTH: 102,
  ATTACH: 104,
  FLUSH: 108,
  WALK: 110,
  READ: 116,
  WRITE: 118,
  CLUNK: 120,
  REMOVE: 122,
} as const;
/** The largest message that a client can agree on. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
export const RLERROR = 7;

/** size[4] type[1] tag[2] */
export const HEADER_BYTES = 7;

const QID_DIRECTORY = 0x80;
const QID_SYMLINK = 0x02;

/** Tlopen flags: Linux's O_*, with the generic values. */
export const OPEN = { ACCESS: 3, WRITE: 1, BOTH: 2, TRUNCATE: 0o1000 } as const;

/** Tsetattr valid bits. */
export const SETATTR = {
  MODE: 1,
  UID: 2,
  GID: 4,
  SIZE: 8,
  ATIME: 0x10,
  MTIME: 0x20,
  ATIME_SET: 0x80,
  MTIME_SET: 0x100,
} as const;

/** Rgetattr valid: all of the basic fields. */
export const GETATTR_BASIC = 0x7ff;
export const UNLINK_DIRECTORY = 0x200;
export const LOCK_SUCCESS = 0;
/** F_UNLCK: nobody holds a conflicting lock. */
export const LOCK_TYPE_UNLOCK = 2;
/** f_type of statfs on a 9p mount. */
export const FILE_SYSTEM_TYPE = 0x0102_1997;

/** Device numbers are mixed into the upper bits, so that files of different host file systems differ. */
const DEVICE_FACTOR = 2 ** 48;

/** qid: type[1] version[4] path[8] */
export function writeQid(reply: MessageWriter, stat: FileStat, rootDevice: number): void {
  if (isDirectory(stat.mode)) reply.u8(QID_DIRECTORY);
  else reply.u8(isSymbolicLink(stat.mode) ? QID_SYMLINK : 0);
  reply.u32((stat.mtime.seconds ^ stat.mtime.nanoseconds) >>> 0);
  const device = Math.abs(stat.device - rootDevice) % 16;
  reply.u64(stat.ino + device * DEVICE_FACTOR);
}
