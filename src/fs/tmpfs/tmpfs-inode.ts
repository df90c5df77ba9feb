/** An inode of tmpfs: a page cache without a store behind it, or a map of names. */
import { EEXIST, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, fail } from '../../abi/errno.ts';
import {
  F_SEAL_EXEC,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  RENAME_EXCHANGE,
  RENAME_WHITEOUT,
} from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { panic } from '../../lib/panic.ts';
import { applyAttributes } from '../attributes.ts';
import { BaseInode } from '../base-inode.ts';
import type { File } from '../file.ts';
import { FS_NOATIME_FL } from '../file-flags.ts';
import type {
  AttributeChange,
  DirectoryEntry,
  ExtendedAttributes,
  Inode,
  Timestamp,
} from '../inode.ts';
import type { Mount } from '../mount.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { openFifo } from '../pipe-file.ts';
import { needsAccessTime } from '../timestamps.ts';
import type { Tmpfs } from './tmpfs.ts';
import { TmpfsDirectory } from './tmpfs-directory.ts';
import { TmpfsAttributes } from './tmpfs-xattrs.ts';

const SECTORS_PER_PAGE = PAGE_SIZE / 512;

export class TmpfsInode extends BaseInode implements PageOwner {
  readonly fs: Tmpfs;
  readonly isStored = false;
  /** A directory's names. */
  readonly names: TmpfsDirectory | undefined;
  /** As on Linux. */
  readonly hasNoZeroRange = true;
  /** A file of a directory can have none: F_SEAL_SEAL. memfd_create allows more. */
  seals?: number;
  readonly btime: Timestamp | undefined;
  fileFlags: number | undefined = 0;
  private target = '';
  /** Pages that are not in memory: slots of the swap areas. */
  private readonly swapped = new Map<number, number>();
  private attributes: TmpfsAttributes | undefined;

  constructor(fs: Tmpfs, ino: number, mode: number, uid: number, gid: number) {
    super(ino, mode);
    this.fs = fs;
    this.uid = uid;
    this.gid = gid;
    const now = fs.context.now();
    this.atime = now;
    this.mtime = now;
    this.ctime = now;
    this.btime = now;
    const type = mode & S_IFMT;
    if (type === S_IFREG) {
      this.pages = new PageCache(fs.context.frames, this);
      fs.files.add(this);
      this.seals = F_SEAL_SEAL;
    }
    this.names = type === S_IFDIR ? new TmpfsDirectory(this) : undefined;
  }

  get xattrs(): ExtendedAttributes | undefined {
    return (this.attributes ??= new TmpfsAttributes(this.fs));
  }

  storedXattrs(): ExtendedAttributes | undefined {
    return this.attributes;
  }

  override lookup(name: string): Inode | undefined {
    return this.directory().find(name);
  }

  override create(name: string, mode: number, uid: number, gid: number): Inode {
    return this.make(name, S_IFREG | (mode & 0o7777), uid, gid);
  }

  override mkdir(name: string, mode: number, uid: number, gid: number): Inode {
    const child = this.make(name, S_IFDIR | (mode & 0o7777), uid, gid);
    child.names?.setParent(this);
    child.nlink = 2;
    this.nlink++;
    return child;
  }

  override mknod(name: string, mode: number, rdev: number, uid: number, gid: number): Inode {
    const child = this.make(name, mode, uid, gid);
    child.rdev = rdev;
    return child;
  }

  override symlink(name: string, target: string, uid: number, gid: number): Inode {
    const child = this.make(name, S_IFLNK | 0o777, uid, gid);
    child.target = target;
    child.size = target.length;
    return child;
  }

  private make(name: string, mode: number, uid: number, gid: number): TmpfsInode {
    const names = this.directory();
    if (names.find(name) !== undefined) throw fail(EEXIST, name);
    if (this.nlink === 0) throw fail(ENOENT, 'removed directory');
    const child = this.fs.createInode(mode, uid, gid);
    names.add(name, child);
    return child;
  }

  override link(name: string, target: Inode): void {
    const names = this.directory();
    const inode = this.own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (names.find(name) !== undefined) throw fail(EEXIST, name);
    if (inode.nlink > 0) this.fs.takePlace();
    names.add(name, inode);
    inode.nlink++;
    inode.ctime = this.fs.context.now();
  }

  override unlink(name: string): void {
    const victim = this.child(name);
    if (victim.isDirectory) throw fail(EPERM, 'unlink of a directory');
    this.directory().remove(name);
    if (victim.nlink > 1) this.fs.leavePlace();
    victim.nlink--;
    victim.ctime = this.fs.context.now();
  }

  override rmdir(name: string): void {
    const victim = this.child(name);
    if (!victim.directory().isEmpty) throw fail(ENOTEMPTY, name);
    this.directory().remove(name);
    victim.nlink = 0;
    this.nlink--;
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
    const replaced = to.directory().find(newName);
    if (moved === replaced) return;
    if ((flags & RENAME_EXCHANGE) !== 0) {
      if (replaced === undefined) throw fail(ENOENT, newName);
      this.directory().replace(oldName, replaced);
      to.directory().replace(newName, moved);
      this.reparent(moved, to);
      to.reparent(replaced, this);
    } else {
      if (replaced?.isDirectory && !replaced.directory().isEmpty) throw fail(ENOTEMPTY, newName);
      // There may be no inode left: then nothing has changed.
      const isWhiteout = (flags & RENAME_WHITEOUT) !== 0;
      const whiteout = isWhiteout ? this.fs.createInode(S_IFCHR, uid, gid) : undefined;
      if (replaced?.isDirectory) to.rmdir(newName);
      else if (replaced !== undefined) to.unlink(newName);
      if (whiteout === undefined) this.directory().remove(oldName);
      else this.directory().replace(oldName, whiteout);
      to.directory().add(newName, moved);
      this.reparent(moved, to);
    }
    moved.ctime = this.fs.context.now();
  }

