/** A file or directory of a FAT: its entry, its clusters, and the operations on names. Linux: fs/fat/inode.c, namei_vfat.c. */

import { direntType } from '../../abi/dirent.ts';
import { EEXIST, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM, fail } from '../../abi/errno.ts';
import { RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { panic } from '../../lib/panic.ts';
import type { CachedBlock } from '../ext4/block-cache.ts';
import type { AttributeChange, DirectoryEntry, Inode, Timestamp } from '../inode.ts';
import { SLOT_BYTES } from './boot-sector.ts';
import { Directory, MAX_SLOTS, type NameRecord } from './directory.ts';
import { FatContent } from './fat-content.ts';
import { roundModified } from './fat-time.ts';
import { clusterFields, entryOf, newEntry } from './file-entry.ts';
import { ATTR_ARCHIVE, ATTR_DIRECTORY, ATTR_READ_ONLY } from './slots.ts';

/** Positions 0 and 1 are "." and "..". */
const FIRST_POSITION = 2;
const PERMISSIONS = 0o777;

export class FatInode extends FatContent {
  /** What it is in; itself for the root. Directories only. */
  parent: FatInode = this;
  /** Its name there. */
  record: NameRecord | undefined;
  /** Where its short entry lies on the disk; undefined without a name. */
  position: number | undefined;
  private loadedNames: Directory | undefined;

  /** Of a directory, read when it is asked for first. Throws EIO, ENOTDIR. */
  get names(): Directory {
    if (!this.isDirectory) throw fail(ENOTDIR, 'fat');
    return (this.loadedNames ??= new Directory(this.fs, this));
  }

  get directoryBytes(): number {
    const { rootSectors, sectorBytes, clusterBytes } = this.fs.geometry;
    if (this.isFixedRoot) return rootSectors * sectorBytes;
    return this.chain.length(this.mostClusters) * clusterBytes;
  }

  private get mostClusters(): number {
    return Math.ceil((MAX_SLOTS * SLOT_BYTES) / this.fs.geometry.clusterBytes);
  }

  private get isFixedRoot(): boolean {
    return this === this.fs.root && this.fs.geometry.bits !== 32;
  }

  /** The block of the logical sector that holds sector `index` of the directory; others of the same cluster come with it. */
  directoryBlock(index: number): CachedBlock | undefined {
    const { cache, geometry } = this.fs;
    const { rootStart, rootSectors, sectorsPerCluster } = geometry;
    if (this.isFixedRoot)
      return cache.readAmong(rootStart + index, rootStart, rootStart + rootSectors);
    const cluster = this.chain.find(Math.floor(index / sectorsPerCluster));
    if (cluster === undefined) return undefined;
    const first = this.fs.sectorOf(cluster);
    const within = index & (sectorsPerCluster - 1);
    return cache.readAmong(first + within, first, first + sectorsPerCluster);
  }

  /** One more cluster of free slots. Throws ENOSPC. */
  growDirectory(): void {
    if (this.isFixedRoot) throw fail(ENOSPC, 'root directory');
    this.fs.clearCluster(this.chain.append());
    this.size = this.directoryBytes;
    this.blocks = this.size / 512;
    this.isDirty = true;
  }

  override lookup(name: string): Inode | undefined {
    return this.fs.cache.reading(() => {
      const record = this.names.find(name);
      return record && this.fs.load(this, record);
    });
  }

  override create(name: string): Inode {
    return this.make(name, ATTR_ARCHIVE, 0);
  }

  override mkdir(name: string): Inode {
    this.fs.beginChange();
    const cluster = this.fs.table.allocate(0);
    try {
      this.fs.clearCluster(cluster);
      const made = this.make(name, ATTR_DIRECTORY, cluster);
      made.names.putDots(entryOf(made), {
        ...entryOf(made),
        ...clusterFields(this.numberForDots),
      });
      this.nlink++;
      return made;
    } catch (error) {
      this.fs.freeCluster(cluster, true);
      throw error;
    }
  }

  override mknod(name: string, mode: number): Inode {
    const type = mode & S_IFMT;
    if (type === S_IFREG) return this.create(name);
    throw fail(EPERM, 'special files on FAT');
  }

  /** ".." leads to the root by the number 0. */
  private get numberForDots(): number {
    return this === this.fs.root ? 0 : this.chain.first;
  }

  private make(name: string, attributes: number, cluster: number): FatInode {
    this.fs.beginChange();
    if (this.nlink === 0) throw fail(ENOENT, 'removed directory');
    if (this.names.find(name) !== undefined) throw fail(EEXIST, name);
    const fields = newEntry(attributes, cluster, this.fs.context.now(), this.fs.timeOffset);
    const record = this.names.add(name, fields);
    this.changedNames();
    return this.fs.load(this, record);
  }

  override unlink(name: string): void {
    const victim = this.child(name);
    if (victim.isDirectory) throw fail(EPERM, 'unlink of a directory');
    this.detach(victim);
    victim.nlink = 0;
  }

  override rmdir(name: string): void {
    const victim = this.child(name);
    if (!victim.names.isEmpty) throw fail(ENOTEMPTY, name);
    this.detach(victim);
    victim.nlink = 0;
    this.nlink--;
  }

  /** `victim` has no name here any more. */
  private detach(victim: FatInode): void {
    this.fs.beginChange();
    this.names.remove(victim.record ?? panic('file without a name'));
    this.fs.unplace(victim);
    this.changedNames();
    victim.touch();
  }

  override rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    this.fs.beginChange();
    const to = newParent instanceof FatInode ? newParent : panic('inode of another file system');
    const moved = this.child(oldName);
    const target = to.names.find(newName);
    const replaced = target && this.fs.load(to, target);
    if (moved === replaced) return;
    if ((flags & RENAME_EXCHANGE) !== 0) {
      this.exchange(moved, to, replaced ?? panic('exchange with nothing'));
      return;
    }
    if (replaced?.isDirectory && !replaced.names.isEmpty) throw fail(ENOTEMPTY, newName);
    // The name that is there stays, as on Linux, and leads to the other file.
    const record = target ?? to.names.add(newName, entryOf(moved));
    if (replaced !== undefined) {
      this.fs.unplace(replaced);
      replaced.nlink = 0;
      replaced.touch();
      if (replaced.isDirectory) to.nlink--;
    }
    this.names.remove(moved.record ?? panic('file without a name'));
    this.moveTo(moved, to, record);
    this.changedNames();
    if (to !== this) to.changedNames();
  }

  private exchange(moved: FatInode, to: FatInode, other: FatInode): void {
    const here = moved.record ?? panic('file without a name');
    const there = other.record ?? panic('file without a name');
    this.fs.unplace(moved);
    this.moveTo(moved, to, there, other);
    to.moveTo(other, this, here);
    this.changedNames();
    if (to !== this) to.changedNames();
  }

  /** `moved` gets the entry at `record` of `to`; `displaced` had it. */
  private moveTo(moved: FatInode, to: FatInode, record: NameRecord, displaced?: FatInode): void {
    if (displaced) this.fs.unplace(displaced);
    this.fs.place(moved, to, record);
    moved.isDirty = true;
    if (!moved.isDirectory || to === this) return;
    moved.names.setParent(to.numberForDots);
    this.nlink--;
    to.nlink++;
  }

  private child(name: string): FatInode {
    const record = this.names.find(name);
    if (record === undefined) throw fail(ENOENT, name);
    return this.fs.load(this, record);
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    if (!this.isDirectory) throw fail(ENOTDIR, 'fat');
    const listed: DirectoryEntry[] = [];
    if (this.nlink === 0) return listed;
    const type = direntType(S_IFDIR);
    if (from <= 0 && limit > 0) listed.push({ name: '.', ino: this.ino, type, next: 1 });
    if (from <= 1 && listed.length < limit)
      listed.push({ name: '..', ino: this.parent.ino, type, next: FIRST_POSITION });
    if (listed.length >= limit) return listed;
    this.fs.cache.reading(() => this.list(from, limit, listed));
    return listed;
  }

  /** Names from position `from` on, until there are `limit`. */
  private list(from: number, limit: number, listed: DirectoryEntry[]): void {
    for (const record of this.names.scan(Math.max(0, from - FIRST_POSITION))) {
      if (listed.length >= limit) break;
      const { ino, mode } = this.fs.glance(this, record);
      const next = record.slot + 1 + FIRST_POSITION;
      listed.push({ name: record.name, ino, type: direntType(mode), next });
    }
  }

  /** chown, and bits that cannot be: EPERM, or nothing with `quiet`; permission bits as far as FAT has them. */
  override setAttributes(change: AttributeChange): void {
    this.fs.beginChange();
    const { uid, gid, mode } = change;
    const isForeign =
      (uid !== undefined && uid !== this.fs.settings.uid) ||
      (gid !== undefined && gid !== this.fs.settings.gid) ||
      (mode !== undefined && (mode & 0o7777 & ~PERMISSIONS) !== 0);
    if (isForeign) {
      if (this.fs.settings.isQuiet) return;
      throw fail(EPERM, 'owners and bits that FAT lacks');
    }
    if (change.size !== undefined && this.pages !== undefined) this.resize(change.size);
    if (mode !== undefined) this.changeMode(mode & PERMISSIONS);
    this.setTimes(change);
    this.isDirty = true;
  }

  /** Read and execute bits are the mount's; the write bits, all or none, are the read-only attribute. Others change nothing. */
  private changeMode(mode: number): void {
    const { settings } = this.fs;
    const mask = this.isDirectory ? settings.dmask : settings.fmask;
    const wanted = mode & ~mask;
    const allWrites = 0o222 & ~mask;
    if ((wanted & 0o555) !== (this.mode & 0o555)) return;
    const canBeReadOnly = allWrites !== 0 && (!this.isDirectory || settings.hasReadOnlyDirectories);
    const writes = wanted & 0o222;
    if (writes !== allWrites && !(canBeReadOnly && writes === 0)) return;
    this.mode = (this.mode & ~0o777) | wanted;
    if (!canBeReadOnly) return;
    if (writes === 0) this.attributes |= ATTR_READ_ONLY;
    else this.attributes &= ~ATTR_READ_ONLY;
  }

  private changedNames(): void {
    this.size = this.directoryBytes;
    this.touch();
  }

  /** mtime is now, and so is ctime: FAT keeps them in one. */
  touch(): void {
    if (this === this.fs.root) return;
    this.setModified(this.fs.context.now());
  }

  private setModified(now: Timestamp): void {
    this.mtime = roundModified(now, this.fs.timeOffset);
    this.ctime = this.mtime;
    this.isDirty = true;
  }

  uncached(): void {
    if (this.references === 0 && this.nlink > 0 && this !== this.fs.root) this.fs.forget(this);
  }

  unused(): void {
    if (this.nlink > 0 && this.pages !== undefined) this.releaseBehindEnd();
  }

  override evict(): void {
    this.fs.forgetUnnamed(this);
    this.releaseAll();
  }
}
