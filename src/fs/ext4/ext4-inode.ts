/** An inode of ext2 in memory: its attributes, its directory operations and the store behind its page cache. */
import {
  EFBIG,
  EMLINK,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  fail,
} from '../../abi/errno.ts';
import { RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { panic } from '../../lib/panic.ts';
import { applyAttributes } from '../attributes.ts';
import { BaseInode } from '../base-inode.ts';
import type { File } from '../file.ts';
import type {
  AttributeChange,
  DirectoryEntry,
  ExtendedAttributes,
  Inode,
  Timestamp,
} from '../inode.ts';
import type { Mount } from '../mount.ts';
import { PageCache, type PageOwner } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import { openFifo } from '../pipe-file.ts';
import { needsAccessTime } from '../timestamps.ts';
import { Ext4Attributes } from './attributes.ts';
import { type MappedInode, POINTERS } from './block-map.ts';
import {
  addEntry,
  findEntry,
  initializeDirectory,
  isEmptyDirectory,
  listEntries,
  removeEntry,
  replaceEntry,
} from './directory.ts';
import type { Ext4 } from './ext4.ts';
import { isHolePage, readPages, writePages } from './file-pages.ts';
import { encodeDevice, isDevice } from './inode-record.ts';

/** EXT2_LINK_MAX. */
const MAX_LINKS = 32000;
/** Longest symlink that fits into the pointers, with its NUL. */
const FAST_SYMLINK_BYTES = POINTERS * 4;

export class Ext4Inode extends BaseInode implements PageOwner, MappedInode {
  readonly fs: Ext4;
  readonly isStored = true;
  readonly pointers = new Uint32Array(POINTERS);
  /** i_flags. */
  flags = 0;
  /** Block of extended attributes; 0 for none. */
  attributeBlock = 0;
  /** Seconds since 1970 when it was freed. */
  deletionTime = 0;
  /** A directory's first block that may have room for another entry. */
  roomHint = 0;
  btime: Timestamp | undefined;
  isDirty = false;
  isEvicted = false;

  /** Loaded or new: inode-table.ts set the rest. */
  constructor(fs: Ext4, ino: number, mode: number) {
    super(ino, mode);
    this.fs = fs;
    if ((mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
  }

  get xattrs(): ExtendedAttributes {
    return new Ext4Attributes(this.fs, this);
  }

  /** Files lie in the group of their inode. */
  get goal(): number {
    return this.fs.superblock.groupStart(this.fs.groups.groupOfInode(this.ino));
  }

  override lookup(name: string): Inode | undefined {
    this.requireDirectory();
    const ino = findEntry(this.fs, this, name);
    return ino === 0 ? undefined : this.fs.inodes.get(ino);
  }

  override create(name: string, mode: number, uid: number, gid: number): Inode {
    return this.make(name, S_IFREG | (mode & 0o7777), uid, gid, () => undefined);
  }

  override mkdir(name: string, mode: number, uid: number, gid: number): Inode {
    if (this.nlink >= MAX_LINKS) throw fail(EMLINK, 'directories');
    const child = this.make(name, S_IFDIR | (mode & 0o7777), uid, gid, (made) => {
      initializeDirectory(this.fs, made, this.ino);
      made.nlink = 2;
    });
    this.nlink++;
    return child;
  }

  override mknod(name: string, mode: number, rdev: number, uid: number, gid: number): Inode {
    return this.make(name, mode, uid, gid, (made) => {
      if (!isDevice(mode)) return;
      made.rdev = rdev;
      encodeDevice(made.pointers, rdev);
    });
  }

  override symlink(name: string, target: string, uid: number, gid: number): Inode {
    if (target.length >= this.fs.superblock.blockSize) throw fail(ENAMETOOLONG, 'symlink');
    return this.make(name, S_IFLNK | 0o777, uid, gid, (made) => {
      made.size = target.length;
      if (target.length < FAST_SYMLINK_BYTES) {
        new Uint8Array(made.pointers.buffer).set(toBytes(target));
      } else {
        const block = Math.abs(this.fs.map.ensure(made, 0));
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
    const made = this.fs.inodes.create(this, mode, uid, gid);
    try {
      prepare(made);
      addEntry(this.fs, this, name, made.ino, mode);
    } catch (error) {
      made.nlink = 0;
      made.evict();
      throw error;
    }
    return made;
  }

  override link(name: string, target: Inode): void {
    this.requireDirectory();
    const inode = this.own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (inode.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    addEntry(this.fs, this, name, inode.ino, inode.mode);
    inode.nlink++;
    inode.changed();
  }

  override unlink(name: string): void {
    const victim = this.child(name);
    if (victim.isDirectory) throw fail(EPERM, 'unlink of a directory');
    removeEntry(this.fs, this, name);
    victim.nlink--;
    victim.changed();
  }

  override rmdir(name: string): void {
    const victim = this.child(name);
    victim.requireDirectory();
    if (!isEmptyDirectory(this.fs, victim)) throw fail(ENOTEMPTY, name);
    removeEntry(this.fs, this, name);
    victim.nlink = 0;
    victim.changed();
    this.nlink--;
  }

  override rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    const to = this.own(newParent);
    const moved = this.child(oldName);
    const replacedIno = findEntry(this.fs, to, newName);
    const replaced = replacedIno === 0 ? undefined : this.fs.inodes.get(replacedIno);
    if (moved === replaced) return;
    if ((flags & RENAME_EXCHANGE) !== 0) {
      if (replaced === undefined) throw fail(ENOENT, newName);
      replaceEntry(this.fs, this, oldName, replaced.ino, replaced.mode);
      replaceEntry(this.fs, to, newName, moved.ino, moved.mode);
      to.reparent(replaced, this);
      replaced.changed();
    } else {
      this.enterMoved(to, moved, newName, replaced);
      removeEntry(this.fs, this, oldName);
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
      if (moved.isDirectory && to !== this && to.nlink >= MAX_LINKS) throw fail(EMLINK, newName);
      addEntry(this.fs, to, newName, moved.ino, moved.mode);
      return;
    }
    if (replaced.isDirectory) {
      if (!isEmptyDirectory(this.fs, replaced)) throw fail(ENOTEMPTY, newName);
      replaced.nlink = 0;
      to.nlink--;
    } else {
      replaced.nlink--;
    }
    replaceEntry(this.fs, to, newName, moved.ino, moved.mode);
    replaced.changed();
  }

  /** A directory that moves from this one to `parent` has another "..". */
  private reparent(moved: Ext4Inode, parent: Ext4Inode): void {
    if (!moved.isDirectory || parent === this) return;
    replaceEntry(this.fs, moved, '..', parent.ino, parent.mode);
    this.nlink--;
    parent.nlink++;
    this.isDirty = true;
    parent.isDirty = true;
  }

  override readlink(): string {
    if ((this.mode & S_IFMT) !== S_IFLNK) return super.readlink();
    if (this.isFastSymlink) return fromBytes(new Uint8Array(this.pointers.buffer), 0, this.size);
    return fromBytes(this.fs.cache.read(this.fs.map.find(this, 0)).bytes, 0, this.size);
  }

  private get isFastSymlink(): boolean {
    const attributeSectors = this.attributeBlock === 0 ? 0 : this.fs.superblock.sectorsPerBlock;
    return (this.mode & S_IFMT) === S_IFLNK && this.blocks === attributeSectors;
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    this.requireDirectory();
    return this.nlink === 0 ? [] : listEntries(this.fs, this, from, limit);
  }

  override setAttributes(change: AttributeChange): void {
    if (change.size !== undefined) this.resize(change.size);
    applyAttributes(this, change, this.fs.context.now());
    this.isDirty = true;
  }

  private resize(size: number): void {
    if (this.pages === undefined || size === this.size) return;
    if (size > this.fs.maxFileBytes) throw fail(EFBIG, 'size');
    if (size < this.size) {
      this.pages.truncate(size);
      const { blockSize } = this.fs.superblock;
      this.fs.map.release(this, Math.ceil(size / blockSize), Number.POSITIVE_INFINITY);
    }
    this.size = size;
  }

  punchHole(first: number, end: number): void {
    const perPage = PAGE_SIZE / this.fs.superblock.blockSize;
    this.pages?.discard(first, end);
    this.fs.map.release(this, first * perPage, end * perPage);
    this.contentChanged();
  }

  accessed(mount: Mount | undefined): void {
    if (this.fs.isReadOnly) return;
    const now = this.fs.context.now();
    if (!needsAccessTime(this, now, mount)) return;
    this.atime = now;
    this.isDirty = true;
  }

  override open(flags: number): File {
    if ((this.mode & S_IFMT) === S_IFIFO) return openFifo(this, flags, this.fs.context.frames);
    return super.open(flags);
  }

  override sync(_dataOnly: boolean): void {
    if (this.isEvicted) return;
    this.pages?.sync();
    this.fs.inodes.store(this);
    this.fs.flush();
  }

  uncached(): void {
    if (this.references === 0 && this.nlink > 0) this.fs.inodes.forget(this);
  }

  override evict(): void {
    if (this.isEvicted) return;
    this.isEvicted = true;
    this.pages?.clear();
    const hasBlocks = !isDevice(this.mode) && !this.isFastSymlink;
    if (hasBlocks) this.fs.map.release(this, 0, Number.POSITIVE_INFINITY);
    this.size = 0;
    this.fs.inodes.free(this);
  }

  isHole(index: number): boolean {
    return isHolePage(this.fs, this, index);
  }

  nextStored(index: number): number | undefined {
    const perPage = PAGE_SIZE / this.fs.superblock.blockSize;
    const end = Math.ceil(this.size / this.fs.superblock.blockSize);
    const block = this.fs.map.nextMapped(this, index * perPage, end);
    return block === undefined ? undefined : Math.floor(block / perPage);
  }

  fillPages(first: number, frames: readonly number[]): void {
    readPages(this.fs, this, first, frames);
  }

  writePages(first: number, frames: readonly number[]): void {
    writePages(this.fs, this, first, frames);
  }

  reservePage(index: number, start: number, end: number): void {
    const { blockSize } = this.fs.superblock;
    const base = index * PAGE_SIZE;
    const last = Math.ceil((base + end) / blockSize);
    if (last * blockSize > this.fs.maxFileBytes) throw fail(EFBIG, 'file size');
    for (let block = Math.floor((base + start) / blockSize); block < last; block++) {
      this.fs.map.ensure(this, block);
    }
  }

  /** Blocks are freed by whoever drops the pages. */
  dropPages(): void {
    return;
  }

  contentChanged(): void {
    const now = this.fs.context.now();
    this.mtime = now;
    this.changed();
  }

  /** The inode itself changed. */
  private changed(): void {
    this.ctime = this.fs.context.now();
    this.isDirty = true;
  }

  private requireDirectory(): void {
    if (!this.isDirectory) throw fail(ENOTDIR, 'ext2');
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