  /** A directory that was moved to `parent` has another "..". */
  private reparent(moved: TmpfsInode, parent: TmpfsInode): void {
    if (!moved.isDirectory || parent === this) return;
    moved.names?.setParent(parent);
    this.nlink--;
    parent.nlink++;
  }

  override readlink(): string {
    return (this.mode & S_IFMT) === S_IFLNK ? this.target : super.readlink();
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    return this.directory().list(from, limit);
  }

  override setAttributes(change: AttributeChange): void {
    const { size, mode } = change;
    this.checkSeals(size, mode);
    if (size !== undefined && this.pages !== undefined && size !== this.size) {
      if (size < this.size) this.pages.truncate(size);
      this.size = size;
    }
    applyAttributes(this, change, this.fs.context.now());
  }

  punchHole(first: number, end: number): void {
    this.pages?.discard(first, end);
    this.contentChanged();
  }

  /** Linux: shmem_truncate_range sets the times wherever the hole is. */
  punchBehindEnd(): void {
    this.contentChanged();
  }

  accessed(mount: Mount | undefined): void {
    const now = this.fs.context.now();
    const isDirectory = (this.mode & S_IFMT) === S_IFDIR;
    if (((this.fileFlags ?? 0) & FS_NOATIME_FL) !== 0) return;
    if (needsAccessTime(this, now, mount, isDirectory)) this.atime = now;
  }

  override open(flags: number): File {
    if ((this.mode & S_IFMT) === S_IFIFO) return openFifo(this, flags, this.fs.context.frames);
    return super.open(flags);
  }

  override evict(): void {
    super.evict();
    this.attributes?.clear();
    this.fs.files.delete(this);
    this.fs.inodeFreed();
  }

  /** The instance is unmounted: every page of every file is given back. */
  freeTree(): void {
    this.pages?.clear();
    this.attributes?.clear();
    for (const child of this.names?.inodes() ?? []) child.freeTree();
  }

  private checkSeals(size: number | undefined, mode: number | undefined): void {
    const seals = this.seals ?? 0;
    const isRefused =
      (size !== undefined && size < this.size && (seals & F_SEAL_SHRINK) !== 0) ||
      (size !== undefined && size > this.size && (seals & F_SEAL_GROW) !== 0) ||
      (mode !== undefined && ((mode ^ this.mode) & 0o111) !== 0 && (seals & F_SEAL_EXEC) !== 0);
    if (isRefused) throw fail(EPERM, 'sealed');
  }

  checkWrite(end: number): void {
    const seals = this.seals ?? 0;
    if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) throw fail(EPERM, 'sealed');
    if ((seals & F_SEAL_GROW) !== 0 && end > this.size) throw fail(EPERM, 'sealed');
  }

  /** What is not in memory is in swap, or was never written. */
  isHole(index: number): boolean {
    return !this.swapped.has(index);
  }

  nextStored(index: number): number | undefined {
    let next: number | undefined;
    for (const at of this.swapped.keys())
      if (at >= index && (next === undefined || at < next)) next = at;
    return next;
  }

  /** From swap, which has them no longer then. */
  fillPages(first: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      const slot = this.swapped.get(first + i);
      if (slot !== undefined) this.fs.context.swap?.load(slot, frame);
    });
    this.freeSlots(first, first + frames.length);
  }

  swapOut(index: number, frame: number): boolean {
    const slot = this.fs.context.swap?.store(frame);
    if (slot !== undefined) this.swapped.set(index, slot);
    return slot !== undefined;
  }

  /** Pages in slots [first, end) come back. Throws ENOMEM, EIO. */
  swapIn(first: number, end: number): void {
    for (const [index, slot] of [...this.swapped])
      if (slot >= first && slot < end) this.pages?.populate(index, index + 1);
  }

  /** Pages [first, end) that are in swap are dropped. */
  forget(first: number, end: number): void {
    const count = this.freeSlots(first, end);
    if (count > 0) this.dropPages(count);
  }

  private freeSlots(first: number, end: number): number {
    let count = 0;
    for (const [index, slot] of this.swapped) {
      if (index < first || index >= end) continue;
      this.swapped.delete(index);
      this.fs.context.swap?.free(slot);
      count++;
    }
    return count;
  }

  writePages(): void {
    panic('tmpfs has no store');
  }

  /** A page that came back from swap, or that replaces one there, counts already. */
  reservePage(index: number, _start: number, _end: number, isNew: boolean): void {
    if (!isNew) return;
    this.freeSlots(index, index + 1);
    const pages = (this.pages?.pages.size ?? 0) + this.swapped.size;
    if (pages * SECTORS_PER_PAGE <= this.blocks) return;
    this.fs.takePage();
    this.blocks += SECTORS_PER_PAGE;
  }

  dropPages(count: number): void {
    this.fs.usedPages -= count;
    this.blocks -= count * SECTORS_PER_PAGE;
  }

  contentChanged(): void {
    const now = this.fs.context.now();
    this.mtime = now;
    this.ctime = now;
  }

  private directory(): TmpfsDirectory {
    if (this.names === undefined) throw fail(ENOTDIR, 'tmpfs');
    return this.names;
  }

  private child(name: string): TmpfsInode {
    const child = this.directory().find(name);
    if (child === undefined) throw fail(ENOENT, name);
    return child;
  }

  private own(inode: Inode): TmpfsInode {
    return inode instanceof TmpfsInode ? inode : panic('inode of another file system');
  }
}
