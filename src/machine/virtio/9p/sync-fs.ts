/** The part of node:fs, in its synchronous form, that a shared folder is made of. memfs volumes have it, too. */

type Numeric = number | bigint;

export interface SyncStats {
  readonly dev: Numeric;
  readonly ino: Numeric;
  readonly mode: Numeric;
  readonly nlink: Numeric;
  readonly uid: Numeric;
  readonly gid: Numeric;
  readonly rdev: Numeric;
  readonly size: Numeric;
  readonly blksize?: Numeric;
  readonly blocks?: Numeric;
  /** Given where `bigint` was asked for and is known. */
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
  readonly ctimeNs?: bigint;
  readonly atimeMs: Numeric;
  readonly mtimeMs: Numeric;
  readonly ctimeMs: Numeric;
}

export interface SyncStatFs {
  readonly bsize: Numeric;
  readonly blocks: Numeric;
  readonly bfree: Numeric;
  readonly bavail: Numeric;
  readonly files: Numeric;
  readonly ffree: Numeric;
}

/** Times are seconds since 1970, with fractions. */
export interface SyncFs {
  lstatSync(path: string, options: { bigint: true }): SyncStats;
  fstatSync(fd: number, options: { bigint: true }): SyncStats;
  statfsSync?(path: string): SyncStatFs;
  readdirSync(path: string): string[];
  readlinkSync(path: string): string;
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number;
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number;
  fsyncSync(fd: number): void;
  fdatasyncSync(fd: number): void;
  mkdirSync(path: string, mode: number): unknown;
  symlinkSync(target: string, path: string): void;
  linkSync(existing: string, path: string): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
  chmodSync(path: string, mode: number): void;
  fchmodSync(fd: number, mode: number): void;
  lchownSync(path: string, uid: number, gid: number): void;
  fchownSync(fd: number, uid: number, gid: number): void;
  ftruncateSync(fd: number, size: number): void;
  lutimesSync(path: string, atime: number, mtime: number): void;
  futimesSync(fd: number, atime: number, mtime: number): void;
}

/** Values of the open flags; they differ between hosts. */
export interface OpenFlags {
  readonly O_RDONLY: number;
  readonly O_WRONLY: number;
  readonly O_RDWR: number;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly O_TRUNC: number;
  readonly O_NOFOLLOW: number;
  readonly O_NONBLOCK: number;
}

/** Linux's, which memfs has on every host. */
export const LINUX_OPEN_FLAGS: OpenFlags = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_NONBLOCK: 0o4000,
  O_NOFOLLOW: 0o400000,
};
