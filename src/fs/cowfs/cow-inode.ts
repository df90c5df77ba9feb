/** A file of cowfs among its names. */
import {
  EEXIST,
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
import type { File } from '../file.ts';
import type { DirectoryEntry, ExtendedAttributes, Inode } from '../inode.ts';
import { openFifo } from '../pipe-file.ts';
import { CowAttributes } from './cow-attributes.ts';
import { CowContent } from './cow-content.ts';
import { type CowDirectory, FIRST_POSITION } from './cow-directory.ts';
import { ROOT_INO } from './inode-table.ts';
import { BLOCK_BYTES } from './pointer.ts';
import { SNAPSHOT_FOLDER } from './snapshot-directory.ts';

const MAX_NAME = 255;
const MAX_LINKS = 65_000;
const ENTRY_BYTES = 6;

export class CowInode extends CowContent {
  private attributes: CowAttributes | undefined;

  get xattrs(): ExtendedAttributes {
    if (this.attributes === undefined) {
      const { attributesPointer: pointer } = this;
      this.attributes = new CowAttributes(this, pointer && this.fs.store.read(pointer));
    }
    return this.attributes;
  }

  storedXattrs(): ExtendedAttributes | undefined {
    return this.attributesPointer === undefined && this.attributes === undefined
      ? undefined
      : this.xattrs;
  }

  protected override storeAttributes(): void {
    if (this.attributes === undefined || !this.attributes.isDirty) return;
    const block = this.attributes.stored();
    const before = this.attributesPointer;
    this.attributesPointer = block && this.fs.store.writeMetadata(block);
    if (before !== undefined) this.fs.store.release(before);
    this.attributes.isDirty = false;
  }

  private directory(): CowDirectory {
    if (!this.isDirectory) throw fail(ENOTDIR, 'cowfs');
    return this.loadNames();
  }

  private get isLiveRoot(): boolean {
    return this.number === ROOT_INO && !this.view.isSnapshot;
  }

  override lookup(name: string): Inode | undefined {
    const entry = this.directory().entries.get(name);
    if (entry !== undefined) return this.view.inode(entry.ino);
    return name === SNAPSHOT_FOLDER && this.isLiveRoot ? this.fs.snapshotFolder : undefined;
  }

  override create(name: string, mode: number, uid: number, gid: number): Inode {
    return this.make(name, S_IFREG | (mode & 0o7777), uid, gid);
  }

  override mkdir(name: string, mode: number, uid: number, gid: number): Inode {
    if (this.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    const child = this.make(name, S_IFDIR | (mode & 0o7777), uid, gid);
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
    if (target.length >= BLOCK_BYTES) throw fail(ENAMETOOLONG, 'target');
    const child = this.make(name, S_IFLNK | 0o777, uid, gid);
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(toBytes(target));
    child.writeBlock(0, block);
    child.size = target.length;
    return child;
  }

  private make(name: string, mode: number, uid: number, gid: number): CowInode {
    this.checkNew(name);
    if (this.nlink === 0) throw fail(ENOENT, 'removed directory');
    this.view.begin();
    this.fs.makeRoom();
    const child = this.view.create(mode, uid, gid, this.number);
    this.enter(name, child);
    return child;
  }

  private checkNew(name: string): void {
    const isThere = this.directory().entries.has(name);
    if (isThere || (name === SNAPSHOT_FOLDER && this.isLiveRoot)) throw fail(EEXIST, name);
    if (name.length > MAX_NAME) throw fail(ENAMETOOLONG, name);
  }

  private enter(name: string, child: CowInode): void {
    this.directory().add(name, child.number, (child.mode & S_IFMT) >>> 12);
    this.size += ENTRY_BYTES + name.length;
    this.namesChanged();
  }

  private leave(name: string): void {
    if (this.directory().entries.delete(name)) this.size -= ENTRY_BYTES + name.length;
    this.namesChanged();
  }

  private namesChanged(): void {
    this.hasNewNames = true;
    this.contentChanged();
  }

  override link(name: string, target: Inode): void {
    const inode = own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (inode.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    this.checkNew(name);
    // First: it may commit, and what is touched is clean then.
    this.fs.makeRoom();
    inode.touch();
    this.enter(name, inode);
    inode.nlink++;
    inode.ctime = this.fs.context.now();
  }

  override unlink(name: string): void {
    const victim = this.child(name);
    if (victim.isDirectory) throw fail(EPERM, 'unlink of a directory');
    this.touch();
    victim.touch();
    this.leave(name);
    victim.nlink--;
    victim.ctime = this.fs.context.now();
  }

  override rmdir(name: string): void {
    const victim = this.child(name);
    if (victim.directory().entries.size > 0) throw fail(ENOTEMPTY, name);
    this.touch();
    victim.touch();
    this.leave(name);
    victim.nlink = 0;
    this.nlink--;
  }

  override rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    const to = own(newParent);
    const moved = this.child(oldName);
    if (newName.length > MAX_NAME) throw fail(ENAMETOOLONG, newName);
    const entry = to.directory().entries.get(newName);
    const replaced = entry && to.view.inode(entry.ino);
    if (moved === replaced) return;
    for (const inode of [this, to, moved]) inode.touch();
    replaced?.touch();
    if ((flags & RENAME_EXCHANGE) !== 0) {
      if (replaced === undefined) throw fail(ENOENT, newName);
      this.exchange(oldName, replaced);
      to.exchange(newName, moved);
      this.reparent(moved, to);
      to.reparent(replaced, this);
    } else {
      if (replaced?.isDirectory) to.rmdir(newName);
      else if (replaced !== undefined) to.unlink(newName);
      else to.checkNew(newName);
      this.leave(oldName);
      to.enter(newName, moved);
      this.reparent(moved, to);
    }
    moved.ctime = this.fs.context.now();
  }

  private exchange(name: string, inode: CowInode): void {
    this.directory().replace(name, inode.number, (inode.mode & S_IFMT) >>> 12);
    this.namesChanged();
  }

  private reparent(moved: CowInode, parent: CowInode): void {
    if (!moved.isDirectory || parent === this) return;
    moved.parent = parent.number;
    this.nlink--;
    parent.nlink++;
  }

  private child(name: string): CowInode {
    const entry = this.directory().entries.get(name);
    if (entry === undefined) throw fail(name === SNAPSHOT_FOLDER ? EPERM : ENOENT, name);
    return this.view.inode(entry.ino);
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const { entries } = this.directory();
    const listed: DirectoryEntry[] = [];
    if (this.nlink === 0) return listed;
    const type = S_IFDIR >>> 12;
    const dots = [this.ino, this.view.inode(this.parent).ino];
    for (const [i, ino] of dots.entries())
      if (from <= i && listed.length < limit)
        listed.push({ name: i === 0 ? '.' : '..', ino, type, next: i + 1 });
    const offset = this.ino - this.number;
    for (const [name, entry] of entries) {
      if (listed.length >= limit) break;
      const { position } = entry;
      if (position >= Math.max(from, FIRST_POSITION))
        listed.push({ name, ino: offset + entry.ino, type: entry.type, next: position + 1 });
    }
    return listed;
  }

  override readlink(): string {
    if ((this.mode & S_IFMT) !== S_IFLNK) return super.readlink();
    return fromBytes(this.readBlock(0), 0, Math.min(this.size, BLOCK_BYTES));
  }

  override open(flags: number): File {
    if ((this.mode & S_IFMT) === S_IFIFO) return openFifo(this, flags, this.fs.context.frames);
    return super.open(flags);
  }

  cloneRange(source: Inode, from: number, to: number, count: number): void {
    this.fs.makeRoom();
    this.cloneBlocks(own(source), from, to, count);
  }

  uncached(): void {
    this.view.letGo(this);
  }

  unused(): void {
    this.view.letGo(this);
  }

  /** Forget what can be read again. */
  shrink(): void {
    if (this.isDirty || this.references > 0) return;
    this.names = undefined;
    this.tree.shrink();
  }
}

function own(inode: Inode): CowInode {
  return inode instanceof CowInode ? inode : panic('inode of another file system');
}
