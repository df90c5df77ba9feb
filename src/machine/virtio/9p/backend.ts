/** What a 9p server needs of the files behind it. All calls are synchronous; paths are inside the shared folder. */

/** lstat of a file, in plain numbers. */
export interface FileStat {
  readonly device: number;
  readonly ino: number;
  /** Type and permission bits, as in st_mode. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blockSize: number;
  /** Of 512 bytes. */
  readonly blocks: number;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

export interface Timestamp {
  /** Since 1970. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface FileSystemStat {
  readonly blockSize: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly availableBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
}

/** Number of an open file. */
export type Handle = number;
export type OpenAccess = 'read' | 'write' | 'both';

/**
 * A path is '' for the root, or names that the server has checked, each with a slash before it: '/a/b'. Implementations
 * never follow a symbolic link, neither as the last name nor on the way. Failures are Errors with a `code` such as ENOENT.
 */
export interface FileBackend {
  readonly isReadOnly: boolean;
  stat(path: string): FileStat;
  statHandle(handle: Handle): FileStat;
  statFileSystem(): FileSystemStat;
  /** Names in a directory, without '.' and '..'. */
  list(path: string): string[];
  /** stat of each of these names in a directory; undefined for one that is not there. */
  statEntries(path: string, names: readonly string[]): (FileStat | undefined)[];
  readLink(path: string): string;
  /** Regular files only. */
  open(path: string, access: OpenAccess, isTruncated: boolean): Handle;
  /** Fails with EEXIST where the name is taken. */
  create(path: string, access: OpenAccess, mode: number): Handle;
  close(handle: Handle): void;
  /** Returns the bytes read, 0 at the end; the buffer may be a view of guest RAM. */
  read(handle: Handle, buffer: Uint8Array, position: number): number;
  write(handle: Handle, buffer: Uint8Array, position: number): number;
  sync(handle: Handle, isDataOnly: boolean): void;
  makeDirectory(path: string, mode: number): void;
  makeLink(target: string, path: string): void;
  /** Hard link: `path` becomes another name of `existing`. */
  link(existing: string, path: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  removeDirectory(path: string): void;
  /** The following take a path, or the handle of an open file. */
  setMode(file: string | Handle, mode: number): void;
  setOwner(file: string | Handle, uid: number, gid: number): void;
  setSize(file: string | Handle, size: number): void;
  setTimes(file: string | Handle, atime: Timestamp, mtime: Timestamp): void;
}

/** A failure that a backend reports by itself. */
export class BackendError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const TYPE_MASK = 0o170000;

export function isDirectory(mode: number): boolean {
  return (mode & TYPE_MASK) === 0o040000;
}

export function isSymbolicLink(mode: number): boolean {
  return (mode & TYPE_MASK) === 0o120000;
}

export function isRegular(mode: number): boolean {
  return (mode & TYPE_MASK) === 0o100000;
}
