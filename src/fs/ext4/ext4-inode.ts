/** The directory operations of an inode of ext2, ext3 or ext4. */
import { EMLINK, ENAMETOOLONG, ENOENT, ENOTEMPTY, EPERM, fail } from '../../abi/errno.ts';
import { RENAME_EXCHANGE, RENAME_WHITEOUT } from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import { toBytes } from '../../lib/bytes.ts';
import { panic } from '../../lib/panic.ts';
import type { DirectoryEntry, Inode } from '../inode.ts';
import { POINTERS } from './block-map.ts';
import { corrupted } from './corruption.ts';
import {
  addEntry,
  findEntry,
  initializeDirectory,
  isEmptyDirectory,
  listEntries,
  removeEntry,
  replaceEntry,
} from './directory.ts';
import { RO_COMPAT_DIR_NLINK } from './features.ts';
import { encodeDevice, isDevice } from './inode-record.ts';
import { StoredInode } from './stored-inode.ts';

/** EXT4_LINK_MAX. */
const MAX_LINKS = 65000;
/** Longest symlink that fits into the pointers, with its NUL. */
const FAST_SYMLINK_BYTES = POINTERS * 4;

export class Ext4Inode extends StoredInode {
  override lookup(name: string): Inode | undefined {
    this.requireDirectory();
    return this.fs.cache.reading(() => {
      const ino = findEntry(this.fs, this, name);
      return ino === 0 ? undefined : this.fs.inodes.get(ino);
    });
  }

  override create(name: string, mode: number, uid: number, gid: number): Inode {
    return this.make(name, S_IFREG | (mode & 0o7777), uid, gid, (made) => made.initializeMap());
  }

  override mkdir(name: string, mode: number, uid: number, gid: number): Inode {
    this.checkRoomForDirectory();
    const child = this.make(name, S_IFDIR | (mode & 0o7777), uid, gid, (made) => {
      made.initializeMap();
      initializeDirectory(this.fs, made, this.ino);
      made.nlink = 2;
    });
    this.addDirectoryLink();
    return child;
  }

  /** Throws EMLINK. */
  private checkRoomForDirectory(): void {
    const isCounted = !this.fs.superblock.hasRoCompat(RO_COMPAT_DIR_NLINK);
    if (isCounted && this.nlink >= MAX_LINKS) throw fail(EMLINK, 'directories');
  }

  /** dir_nlink: a directory with too many directories in it has 1 link for ever after. */
  private addDirectoryLink(): void {
    if (this.nlink !== 1) this.nlink = this.nlink >= MAX_LINKS ? 1 : this.nlink + 1;
    this.isDirty = true;
  }

  private removeDirectoryLink(): void {
    if (this.nlink > 2) this.nlink--;
    this.isDirty = true;
  }

  override mknod(name: string, mode: number, rdev: number, uid: number, gid: number): Inode {
    const prepare = isDevice(mode) ? asDevice(rdev) : () => undefined;
    return this.make(name, mode, uid, gid, prepare);
  }

  override symlink(name: string, target: string, uid: number, gid: number): Inode {
    if (target.length >= this.fs.superblock.blockSize) throw fail(ENAMETOOLONG, 'symlink');
    return this.make(name, S_IFLNK | 0o777, uid, gid, (made) => {
      made.size = target.length;
      if (target.length < FAST_SYMLINK_BYTES) {
        new Uint8Array(made.pointers.buffer).set(toBytes(target));
      } else {
        made.initializeMap();
        const block = Math.abs(made.map.ensure(made, 0));
        this.fs.cache.create(block).bytes.set(toBytes(target));
      }
    });
  }

  /** A new inode, prepared by `prepare`, under `name`; nothing is left behind if the disk is full. */
  private make(
    name: string,
    mode: number,
    uid: number,
    gid: number,
    prepare: (made: Ext4Inode) => void,
  ): Ext4Inode {
    this.requireDirectory();
    if (this.nlink === 0) throw fail(ENOENT, 'removed directory');
    this.fs.begin();
    return this.fs.withRoom(() => this.makeOnce(name, mode, uid, gid, prepare));
  }

  private makeOnce(
    name: string,
    mode: number,
    uid: number,
    gid: number,
    prepare: (made: Ext4Inode) => void,
  ): Ext4Inode {
    return this.makeNameless(mode, uid, gid, (made) => {
      prepare(made);
      addEntry(this.fs, this, name, made.ino, mode);
    });
  }

  /** A new inode that `prepare` may give a name; nothing is left of it where that fails. */
  private makeNameless(
    mode: number,
    uid: number,
    gid: number,
    prepare: (made: Ext4Inode) => void,
  ): Ext4Inode {
    const made = this.fs.inodes.create(this, mode, uid, gid);
    try {
      prepare(made);
    } catch (error) {
      made.discard();
      throw error;
    }
    return made;
  }

  /** It never had a name. */
  private discard(): void {
    this.nlink = 0;
    this.fs.orphans.add(this);
    this.free();
  }

