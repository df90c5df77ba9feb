/** The folder of snapshots, `.snapshots` in the root, which no listing shows: mkdir makes one, rmdir removes it, as Ceph has it. */
import { ENOENT, EPERM, fail } from '../../abi/errno.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import { BaseInode } from '../base-inode.ts';
import type { DirectoryEntry, Inode } from '../inode.ts';
import type { Cowfs } from './cowfs.ts';
import { ROOT_INO } from './inode-table.ts';

export const SNAPSHOT_FOLDER = '.snapshots';
/** Behind those of all versions. */
const FOLDER_INO = 2 ** 52;

export class SnapshotDirectory extends BaseInode {
  readonly fs: Cowfs;

  constructor(fs: Cowfs) {
    super(FOLDER_INO, S_IFDIR | 0o755);
    this.fs = fs;
    this.nlink = 2;
    const now = fs.context.now();
    this.atime = now;
    this.mtime = now;
    this.ctime = now;
  }

  override lookup(name: string): Inode | undefined {
    const snapshot = this.fs.superblock.snapshots.find((known) => known.name === name);
    return snapshot && this.fs.snapshotView(snapshot).root;
  }

  /** Errors: EROFS, EDQUOT for one more than there may be, ENAMETOOLONG, ENOSPC, EIO. */
  override mkdir(name: string): Inode {
    const snapshot = this.fs.createSnapshot(name);
    const now = this.fs.context.now();
    this.mtime = now;
    this.ctime = now;
    return this.fs.snapshotView(snapshot).root;
  }

  /** Errors: EBUSY while something of it is open, EROFS, EIO. */
  override rmdir(name: string): void {
    const snapshot = this.fs.superblock.snapshots.find((known) => known.name === name);
    if (snapshot === undefined) throw fail(ENOENT, name);
    this.fs.removeSnapshot(snapshot);
  }

  override create(): Inode {
    throw fail(EPERM, 'only snapshots are here');
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const type = S_IFDIR >>> 12;
    const found = [
      { name: '.', ino: FOLDER_INO },
      { name: '..', ino: ROOT_INO },
      ...this.fs.superblock.snapshots.map(({ id, name }) => ({
        name,
        ino: id * 2 ** 32 + ROOT_INO,
      })),
    ];
    return found
      .map(({ name, ino }, i) => ({ name, ino, type, next: i + 1 }))
      .slice(from, from + limit);
  }
}
