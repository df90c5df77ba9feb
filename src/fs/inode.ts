/** An inode: a file's identity and attributes, apart from its names. Linux: struct inode, struct inode_operations. */
import type { Dentry } from './dentry.ts';
import type { File } from './file.ts';
import type { FileLocks } from './file-lock.ts';
import type { FileSystem } from './filesystem.ts';
import type { Mount } from './mount.ts';
import type { InodeWatch } from './notify.ts';
import type { PageCache } from './page-cache.ts';
import type { Pipe } from './pipe.ts';

/** Seconds since 1970 with nanoseconds; integers both. */
export interface Timestamp {
  seconds: number;
  nanoseconds: number;
}

/** What setAttributes may change; absent fields stay. Permission was checked by the caller. */
export interface AttributeChange {
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  atime?: Timestamp;
  mtime?: Timestamp;
  ctime?: Timestamp;
  /** FS_*_FL. */
  fileFlags?: number;
}

export interface DirectoryEntry {
  name: string;
  ino: number;
  /** DT_* of abi/dirent.ts. */
  type: number;
  /** Position after this entry: what lseek/getdents resume from. */
  next: number;
}

/** The extended attributes of one file, by full name: xattr(7). Who may do what is the kernel's. */
export interface ExtendedAttributes {
  get(name: string): Uint8Array | undefined;
  names(): string[];
  /** Undefined takes it away. Throws ENOSPC. */
  set(name: string, value: Uint8Array | undefined): void;
}

/** A piece of a file in a row on its disk; all in bytes. `merged`: of blocks that are found one by one. */
export interface FileExtent {
  readonly logical: number;
  readonly physical: number;
  readonly length: number;
  /** `encoded`: what is there must be decompressed, or decrypted, first. */
  readonly kind: 'data' | 'unwritten' | 'inline' | 'merged' | 'encoded' | 'encrypted';
  /** Other files have it, too. */
  readonly isShared?: boolean;
}

/**
 * Concrete classes belong to file systems (TmpfsInode, Ext4Inode, ProcInode …). All methods are synchronous and never block; errors
 * are thrown by fail(). Directory methods on a non-directory throw ENOTDIR, missing abilities EPERM/EINVAL/ENOSYS as Linux does.
 * "." and ".." and mount points are the path walker's business. Names are JavaScript strings in latin-1 form: one char per byte
 * (bytes to string and back is lossless; lib/bytes.ts converts), so that any Linux file name survives.
 */
export interface Inode {
  readonly fs: FileSystem;
  readonly ino: number;
  /** Type and permission bits, S_IF*. */
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** Bytes; for symlinks the target's length. */
  size: number;
  /** 512-byte blocks in use. */
  blocks: number;
  /** Device number of a character or block special file. */
  readonly rdev: number;
  atime: Timestamp;
  /** Tells files apart that had the same number one after the other; left out where numbers are not used again. */
  readonly generation?: number | undefined;
  mtime: Timestamp;
  ctime: Timestamp;
  /** Record and flock locks, created on first use. */
  locks: FileLocks | undefined;
  /** A FIFO's pipe while it is open. */
  pipe: Pipe | undefined;
  /** Open files and mappings that hold this inode; at 0 with nlink 0 the file system frees it (`evict`). Changed by references.ts only. */
  references: number;
  /** Names of it in the dentry cache. Changed by dentry-cache.ts only. */
  cachedNames?: number;
  /** Writers by open file; with executing > 0 opening for write is ETXTBSY and the reverse. */
  writers: number;
  /** Of them, those that do not keep it from being executed: the first description of a memfd. */
  uncountedWriters?: number;
  executing: number;
  /** F_SEAL_* of fcntl(2); undefined where a file cannot be sealed. */
  seals?: number;

  /** FS_*_FL of file-flags.ts, and others of the file system's; left out where it keeps none. Changed by setAttributes. */
  fileFlags?: number | undefined;

  /** When it was made; left out where the file system does not keep it. */
  readonly btime?: Timestamp | undefined;
  /** Left out where the file system keeps none. */
  readonly xattrs?: ExtendedAttributes | undefined;
  /** The same, if there are any: for those who look in passing. Left out where `xattrs` costs nothing. */
  storedXattrs?(): ExtendedAttributes | undefined;
  /** It was looked: the file has no capabilities (security.capability). */
  lacksCapabilities?: boolean;
  /** Its blocks are a swap area: it is neither written (ETXTBSY) nor removed (EPERM). */
  isSwapFile?: boolean;
  /** Made by O_TMPFILE: linkat may give it its first name. */
  isLinkable?: boolean;
  /** Who is told of what happens to it; undefined for nobody. */
  watches?: Set<InodeWatch> | undefined;

