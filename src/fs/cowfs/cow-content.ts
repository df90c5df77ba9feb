/** A file of cowfs as it is stored: its record, its blocks, and the pages in front of them. */
import { EIO, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { applyAttributes } from '../attributes.ts';
import { BaseInode } from '../base-inode.ts';
import type { AttributeChange, FileExtent, Timestamp } from '../inode.ts';
import type { Mount } from '../mount.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE, withinPage } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { needsAccessTime } from '../timestamps.ts';
import { BlockTree } from './block-tree.ts';
import { CowDirectory } from './cow-directory.ts';
import { extentsOf } from './cow-extents.ts';
import type { CowView } from './cow-view.ts';
import type { Cowfs } from './cowfs.ts';
import type { InodeRecord } from './inode-record.ts';
import { BLOCK_BYTES, type Pointer, sectorsOf } from './pointer.ts';

/** Inode numbers of a snapshot's files are those of the live ones and so many for each of its id. */
const IDS = 2 ** 32;

export abstract class CowContent extends BaseInode implements PageOwner {
  readonly fs: Cowfs;
  readonly view: CowView;
  /** In its version. */
  readonly number: number;
  readonly isStored = true;
  readonly generation: number;
  readonly btime: Timestamp;
  fileFlags: number;
  /** Of a directory: the number of the one above it. */
  parent: number;
  /** It differs from its record on the disk. */
  isDirty = false;
  protected attributesPointer: Pointer | undefined;
  protected readonly tree: BlockTree;
  /** Of a directory, once they were needed. */
  protected names: CowDirectory | undefined;
  protected hasNewNames = false;
  private sectors: number;
  /** Dirty pages that have their room on the disk promised. */
  private readonly reserved = new Set<number>();

  constructor(view: CowView, number: number, record: InodeRecord) {
    super(view.id * IDS + number, record.mode);
    this.fs = view.fs;
    this.view = view;
    this.number = number;
    this.uid = record.uid;
    this.gid = record.gid;
    this.nlink = record.nlink;
    this.size = record.size;
    this.rdev = record.rdev;
    this.fileFlags = record.fileFlags;
    this.generation = record.generation;
    this.atime = record.atime;
    this.mtime = record.mtime;
    this.ctime = record.ctime;
    this.btime = record.btime;
    this.attributesPointer = record.attributes;
    this.sectors = record.sectors;
    this.blocks = record.sectors;
    this.parent = record.parent;
    this.tree = new BlockTree(view.fs.store, record.root, record.height);
    if ((record.mode & S_IFMT) === S_IFREG)
      this.pages = new PageCache(view.fs.context.frames, this);
  }

  /** Call before anything changes that is stored. Throws EROFS, ESTALE, EIO. */
  touch(): void {
    this.view.begin();
    if (this.isDirty) return;
    this.view.table.own(this.number);
    this.isDirty = true;
    this.fs.dirty.add(this);
    this.fs.owing.add(this);
  }

  /** Nothing is kept for a commit of it any more, unless something is still to be stored. */
  settle(): void {
    if (!this.isDirty && this.reserved.size === 0) this.fs.owing.delete(this);
  }

  private addSectors(count: number): void {
    this.sectors = Math.max(0, this.sectors + count);
    this.blocks = this.sectors;
  }

  /** Block `index` is elsewhere from now on. The inode is touched. Throws EFBIG, EIO. */
  private replaceBlock(index: number, pointer: Pointer | undefined): void {
    const before = this.tree.get(index);
    this.tree.replace(index, pointer);
    this.addSectors((pointer ? sectorsOf(pointer) : 0) - (before ? sectorsOf(before) : 0));
  }

  private cutBlocks(from: number): void {
    let count = 0;
    for (let at = this.tree.next(from); at !== undefined; at = this.tree.next(at + 1)) {
      const pointer = this.tree.get(at);
      if (pointer !== undefined) count += sectorsOf(pointer);
    }
    this.tree.cut(from);
    this.addSectors(-count);
  }

  /** What is in block `index`; zeros for a hole. Throws ESTALE, EIO. */
  protected readBlock(index: number): Uint8Array {
    this.view.check();
    const pointer = this.tree.get(index);
    return pointer ? this.fs.store.read(pointer) : new Uint8Array(BLOCK_BYTES);
  }

  protected writeBlock(index: number, bytes: Uint8Array): void {
    this.touch();
    this.replaceBlock(index, this.fs.store.writeData(bytes));
  }

  /** The names of a directory. Throws EIO, EUCLEAN. */
  protected loadNames(): CowDirectory {
    this.view.check();
    if (this.names === undefined) {
      const names = new CowDirectory();
      for (let at = this.tree.next(0); at !== undefined; at = this.tree.next(at + 1))
        names.load(this.readBlock(at));
      this.names = names;
    }
    return this.names;
  }

  /** What differs is written, and the record is in the table: a part of a commit. Throws ENOSPC, EIO. */
  store(): void {
    if (this.hasNewNames && this.names !== undefined) {
      let index = 0;
      for (const block of this.names.stored()) this.writeBlock(index++, block);
      this.cutBlocks(index);
      this.hasNewNames = false;
    }
    this.storeAttributes();
    const root = this.tree.commit();
    const { mode, uid, gid, nlink, size, rdev, fileFlags, generation, parent, sectors } = this;
    const { atime, mtime, ctime, btime, attributesPointer: attributes } = this;
    const { height } = this.tree;
    const numbers = { mode, uid, gid, nlink, size, rdev, fileFlags, generation, parent, sectors };
    const record = { ...numbers, height, atime, mtime, ctime, btime, root, attributes };
    this.view.table.write(this.number, record);
    this.isDirty = false;
  }

  protected abstract storeAttributes(): void;

  isHole(index: number): boolean {
    return this.tree.get(index) === undefined;
  }

  nextStored(index: number): number | undefined {
    const next = this.tree.next(index);
    return next !== undefined && next * PAGE_SIZE < this.size ? next : undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    const { frames: source } = this.fs.context;
    frames.forEach((frame, i) => {
      source.bytes(frame).set(this.readBlock(first + i));
    });
    const end = this.size - first * PAGE_SIZE;
    const last = end > 0 ? frames[Math.floor(end / PAGE_SIZE)] : undefined;
    if (last !== undefined) source.bytes(last).fill(0, withinPage(end));
  }

  reservePage(index: number): void {
    this.touch();
    if (this.reserved.has(index)) return;
    // Before room is made, which may commit: it will be dirty again when the page is written.
    this.reserved.add(index);
    try {
      this.fs.reserve();
    } catch (error) {
      this.reserved.delete(index);
      this.settle();
      throw error;
    }
  }

  writePages(first: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      try {
        this.writeBlock(first + i, this.fs.context.frames.bytes(frame));
      } finally {
        this.unreserve(first + i);
      }
    });
  }

  private unreserve(index: number): void {
    if (!this.reserved.delete(index)) return;
    this.fs.reservedPages--;
    this.settle();
  }

  dropPages(): void {
    return;
  }

  forget(first: number, end: number): void {
    for (const index of [...this.reserved])
      if (index >= first && index < end) this.unreserve(index);
  }

  contentChanged(): void {
    this.touch();
    const now = this.fs.context.now();
    this.mtime = now;
    this.ctime = now;
  }

  fileExtents(start: number, end: number): FileExtent[] {
    this.view.check();
    return extentsOf(this.fs.store, this.tree, start, Math.min(end, this.size));
  }

  punchHole(first: number, end: number): void {
    this.touch();
    this.pages?.discard(first, end);
    for (let at = this.tree.next(first); at !== undefined && at < end; at = this.tree.next(at + 1))
      this.replaceBlock(at, undefined);
    this.contentChanged();
  }

  /** Blocks [to, to + count) become those of `source` from `from` on: shared, until one of them is written. Throws EIO, EMLINK. */
  cloneBlocks(source: CowContent, from: number, to: number, count: number): void {
    this.touch();
    source.pages?.sync(from, from + count);
    this.pages?.sync();
    this.pages?.discard(to, to + count);
    for (let i = 0; i < count; i++) {
      const pointer = source.tree.get(from + i);
      if (pointer !== undefined) this.fs.store.retain(pointer);
      this.replaceBlock(to + i, pointer);
    }
    this.contentChanged();
  }

  override setAttributes(change: AttributeChange): void {
    this.touch();
    const { size } = change;
    if (size !== undefined && this.pages !== undefined && size !== this.size) {
      if (size < this.size) {
        this.pages.truncate(size);
        this.cutBlocks(Math.ceil(size / PAGE_SIZE));
      }
      this.size = size;
    }
    applyAttributes(this, change, this.fs.context.now());
  }

  accessed(mount: Mount | undefined): void {
    if (this.fs.isReadOnly || this.view.isSnapshot) return;
    const now = this.fs.context.now();
    if (!needsAccessTime(this, now, mount, (this.mode & S_IFMT) === S_IFDIR)) return;
    this.touch();
    this.atime = now;
  }

  /** Neither name nor user is left: everything of it is free after the next commit. */
  override evict(): void {
    this.pages?.clear();
    if (this.fs.isReadOnly || this.view.isSnapshot) return;
    this.touch();
    this.cutBlocks(0);
    if (this.attributesPointer !== undefined) this.fs.store.release(this.attributesPointer);
    this.attributesPointer = undefined;
    this.view.removed(this);
  }

  /** Nobody needs it in memory now. */
  get isIdle(): boolean {
    const isUsed = this.references > 0 || (this.cachedNames ?? 0) > 0;
    return !isUsed && !this.isDirty && (this.pages?.dirty.size ?? 0) === 0;
  }

  override sync(_dataOnly: boolean): void {
    if (this.fs.isReadOnly || this.view.isSnapshot) return;
    if (this.view.isGone) throw fail(EIO, 'cowfs: removed snapshot');
    this.pages?.sync();
    this.fs.commit();
  }
}
