/** An inode of ext2, ext3 or ext4 in memory: its fields, the map of its blocks, and the store behind its page cache. */

import { EFBIG, ENOTDIR, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { fromBytes } from '../../lib/bytes.ts';
import { applyAttributes } from '../attributes.ts';
import { BaseInode } from '../base-inode.ts';
import type { BlockDevice } from '../block-device.ts';
import type { File } from '../file.ts';
import { FS_NOATIME_FL } from '../file-flags.ts';
import type { AttributeChange, ExtendedAttributes, FileExtent, Timestamp } from '../inode.ts';
import type { Mount } from '../mount.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { openFifo } from '../pipe-file.ts';
import { needsAccessTime } from '../timestamps.ts';
import { Ext4Attributes } from './attributes.ts';
import { POINTERS } from './block-map.ts';
import { corrupted } from './corruption.ts';
import type { Ext4 } from './ext4.ts';
import type { ExtentNode } from './extent-node.ts';
import { initializeExtents } from './extent-tree.ts';
import { INCOMPAT_EXTENTS, INCOMPAT_INLINE_DATA } from './features.ts';
import { attributeExtentsOf, extentsOf } from './file-extents.ts';
import type { FileMap, MappedInode } from './file-map.ts';
import { isHolePage, readPages, writePages } from './file-pages.ts';
import { collapseRange, insertRange } from './file-shift.ts';
import { inlineContent, moveFileOut } from './inline-data.ts';
import {
  EXTENTS_FLAG,
  INLINE_DATA_FLAG,
  INODE_KINDS,
  JOURNAL_DATA_FLAG,
  VISIBLE_FLAGS,
} from './inode-record.ts';
import type { OrphanLinks } from './orphan-list.ts';

/** Longest symlink that fits into the pointers, with its NUL. */
const FAST_SYMLINK_BYTES = POINTERS * 4;

export class StoredInode extends BaseInode implements PageOwner, MappedInode {
  readonly fs: Ext4;
  readonly isStored = true;
  readonly pointers = new Uint32Array(POINTERS);
  extentRoot: ExtentNode | undefined;
  /** i_flags. */
  flags = 0;
  /** Block of extended attributes; 0 for none. */
  attributeBlock = 0;
  /** Seconds since 1970 when it was freed. */
  deletionTime = 0;
  /** Its size in its record. */
  storedSize = 0;
  /** A directory's first block that may have room for another entry. */
  roomHint = 0;
  btime: Timestamp | undefined;
  isEvicted = false;
  readonly checksumSeed: number;
  readonly generation: number;
  /** The neighbours in the orphan list, if it is in it. */
  orphan: OrphanLinks | undefined;

  /** Loaded or new: inode-table.ts set the rest. */
  constructor(fs: Ext4, ino: number, mode: number, generation: number) {
    super(ino, mode);
    this.fs = fs;
    this.generation = generation;
    this.checksumSeed = fs.checksums.inodeSeed(ino, generation);
    if ((mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
  }

  /** Its record in the inode table does not have all of this. */
  get isDirty(): boolean {
    return this.fs.inodes.dirty.has(this);
  }

  set isDirty(isDirty: boolean) {
    if (isDirty) {
      this.fs.inodes.dirty.add(this);
      this.fs.awaitWriteBack();
    } else {
      this.fs.inodes.dirty.delete(this);
    }
  }

  /** What lsattr(1) shows. */
  get fileFlags(): number {
    return this.flags & VISIBLE_FLAGS;
  }

  set fileFlags(value: number) {
    this.flags = (this.flags & ~VISIBLE_FLAGS) | (value & VISIBLE_FLAGS);
  }

  get map(): FileMap {
    return (this.flags & EXTENTS_FLAG) === 0 ? this.fs.blockMap : this.fs.extents;
  }

  /** What is in the inode, or perhaps in the journal, is put into the frames after the disk was read. */
  get lateDevice(): BlockDevice | undefined {
    return this.isInline || this.journalsData ? undefined : this.fs.disk;
  }

  /** Its content lies in the inode itself. */
  get isInline(): boolean {
    return (this.flags & INLINE_DATA_FLAG) !== 0;
  }

  get hasJournaledBlocks(): boolean {
    return (this.mode & S_IFMT) !== S_IFREG || this.journalsData;
  }

  /** Not only its metadata goes through the journal. */
  get journalsData(): boolean {
    return this.fs.journalsData || (this.flags & JOURNAL_DATA_FLAG) !== 0;
  }

  /** No blocks yet. */
  initializeMap(): void {
    this.pointers.fill(0);
    this.flags &= ~EXTENTS_FLAG;
    if (!this.fs.superblock.hasIncompat(INCOMPAT_EXTENTS)) return;
    this.flags |= EXTENTS_FLAG;
    initializeExtents(this.pointers);
  }

  /** What was just read from disk can be. Throws EUCLEAN. */
  check(): void {
    const kind = this.mode & S_IFMT;
    const { blockSize } = this.fs.superblock;
    const isInlineAllowed = this.fs.superblock.hasIncompat(INCOMPAT_INLINE_DATA);
    const isSound =
      INODE_KINDS.has(kind) &&
      (!this.isInline || isInlineAllowed) &&
      (kind !== S_IFREG || this.size <= this.map.maxBytes) &&
      (kind !== S_IFLNK || this.size < (this.isFastSymlink ? FAST_SYMLINK_BYTES : blockSize)) &&
      this.attributeBlock < this.fs.superblock.blockCount;
    if (!isSound) throw corrupted(`inode ${this.ino}`);
  }

  get xattrs(): ExtendedAttributes {
    return new Ext4Attributes(this.fs, this);
  }

  /** None can be where there is neither a block of them nor room in the inode. */
  storedXattrs(): ExtendedAttributes | undefined {
    const isEmpty = this.attributeBlock === 0 && !Ext4Attributes.isInInode(this.fs, this);
    return isEmpty ? undefined : this.xattrs;
  }

  /** Files lie in the group of their inode. */
  get goal(): number {
    return this.fs.superblock.groupStart(this.fs.groups.groupOfInode(this.ino));
  }

  override readlink(): string {
    if ((this.mode & S_IFMT) !== S_IFLNK) return super.readlink();
    if (this.isFastSymlink) return fromBytes(new Uint8Array(this.pointers.buffer), 0, this.size);
    if (this.isInline) return fromBytes(inlineContent(this), 0, this.size);
    const block = this.map.find(this, 0);
    if (block === 0) throw corrupted('symbolic link without content');
    return fromBytes(this.fs.cache.read(block).bytes, 0, this.size);
  }

  private get isFastSymlink(): boolean {
    const attributeSectors = this.attributeBlock === 0 ? 0 : this.fs.superblock.sectorsPerBlock;
    const isLink = (this.mode & S_IFMT) === S_IFLNK;
    return isLink && !this.isInline && this.blocks === attributeSectors;
  }

  /** Without a name it is an orphan until it is freed, so that a crash in between does not leak it. */
  protected removeLinks(count: number): void {
    if (this.nlink < count) throw corrupted(`links of inode ${this.ino}`);
    this.nlink -= count;
    if (this.nlink === 0) this.fs.orphans.add(this);
    this.changed();
  }

  /** Mostly it is its own group that something is taken from, or given back to. */
  prepareChange(): void {
    const { cache, groups, superblockStore } = this.fs;
    if (this.fs.isReadOnly) return;
    cache.prepare(() => {
      groups.bringIn(groups.groupOfInode(this.ino));
      superblockStore.bringIn();
    });
  }

  override setAttributes(change: AttributeChange): void {
    this.fs.begin();
    if (change.size !== undefined) this.resize(change.size);
    applyAttributes(this, change, this.fs.context.now());
    this.isDirty = true;
  }

  private resize(size: number): void {
    if (this.pages === undefined) return;
    // What was preallocated behind the end is freed even then.
    if (size === this.size && this.blocks > 0) this.releaseBehindEnd();
    if (size === this.size) return;
    if (size > this.map.maxBytes) throw fail(EFBIG, 'size');
    this.leaveInode();
    if (size > this.size) {
      this.protectTail(size);
      this.size = size;
      return;
    }
    this.pages.truncate(size);
    this.size = size;
    this.isDirty = true;
    this.releaseBehindEnd();
  }

  /** Blocks behind the end of file are freed; a crash on the way goes on at the next mount. */
  releaseBehindEnd(): void {
    const { orphans, superblock } = this.fs;
    if (this.isInline) return;
    orphans.add(this);
    const first = Math.ceil(this.size / superblock.blockSize);
    this.map.release(this, first, Number.POSITIVE_INFINITY, () => this.fs.pause());
    orphans.remove(this);
  }

  /** What lies in the inode moves to a block: it is about to change. */
  leaveInode(): void {
    if (this.isInline) moveFileOut(this);
  }

  punchHole(first: number, end: number): void {
    this.fs.begin();
    this.leaveInode();
    const perPage = PAGE_SIZE / this.fs.superblock.blockSize;
    this.pages?.discard(first, end);
    this.map.release(this, first * perPage, end * perPage, () => this.fs.pause());
    this.contentChanged();
  }

  /** Linux, from 6.14 on: ext4_fallocate sets the times before it looks where the hole is. */
  punchBehindEnd(): void {
    this.fs.begin();
    this.contentChanged();
  }

  /** Linux: ext4_do_fallocate wants extents, of ext2 and ext3, too. An ext2, as the root is one, writes zeros here. */
  get hasNoPreallocation(): boolean {
    return this.fs.type.name !== 'ext2' && !this.isInline && this.map.preallocate === undefined;
  }

  /** fallocate(2): bytes [start, end) have their blocks, which read as zeros; false where that means writing zeros. */
  preallocate(start: number, end: number): boolean {
    if (end > this.map.maxBytes) throw fail(EFBIG, 'range');
    this.fs.begin();
    this.leaveInode();
    const { blockSize } = this.fs.superblock;
    const { map } = this;
    if (map.preallocate === undefined) return false;
    const [first, last] = [Math.floor(start / blockSize), Math.ceil(end / blockSize)];
    this.fs.withRoom(() => map.preallocate?.(this, first, last));
    this.contentChanged();
    return true;
  }

  collapseRange(offset: number, length: number): void {
    collapseRange(this, offset, length);
  }

  insertRange(offset: number, length: number): void {
    insertRange(this, offset, length);
  }

  accessed(mount: Mount | undefined): void {
    if (this.fs.isReadOnly || this.isEvicted || (this.flags & FS_NOATIME_FL) !== 0) return;
    const now = this.fs.context.now();
    if (!needsAccessTime(this, now, mount, (this.mode & S_IFMT) === S_IFDIR)) return;
    this.atime = now;
    this.timesChanged();
  }

  override open(flags: number): File {
    if ((this.mode & S_IFMT) === S_IFIFO) return openFifo(this, flags, this.fs.context.frames);
    return super.open(flags);
  }

  override sync(dataOnly: boolean): void {
    if (this.isEvicted || this.fs.isReadOnly) return;
    this.pages?.sync();
    if (!dataOnly) this.fs.inodes.dirtyTimes([this]);
    this.fs.inodes.store(this);
    this.fs.flush();
  }

  uncached(): void {
    if (this.references === 0 && this.nlink > 0) this.fs.inodes.forget(this);
  }

  override evict(): void {
    if (this.isEvicted) return;
    this.fs.begin();
    this.free();
  }

  /** As evict, within an operation. */
  protected free(): void {
    this.isEvicted = true;
    this.pages?.clear();
    const kind = this.mode & S_IFMT;
    const hasBlocks = (kind === S_IFREG || kind === S_IFDIR || kind === S_IFLNK) && !this.isInline;
    if (hasBlocks && !this.isFastSymlink) {
      this.map.release(this, 0, Number.POSITIVE_INFINITY, () => this.fs.pause());
    }
    this.size = 0;
    this.fs.orphans.remove(this);
    this.fs.inodes.free(this);
  }

  fileExtents(start: number, end: number): FileExtent[] {
    return extentsOf(this, start, end);
  }

  attributeExtents(): FileExtent[] {
    return attributeExtentsOf(this);
  }

  isHole(index: number): boolean {
    return this.fs.cache.reading(() => isHolePage(this.fs, this, index));
  }

  nextStored(index: number): number | undefined {
    const perPage = PAGE_SIZE / this.fs.superblock.blockSize;
    const end = Math.ceil(this.size / this.fs.superblock.blockSize);
    if (this.isInline) return index === 0 && this.size > 0 ? 0 : undefined;
    const block = this.map.nextMapped(this, index * perPage, end);
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
    if (last * blockSize > this.map.maxBytes) throw fail(EFBIG, 'file size');
    this.fs.begin();
    this.leaveInode();
    this.protectTail(base + end);
    for (let block = Math.floor((base + start) / blockSize); block < last; block++) {
      const at = this.fs.withRoom(() => this.map.ensure(this, block));
      if (at < 0) this.fs.dataAdded(this);
    }
  }

  /**
   * The file is about to grow: its last page may be mapped for writing with blocks up to the former end only. The next write through
   * the mapping faults, so that the others are reserved. Linux: pagecache_isize_extended.
   */
  private protectTail(end: number): void {
    const { pages, size } = this;
    const isWhole = size % PAGE_SIZE === 0 || this.fs.superblock.blockSize === PAGE_SIZE;
    if (end > size && !isWhole && pages !== undefined) pages.mapper?.collectDirty(pages);
  }

  /** Blocks are freed by whoever drops the pages. */
  dropPages(): void {
    return;
  }

  contentChanged(): void {
    const now = this.fs.context.now();
    this.mtime = now;
    this.ctime = now;
    this.timesChanged();
  }

  /** With lazytime that is no reason to store it. */
  private timesChanged(): void {
    const { fs } = this;
    if (fs.keepsTimes && !this.isDirty && this.size === this.storedSize) fs.inodes.keepTimes(this);
    else this.isDirty = true;
  }

  /** The inode itself changed. */
  protected changed(): void {
    this.ctime = this.fs.context.now();
    this.isDirty = true;
  }

  protected requireDirectory(): void {
    if (!this.isDirectory) throw fail(ENOTDIR, 'ext4');
  }
}
