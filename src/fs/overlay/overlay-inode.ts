/** A file of an overlay: the one of the upper layer, or of a lower one until it is changed. Linux: fs/overlayfs/inode.c. */
import { ELOOP, ENOTDIR, ENXIO, EROFS, fail } from '../../abi/errno.ts';
import { O_TRUNC } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { panic } from '../../lib/panic.ts';
import type { Dentry } from '../dentry.ts';
import { DirectoryFile } from '../directory-file.ts';
import type { File } from '../file.ts';
import type { FileLocks } from '../file-lock.ts';
import type {
  AttributeChange,
  DirectoryEntry,
  ExtendedAttributes,
  Inode,
  Timestamp,
} from '../inode.ts';
import type { Mount } from '../mount.ts';
import type { InodeWatch } from '../notify.ts';
import type { PageCache } from '../page-cache.ts';
import type { Pipe } from '../pipe.ts';
import { openFifo } from '../pipe-file.ts';
import { drop, hold, isWritable } from '../references.ts';
import { copyUp } from './copy-up.ts';
import type { LowerPlace, Stack } from './layers.ts';
import { MergedNames } from './merged-names.ts';
import type { Overlay } from './overlay.ts';
import { OverlayAttributes } from './overlay-attributes.ts';
import { OverlayFile } from './overlay-file.ts';
import * as names from './overlay-names.ts';

export class OverlayInode implements Inode, Stack {
  readonly fs: Overlay;
  ino: number;
  upper: Dentry | undefined;
  lower: readonly LowerPlace[];
  /** The directory that it is in, and its name there: where it is copied up to. Hard links have the one that was found last. */
  parent: OverlayInode | undefined;
  name: string;
  locks: FileLocks | undefined;
  pipe: Pipe | undefined;
  references = 0;
  cachedNames = 0;
  writers = 0;
  executing = 0;
  watches: Set<InodeWatch> | undefined;
  lacksCapabilities = false;
  private linkable = false;
  /** The layers' file, which is kept while this is. */
  private held: Inode;
  private isReleased = false;
  /** Names of lower hard links in a directory, which have an object each: a change breaks them apart. */
  readonly linked = new Map<string, OverlayInode>();
  /** A directory's names while it is open. */
  private listed: MergedNames | undefined;

  constructor(
    fs: Overlay,
    ino: number,
    stack: Stack,
    parent: OverlayInode | undefined,
    name: string,
  ) {
    this.fs = fs;
    this.ino = ino;
    this.upper = stack.upper;
    this.lower = stack.lower;
    this.parent = parent;
    this.name = name;
    this.held = this.real;
    hold(this.held);
  }

  /** Where the file of the layers is that stands for it. */
  get place(): Dentry {
    return this.upper ?? this.lower[0]?.place ?? panic('a file of no layer');
  }

  get real(): Inode {
    return this.place.inode;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  /** More than one directory under one name. */
  get isMerged(): boolean {
    return this.isDirectory && this.lower.length + (this.upper ? 1 : 0) > 1;
  }

  get mode(): number {
    return this.real.mode;
  }

  set mode(mode: number) {
    this.real.mode = mode;
  }

  get uid(): number {
    return this.real.uid;
  }

  set uid(uid: number) {
    this.real.uid = uid;
  }

  get gid(): number {
    return this.real.gid;
  }

  set gid(gid: number) {
    this.real.gid = gid;
  }

  /** Its last name was taken away; a lower layer may have the file still. */
  isRemoved = false;

  /** Nobody counts the directories of all layers: 1, as on Linux. */
  get nlink(): number {
    if (this.isRemoved) return 0;
    return this.isMerged ? 1 : this.real.nlink;
  }

  set nlink(nlink: number) {
    this.real.nlink = nlink;
  }

  get size(): number {
    return this.real.size;
  }

  set size(size: number) {
    this.real.size = size;
  }

  get blocks(): number {
    return this.real.blocks;
  }

  set blocks(blocks: number) {
    this.real.blocks = blocks;
  }

  get rdev(): number {
    return this.real.rdev;
  }

  get atime(): Timestamp {
    return this.real.atime;
  }

  set atime(time: Timestamp) {
    this.real.atime = time;
  }

  get mtime(): Timestamp {
    return this.real.mtime;
  }

  set mtime(time: Timestamp) {
    this.real.mtime = time;
  }

  get ctime(): Timestamp {
    return this.real.ctime;
  }

  set ctime(time: Timestamp) {
    this.real.ctime = time;
  }

  get btime(): Timestamp | undefined {
    return this.real.btime;
  }

  get generation(): number | undefined {
    return this.real.generation;
  }

  get pages(): PageCache | undefined {
    return this.real.pages;
  }

  get isLinkable(): boolean {
    return this.linkable;
  }

  set isLinkable(isLinkable: boolean) {
    this.linkable = isLinkable;
    if (this.upper) this.upper.inode.isLinkable = isLinkable;
  }

  get xattrs(): ExtendedAttributes {
    return new OverlayAttributes(this);
  }

  storedXattrs(): ExtendedAttributes | undefined {
    const { real } = this;
    const isEmpty = real.storedXattrs ? real.storedXattrs() === undefined : !real.xattrs;
    return isEmpty ? undefined : this.xattrs;
  }

  /** The upper file, which is made if there is none; of a regular file with its first `size` bytes. Throws EROFS, ENOSPC … */
  ensureUpper(size = this.size): Dentry {
    if (this.upper) return this.upper;
    const { fs, parent } = this;
    const { workplace } = fs;
    if (!workplace || fs.isReadOnly) throw fail(EROFS, 'overlay without an upper layer');
    const source = this.place;
    if (!parent || this.isRemoved) throw fail(EROFS, 'a lower file without a name');
    const directory = parent.ensureUpper();
    this.upper = copyUp(source, directory, this.name, size, workplace, fs.layers);
    this.replaced(source.inode);
    return this.upper;
  }

  /** It has another file of the layers from now on: what was mapped of the former is mapped anew, private copies stay. */
  private replaced(former: Inode): void {
    const { pages } = former;
    const mapper = pages?.mapper;
    if (pages && mapper && this.real.pages) {
      for (const index of pages.pages.keys()) mapper.pageReclaimed(index);
      this.real.pages.mapper = mapper;
      pages.mapper = undefined;
    }
    hold(this.real);
    drop(this.held);
    this.held = this.real;
    if (!this.isDirectory) this.lower = [];
    // A hard link that was broken is another file from now on.
    if (!this.isDirectory && former.nlink > 1) this.ino = this.fs.numberOf(this);
    this.fs.copiedUp(this, former);
  }

  lookup(name: string): Inode | undefined {
    if (!this.isDirectory) throw fail(ENOTDIR, 'overlay');
    const stack = this.isRemoved ? undefined : this.fs.layers.find(this, name);
    return stack && this.fs.inodeOf(stack, this, name);
  }

  create(name: string, mode: number, uid: number, gid: number): Inode {
    return names.make(this, name, { type: S_IFREG, mode, uid, gid, rdev: 0, target: '' });
  }

  mkdir(name: string, mode: number, uid: number, gid: number): Inode {
    return names.make(this, name, { type: S_IFDIR, mode, uid, gid, rdev: 0, target: '' });
  }

  mknod(name: string, mode: number, rdev: number, uid: number, gid: number): Inode {
    return names.make(this, name, { type: mode & S_IFMT, mode, uid, gid, rdev, target: '' });
  }

  symlink(name: string, target: string, uid: number, gid: number): Inode {
    return names.make(this, name, { type: S_IFLNK, mode: 0o777, uid, gid, rdev: 0, target });
  }

  link(name: string, target: Inode): void {
    names.link(this, name, overlayInode(target));
  }

  unlink(name: string): void {
    names.remove(this, name);
  }

  rmdir(name: string): void {
    names.remove(this, name);
  }

  rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    names.rename(this, oldName, overlayInode(newParent), newName, flags);
  }