  /** Page cache of a regular file that has one: read, write and mmap go through it. Undefined: read/write by the methods of its File. */
  readonly pages: PageCache | undefined;

  /** What a change of the directory, or of the file's content, will look at is brought in, if whoever runs may sleep until then: MustWait. */
  prepareChange?(): void;
  lookup(name: string): Inode | undefined;
  /** The names that create, mkdir, mknod, symlink and link make are not there yet: the caller has looked. */
  create(name: string, mode: number, uid: number, gid: number): Inode;
  mkdir(name: string, mode: number, uid: number, gid: number): Inode;
  mknod(name: string, mode: number, rdev: number, uid: number, gid: number): Inode;
  symlink(name: string, target: string, uid: number, gid: number): Inode;
  link(name: string, target: Inode): void;
  unlink(name: string): void;
  rmdir(name: string): void;
  /**
   * RENAME_* flags of abi/fcntl.ts. Same file system guaranteed; replaces an existing target by POSIX rules. `uid` and `gid` are of what
   * RENAME_WHITEOUT leaves, a device 0/0, which is asked for where `FileSystem.keepsWhiteouts` only.
   */
  rename(
    oldName: string,
    newParent: Inode,
    newName: string,
    flags: number,
    uid: number,
    gid: number,
  ): void;
  readlink(): string;
  /** A magic link of /proc: the place itself that it leads to, in place of a path to walk. Others leave it out. */
  followLink?(): Dentry;
  /** Entries from position `from` (0 = start; "." and ".." included), at most `limit` of them. */
  readdir(from: number, limit: number): DirectoryEntry[];
  /** Apply and update ctime. size truncates or extends. */
  setAttributes(change: AttributeChange): void;
  /** Refresh attributes from a remote source (9p) before stat; a no-op elsewhere. */
  revalidate(): void;
  /** Bytes or entries were read through `mount`: update atime by its flags (relatime). Left out where there is no atime. */
  accessed?(mount: Mount | undefined): void;
  /** Open it: an open file description with reference count 1. Type-specific state (a pipe end, a tty) is made here. Special files are opened by the kernel's device table instead. */
  open(flags: number): File;
  /** Pages [first, end) become holes, which read as zeros. Left out where there are none. */
  punchHole?(first: number, end: number): void;
  /** FALLOC_FL_ZERO_RANGE is refused, though there are holes. */
  readonly hasNoZeroRange?: boolean;
  /** fallocate(2) only makes holes. */
  readonly hasNoPreallocation?: boolean;
  /** A hole that begins at the end or behind it is asked for: what of that is a change all the same. Left out where nothing is. */
  punchBehindEnd?(): void;
  /**
   * Bytes [start, end) have their place from now on and read as zeros where nothing was written; the size stays. False, and
   * nothing done, if that takes writing zeros. Left out where it always does. Throws ENOSPC, EFBIG.
   */
  preallocate?(start: number, end: number): boolean;
  /**
   * Bytes [offset, offset + length) go, and what is behind them moves there. Left out where nothing can be moved. Throws EINVAL for
   * what is not whole blocks or reaches the end, EOPNOTSUPP, EIO.
   */
  collapseRange?(offset: number, length: number): void;
  /** What is from `offset` on moves by `length` and leaves a hole. Left out as above. Throws EINVAL, EFBIG, ENOSPC, EOPNOTSUPP, EIO. */
  insertRange?(offset: number, length: number): void;
  /**
   * Pages [to, to + count) become those of `source`, a file of the same file system, from `from` on, and share what is stored until
   * one of them is written. The size stays. Left out where nothing can be shared. Throws ENOSPC, EMLINK, EIO.
   */
  cloneRange?(source: Inode, from: number, to: number, count: number): void;
  /** The pieces that bytes [start, end) of the file have on the disk. Left out where files have no place there. Throws EIO. */
  fileExtents?: ((start: number, end: number) => FileExtent[]) | undefined;
  /** The same of its extended attributes: FIEMAP_FLAG_XATTR. */
  attributeExtents?: (() => FileExtent[]) | undefined;
  /** Write dirty state through to the device. */
  sync(dataOnly: boolean): void;
  /** references reached 0: what was kept for open files and mappings can go. Left out where nothing is. */
  unused?(): void;
  /** No name of it is in the dentry cache any more: it is found anew when it is looked up. Left out where nothing is to do. */
  uncached?(): void;
  /** Neither name nor user is left (nlink and references 0): free it. Called once, by references.ts. */
  evict(): void;
}
