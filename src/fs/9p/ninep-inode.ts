/** An inode of a 9p tree: every operation asks the server; a page cache exists for mappings only. */

import {
  EEXIST,
  EINVAL,
  ELOOP,
  ENOENT,
  ENXIO,
  EPERM,
  ESTALE,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { AT_REMOVEDIR, O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY } from '../../abi/fcntl.ts';
import {
  deviceMajor,
  deviceMinor,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../abi/stat.ts';
import { panic } from '../../lib/panic.ts';
import { BaseInode } from '../base-inode.ts';
import { bestEffort } from '../best-effort.ts';
import type { File } from '../file.ts';
import type { AttributeChange, DirectoryEntry, Inode } from '../inode.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { openFifo } from '../pipe-file.ts';
import type { RemoteAttributes } from './client.ts';
import type { NineP } from './ninep.ts';
import { NinePDirectoryFile, NinePFile } from './ninep-file.ts';
import { PageTransfers } from './page-transfers.ts';
import { listEntries } from './remote-listing.ts';

export class NinePInode extends BaseInode implements PageOwner {
  readonly fs: NineP;
  readonly isStored = true;
  /** A fid that is not open; walked to again when it was clunked. */
  fid: number | undefined;
  /** Where the fid's path leads. */
  private parent: NinePInode | undefined;
  private name: string;
  /** Names below this directory whose inode's fid was walked to by that name. */
  private readonly children = new Map<string, NinePInode>();
  /** A fid open for both that create() left for the open() that follows: the mode may forbid a second one. */
  private createdFid: number | undefined;
  /** Access mode by fid of the files that are open. */
  readonly opened = new Map<number, number>();
  /** Fids open for filling pages, and for writing them back. */
  private readonly transfers = new PageTransfers(this);
  /** The content that the cached pages were filled from. */
  private pagesVersion = '';
  /** Entries as of the last readdir from the start. */
  private listing: DirectoryEntry[] = [];

  constructor(
    fs: NineP,
    attributes: RemoteAttributes,
    parent: NinePInode | undefined,
    name: string,
  ) {
    super(attributes.qid.path, attributes.mode);
    this.fs = fs;
    this.name = name;
    if ((this.mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
    this.update(attributes);
    if (parent !== undefined) this.moveTo(parent, name);
  }

  update(attributes: RemoteAttributes): void {
    const { mode, uid, gid, nlink, rdev, size, blocks, atime, mtime, ctime } = attributes;
    Object.assign(this, { mode, uid, gid, nlink, rdev, blocks, atime, mtime, ctime });
    if (size === this.size) return;
    this.size = size;
  }

  moveTo(parent: NinePInode, name: string): void {
    this.leaveParent();
    this.parent = parent;
    this.name = name;
    parent.children.set(name, this);
  }

  private leaveParent(): void {
    const { parent, name } = this;
    if (parent?.children.get(name) === this) parent.children.delete(name);
  }

  /** The fid, by walking to it again if need be. Throws ESTALE if another file is there by now. */
  reachFid(): number {
    if (this.fid !== undefined) {
      this.fs.used(this);
      return this.fid;
    }
    const { parent, name } = this;
    if (parent === undefined) return panic('9p root without a fid');
    const { client } = this.fs;
    const fid = client.walk(parent.reachFid(), name);
    if (client.getattr(fid).qid.path !== this.ino) {
      client.clunk(fid);
      throw fail(ESTALE, name);
    }
    this.fs.giveFid(this, fid);
    return fid;
  }

  /** Asks the server each time; what is known by this name already costs one request. */
  override lookup(name: string): Inode | undefined {
    const known = this.children.get(name);
    if (known !== undefined && known.fid !== undefined && known.isStillThere()) return known;
    const { client } = this.fs;
    try {
      return this.fs.adopt(client.walk(this.reachFid(), name), this, name);
    } catch (error) {
      if (error instanceof KernelError && error.errno === ENOENT) return undefined;
      throw error;
    }
  }

  /** The server's fids stand for paths: the answer tells what is under this name now. */
  private isStillThere(): boolean {
    try {
      const attributes = this.fs.client.getattr(this.reachFid());
      const isSame = attributes.qid.path === this.ino;
      if (isSame) this.update(attributes);
      else this.leave();
      return isSame;
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== ENOENT) throw error;
      this.leave();
      return false;
    }
  }

  /** The name is gone. An open file's fid is kept: the server may still know it. */
  private leave(): void {
    this.leaveParent();
    if (this.references === 0) this.fs.forget(this);
  }

  override create(name: string, mode: number, _uid: number, gid: number): Inode {
    const { client } = this.fs;
    const fid = client.walk(this.reachFid());
    try {
      client.create(fid, name, O_RDWR, mode & 0o7777, gid);
    } catch (error) {
      client.clunk(fid);
      throw error;
    }
    const made = this.made(name);
    made.createdFid = fid;
    return made;
  }

  override mkdir(name: string, mode: number, _uid: number, gid: number): Inode {
    this.fs.client.mkdir(this.reachFid(), name, mode & 0o7777, gid);
    return this.made(name);
  }

  override mknod(name: string, mode: number, rdev: number, _uid: number, gid: number): Inode {
    const [major, minor] = [deviceMajor(rdev), deviceMinor(rdev)];
    this.fs.client.mknod(this.reachFid(), name, mode, major, minor, gid);
    return this.made(name);
  }

  override symlink(name: string, target: string, _uid: number, gid: number): Inode {
    this.fs.client.symlink(this.reachFid(), name, target, gid);
    return this.made(name);
  }

  private made(name: string): NinePInode {
    const inode = this.fs.adopt(this.fs.client.walk(this.reachFid(), name), this, name);
    this.revalidate();
    return inode;
  }

  override link(name: string, target: Inode): void {
    const inode = this.own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (this.lookup(name) !== undefined) throw fail(EEXIST, name);
    this.fs.client.link(this.reachFid(), inode.reachFid(), name);
    inode.revalidate();
  }

  override unlink(name: string): void {
    this.remove(name, 0);
  }

  override rmdir(name: string): void {
    this.remove(name, AT_REMOVEDIR);
  }

  private remove(name: string, flags: number): void {
    const victim = this.lookup(name);
    if (victim === undefined) throw fail(ENOENT, name);
    const inode = this.own(victim);
    this.fs.client.unlink(this.reachFid(), name, flags);
    inode.nlink = flags === AT_REMOVEDIR ? 0 : Math.max(0, inode.nlink - 1);
    inode.lostName(this, name);
    this.revalidate();
  }

  /** The fid leads to a name that is gone, or that stands for another file: others may be left. */
  private lostName(parent: NinePInode, name: string): void {
    if (this.parent !== parent || this.name !== name) return;
    this.leaveParent();
    if (this.nlink > 0 && this.references === 0) this.fs.forget(this);
  }

  override rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    if (flags > 1) throw fail(EINVAL, '9p renames plainly');
    const to = this.own(newParent);
    const moved = this.lookup(oldName);
    const replaced = to.lookup(newName);
    if (moved === undefined) throw fail(ENOENT, oldName);
    if (moved === replaced) return;
    this.fs.client.rename(this.reachFid(), oldName, to.reachFid(), newName);
    if (replaced !== undefined) {
      const inode = this.own(replaced);
      inode.nlink = inode.isDirectory ? 0 : Math.max(0, inode.nlink - 1);
      inode.lostName(to, newName);
    }
    this.own(moved).moveTo(to, newName);
    this.revalidate();
    if (to !== this) to.revalidate();
  }

  override readlink(): string {
    return (this.mode & S_IFMT) === S_IFLNK
      ? this.fs.client.readlink(this.reachFid())
      : super.readlink();
  }

  /** From 0 the server is asked; later positions continue in what it said then. */
  override readdir(from: number, limit: number): DirectoryEntry[] {
    if (!this.isDirectory) return super.readdir(from, limit);
    if (from === 0) this.listing = this.listAll();
    return this.listing.slice(from, from + limit);
  }

  /** All entries; `next` is the index of the one that follows. */
  listAll(): DirectoryEntry[] {
    return this.nlink === 0 ? [] : listEntries(this.fs.client, this.reachFid());
  }

  override setAttributes(change: AttributeChange): void {
    this.pages?.sync();
    this.fs.client.setattr(this.reachFid(), change);
    this.revalidate();
    if (change.size !== undefined) this.dropStalePages();
  }

  /** A file that has no name any more keeps the attributes that it had. */
  override revalidate(): void {
    if (this.nlink === 0 && this.references === 0) return;
    try {
      this.update(this.fs.client.getattr(this.reachFid()));
    } catch (error) {
      const isGone = error instanceof KernelError && error.errno === ENOENT;
      if (!isGone || this.references === 0) throw error;
      this.nlink = 0;
    }
  }

  override open(flags: number): File {
    switch (this.mode & S_IFMT) {
      case S_IFDIR:
        return new NinePDirectoryFile(this, flags);
      case S_IFREG:
        return new NinePFile(this, flags, this.openedFid(flags & O_ACCMODE));
      case S_IFLNK:
        throw fail(ELOOP, 'open of a symbolic link');
      case S_IFIFO:
        return openFifo(this, flags, this.fs.context.frames);
      default:
        throw fail(ENXIO, 'special file');
    }
  }

  /** A fid for open(2): what was cached of an older content is dropped. */
  private openedFid(access: number): number {
    const created = this.createdFid;
    this.createdFid = undefined;
    if (created !== undefined) return created;
    this.dropStalePages();
    return this.openFid(access);
  }

  /** A new fid of this file, open with the given access mode. */
  openFid(access: number): number {
    const { client } = this.fs;
    const fid = client.walk(this.reachFid());
    try {
      client.open(fid, access);
    } catch (error) {
      client.clunk(fid);
      throw error;
    }
    return fid;
  }

  private get version(): string {
    const { mtime, ctime, size } = this;
    return [mtime.seconds, mtime.nanoseconds, ctime.seconds, ctime.nanoseconds, size].join('.');
  }

  private dropStalePages(): void {
    if (this.pagesVersion === this.version) return;
    this.pagesVersion = this.version;
    const { pages } = this;
    if (pages === undefined || pages.pages.size === 0) return;
    pages.sync();
    pages.discard(0, Number.MAX_SAFE_INTEGER);
  }

  /** A fid of an open file that can read (O_RDONLY) or write (O_WRONLY): it works even when the name is gone. */
  findOpened(access: number): number | undefined {
    for (const [fid, mode] of this.opened) if (mode === O_RDWR || mode === access) return fid;
    return undefined;
  }

  /** Without an open file the server has nothing of ours that is not written. */
  override sync(dataOnly: boolean): void {
    this.pages?.sync();
    const fid = this.findOpened(O_WRONLY) ?? this.findOpened(O_RDONLY);
    if (fid !== undefined) this.fs.client.fsync(fid, dataOnly);
  }

  /** No file and no mapping uses it any more. Clean pages stay, so that a program is not read and decoded anew at each start. */
  unused(): void {
    let isClean = false;
    bestEffort(() => {
      this.pages?.sync();
      isClean = true;
    });
    // What the server does not take is lost.
    if (!isClean) this.pages?.clear();
    this.transfers.close();
    if (this.createdFid !== undefined) this.fs.client.clunk(this.createdFid);
    this.createdFid = undefined;
  }

  closePages(): void {
    this.unused();
    this.pages?.clear();
  }

  override evict(): void {
    this.pages?.clear();
    this.closePages();
    this.leaveParent();
    this.fs.forget(this);
  }

  isHole(): boolean {
    return false;
  }

  nextStored(index: number): number | undefined {
    return index * PAGE_SIZE < this.size ? index : undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    this.transfers.fill(first, frames);
  }

  writePages(first: number, frames: readonly number[]): void {
    this.transfers.write(first, frames);
  }

  /** The server says when its disk is full. */
  reservePage(): void {
    return;
  }

  dropPages(): void {
    return;
  }

  contentChanged(): void {
    return;
  }

  private own(inode: Inode): NinePInode {
    return inode instanceof NinePInode ? inode : panic('inode of another file system');
  }
}
