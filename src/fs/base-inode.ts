/** What inodes of every file system share: the fields, and the answers of an inode that lacks an ability. */
import { EACCES, EINVAL, ELOOP, ENOSYS, ENOTDIR, ENXIO, EPERM, fail } from '../abi/errno.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { DirectoryFile } from './directory-file.ts';
import type { File } from './file.ts';
import type { FileLocks } from './file-lock.ts';
import type { FileSystem } from './filesystem.ts';
import type { AttributeChange, DirectoryEntry, Inode, Timestamp } from './inode.ts';
import type { PageCache } from './page-cache.ts';
import type { Pipe } from './pipe.ts';
import { RegularFile } from './regular-file.ts';

const EPOCH: Timestamp = { seconds: 0, nanoseconds: 0 };

/** Extend it and override what the file system can do. `fs` and `ino` are the identity; the rest may be set afterwards. */
export abstract class BaseInode implements Inode {
  abstract readonly fs: FileSystem;
  readonly ino: number;
  mode: number;
  uid = 0;
  gid = 0;
  nlink = 1;
  size = 0;
  blocks = 0;
  rdev = 0;
  atime = EPOCH;
  mtime = EPOCH;
  ctime = EPOCH;
  locks: FileLocks | undefined;
  pipe: Pipe | undefined;
  references = 0;
  cachedNames = 0;
  writers = 0;
  executing = 0;
  pages: PageCache | undefined;

  constructor(ino: number, mode: number) {
    this.ino = ino;
    this.mode = mode;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  lookup(_name: string): Inode | undefined {
    return this.refuse();
  }

  create(_name: string, _mode: number, _uid: number, _gid: number): Inode {
    throw fail(this.isDirectory ? EACCES : ENOTDIR, 'a file system that makes no files');
  }

  mkdir(_name: string, _mode: number, _uid: number, _gid: number): Inode {
    return this.refuse();
  }

  mknod(_name: string, _mode: number, _rdev: number, _uid: number, _gid: number): Inode {
    return this.refuse();
  }

  symlink(_name: string, _target: string, _uid: number, _gid: number): Inode {
    return this.refuse();
  }

  link(_name: string, _target: Inode): void {
    this.refuse();
  }

  unlink(_name: string): void {
    this.refuse();
  }

  rmdir(_name: string): void {
    this.refuse();
  }

  rename(
    _oldName: string,
    _newParent: Inode,
    _newName: string,
    _flags: number,
    _uid: number,
    _gid: number,
  ): void {
    this.refuse();
  }

  readlink(): string {
    throw fail(EINVAL, 'not a symbolic link');
  }

  readdir(_from: number, _limit: number): DirectoryEntry[] {
    throw fail(this.isDirectory ? ENOSYS : ENOTDIR, 'readdir');
  }

  setAttributes(_change: AttributeChange): void {
    throw fail(EPERM, 'attributes are fixed');
  }

  /** Attributes are always current, unless a subclass says otherwise. */
  revalidate(): void {
    return;
  }

  /** Regular files need `pages`, FIFOs a subclass that overrides this; devices and sockets are opened by the kernel. */
  open(flags: number): File {
    switch (this.mode & S_IFMT) {
      case S_IFREG:
        return new RegularFile(this, flags);
      case S_IFDIR:
        return new DirectoryFile(this, flags);
      case S_IFLNK:
        throw fail(ELOOP, 'open of a symbolic link');
      case S_IFIFO:
        throw fail(ENXIO, 'no pipes on this file system');
      default:
        throw fail(ENXIO, 'special file');
    }
  }

  /** Nothing is stored elsewhere, unless a subclass says otherwise. */
  sync(_dataOnly: boolean): void {
    return;
  }

  evict(): void {
    this.pages?.clear();
  }

  private refuse(): never {
    throw fail(this.isDirectory ? EPERM : ENOTDIR, 'directory operation');
  }
}