  readlink(): string {
    return this.real.readlink();
  }

  readdir(from: number, limit: number): DirectoryEntry[] {
    if (!this.isDirectory) throw fail(ENOTDIR, 'overlay');
    if (this.isRemoved) return [];
    this.listed ??= new MergedNames(this);
    return this.listed.list(from, limit);
  }

  /** What is listed is told of names that come and go. */
  nameAdded(name: string): void {
    this.listed?.add(name);
  }

  nameRemoved(name: string): void {
    this.listed?.remove(name);
  }

  setAttributes(change: AttributeChange): void {
    const { size } = change;
    const upper = this.ensureUpper(size === undefined ? this.size : Math.min(size, this.size));
    upper.inode.setAttributes(change);
  }

  revalidate(): void {
    this.real.revalidate();
  }

  accessed(mount: Mount | undefined): void {
    if (this.upper) this.upper.inode.accessed?.(mount);
  }

  open(flags: number): File {
    switch (this.mode & S_IFMT) {
      case S_IFREG:
        if (isWritable(flags)) this.ensureUpper((flags & O_TRUNC) === 0 ? this.size : 0);
        return new OverlayFile(this, flags);
      case S_IFDIR:
        return new DirectoryFile(this, flags);
      case S_IFIFO:
        return openFifo(this, flags, this.fs.context.frames);
      case S_IFLNK:
        throw fail(ELOOP, 'open of a symbolic link');
      default:
        throw fail(ENXIO, 'special file');
    }
  }

  punchHole(first: number, end: number): void {
    this.ensureUpper().inode.punchHole?.(first, end);
  }

  /** Of the file that holds the content; none where that has none. */
  get fileExtents(): Inode['fileExtents'] {
    const { real } = this;
    return real.fileExtents && ((start, end) => real.fileExtents?.(start, end) ?? []);
  }

  get attributeExtents(): Inode['attributeExtents'] {
    const { real } = this;
    return real.attributeExtents && (() => real.attributeExtents?.() ?? []);
  }

  punchBehindEnd(): void {
    this.ensureUpper().inode.punchBehindEnd?.();
  }

  get hasNoZeroRange(): boolean {
    return this.real.hasNoZeroRange ?? false;
  }

  get hasNoPreallocation(): boolean {
    return this.real.hasNoPreallocation ?? false;
  }

  preallocate(start: number, end: number): boolean {
    return this.ensureUpper().inode.preallocate?.(start, end) ?? false;
  }

  sync(dataOnly: boolean): void {
    if (this.upper && !this.fs.settings.isVolatile) this.upper.inode.sync(dataOnly);
  }

  unused(): void {
    this.listed = undefined;
    if (this.cachedNames === 0) this.release();
  }

  uncached(): void {
    if (this.references === 0) this.release();
  }

  evict(): void {
    this.release();
  }

  /** The layers' file is theirs again; who looks for the name finds it anew. The root stays. */
  private release(): void {
    if (this.isReleased || this === this.fs.root) return;
    this.isReleased = true;
    this.fs.forget(this);
    drop(this.held);
  }

  /** The overlay is unmounted. */
  letGo(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    drop(this.held);
  }
}

function overlayInode(inode: Inode): OverlayInode {
  return inode instanceof OverlayInode ? inode : panic('inode of another file system');
}