  override link(name: string, target: Inode): void {
    this.requireDirectory();
    const inode = this.own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (inode.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    this.fs.begin();
    this.fs.withRoom(() => addEntry(this.fs, this, name, inode.ino, inode.mode));
    // O_TMPFILE's has none yet.
    if (inode.nlink === 0) this.fs.orphans.remove(inode);
    inode.nlink++;
    inode.changed();
  }

  override unlink(name: string): void {
    const victim = this.child(name);
    if (victim.isDirectory) throw fail(EPERM, 'unlink of a directory');
    this.fs.begin();
    removeEntry(this.fs, this, name);
    victim.removeLinks(1);
  }

  override rmdir(name: string): void {
    const victim = this.child(name);
    victim.requireDirectory();
    if (!isEmptyDirectory(this.fs, victim)) throw fail(ENOTEMPTY, name);
    this.fs.begin();
    removeEntry(this.fs, this, name);
    victim.removeLinks(victim.nlink);
    this.removeDirectoryLink();
  }

  override rename(
    oldName: string,
    newParent: Inode,
    newName: string,
    flags: number,
    uid: number,
    gid: number,
  ): void {
    const to = this.own(newParent);
    const moved = this.child(oldName);
    const replacedIno = findEntry(this.fs, to, newName);
    const replaced = replacedIno === 0 ? undefined : this.fs.inodes.get(replacedIno);
    if (moved === replaced) return;
    if (to !== this) {
      this.checkParentOf(moved);
      if ((flags & RENAME_EXCHANGE) !== 0 && replaced !== undefined) to.checkParentOf(replaced);
    }
    this.fs.begin();
    if ((flags & RENAME_EXCHANGE) !== 0) {
      if (replaced === undefined) throw fail(ENOENT, newName);
      replaceEntry(this.fs, this, oldName, replaced.ino, replaced.mode);
      replaceEntry(this.fs, to, newName, moved.ino, moved.mode);
      to.reparent(replaced, this);
      replaced.changed();
    } else {
      const whiteout =
        (flags & RENAME_WHITEOUT) === 0
          ? undefined
          : this.fs.withRoom(() => this.makeNameless(S_IFCHR, uid, gid, asDevice(0)));
      try {
        this.enterMoved(to, moved, newName, replaced);
      } catch (error) {
        whiteout?.discard();
        throw error;
      }
      if (whiteout === undefined) removeEntry(this.fs, this, oldName);
      else replaceEntry(this.fs, this, oldName, whiteout.ino, whiteout.mode);
    }
    this.reparent(moved, to);
    moved.changed();
  }

  /** The new name first: a crash in between leaves two names, not none. */
  private enterMoved(
    to: Ext4Inode,
    moved: Ext4Inode,
    newName: string,
    replaced: Ext4Inode | undefined,
  ): void {
    if (replaced === undefined) {
      if (moved.isDirectory && to !== this) to.checkRoomForDirectory();
      this.fs.withRoom(() => addEntry(this.fs, to, newName, moved.ino, moved.mode));
      return;
    }
    if (replaced.isDirectory) {
      if (!isEmptyDirectory(this.fs, replaced)) throw fail(ENOTEMPTY, newName);
    }
    replaceEntry(this.fs, to, newName, moved.ino, moved.mode);
    if (replaced.isDirectory) to.removeDirectoryLink();
    replaced.removeLinks(replaced.isDirectory ? replaced.nlink : 1);
  }

  /** Before anything changes: the ".." of a directory that is to move must be this one. Throws EUCLEAN, as Linux does. */
  private checkParentOf(moved: Ext4Inode): void {
    if (!moved.isDirectory || findEntry(this.fs, moved, '..') === this.ino) return;
    throw corrupted(`parent of directory ${moved.ino}`);
  }

  /** A directory that moves from this one to `parent` has another "..". */
  private reparent(moved: Ext4Inode, parent: Ext4Inode): void {
    if (!moved.isDirectory || parent === this) return;
    replaceEntry(this.fs, moved, '..', parent.ino, parent.mode);
    this.removeDirectoryLink();
    parent.addDirectoryLink();
  }
  override readdir(from: number, limit: number): DirectoryEntry[] {
    this.requireDirectory();
    if (this.nlink === 0) return [];
    return this.fs.cache.reading(() => listEntries(this.fs, this, from, limit));
  }
  private child(name: string): Ext4Inode {
    this.requireDirectory();
    const ino = findEntry(this.fs, this, name);
    if (ino === 0) throw fail(ENOENT, name);
    return this.fs.inodes.get(ino);
  }

  private own(inode: Inode): Ext4Inode {
    return inode instanceof Ext4Inode ? inode : panic('inode of another file system');
  }
}

function asDevice(rdev: number): (made: Ext4Inode) => void {
  return (made) => {
    made.rdev = rdev;
    encodeDevice(made.pointers, rdev);
  };
}
