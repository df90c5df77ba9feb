/** The inodes of procfs: directories of rows, files whose text is made when they are read, links. */
import { direntType } from '../../abi/dirent.ts';
import { EACCES, EINVAL, ENOENT, fail } from '../../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import { BaseInode } from '../../fs/base-inode.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import type { AttributeChange, DirectoryEntry, Inode } from '../../fs/inode.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { KernelFile } from '../kernel-file.ts';
import type { ViewFileSystem } from './view-file-system.ts';

/** Longest write to a file of procfs. */
const MAX_WRITE = 4096;

/** The owner of a per-process entry, asked at each lookup. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * What it does is functions, which are no state: they come from the row that it was made from, or its directory's. After a
 * restored snapshot they are missing, and are taken from an inode that its directory makes anew.
 */
export abstract class ProcInode extends BaseInode {
  readonly fs: ViewFileSystem;
  /** Who handed it out, and as what. */
  private directory: ProcDirectory | undefined = undefined;
  private entry = '';

  constructor(fs: ViewFileSystem, mode: number) {
    super(fs.allocateIno(), mode);
    this.fs = fs;
    this.atime = this.mtime = this.ctime = fs.kernel.clock.realtime();
  }

  /** Attributes belong to the kernel; times may be set and are forgotten. */
  override setAttributes(change: AttributeChange): void {
    const isRefused =
      change.mode !== undefined || change.uid !== undefined || change.gid !== undefined;
    if (isRefused) throw fail(EACCES, 'attributes of procfs are fixed');
  }

  setOwner(owner: Owner): void {
    this.uid = owner.uid;
    this.gid = owner.gid;
  }

  handedOut(directory: ProcDirectory, entry: string): void {
    this.directory = directory;
    this.entry = entry;
  }

  /** One like this, from which it takes what was not saved. Throws ENOENT: what it was about is gone. */
  protected twin(): ProcInode {
    const { directory, entry } = this;
    const inode = directory?.isCurrent(entry, this)
      ? this.fs.unnumbered(() => directory.make(entry))
      : undefined;
    if (!inode) throw fail(ENOENT, `${this.entry} is gone`);
    return inode;
  }

  /** As twin, of the same class. */
  protected twinOf<T extends ProcInode>(kind: abstract new (...args: never[]) => T): T {
    const inode = this.twin();
    if (inode instanceof kind) return inode;
    throw fail(ENOENT, `${this.entry} is something else now`);
  }

  /** Inodes of procfs are not stored: nothing goes with the last user. */
  override evict(): void {
    return;
  }
}

/** A file's content. The text is made anew when a reader is at its start. */
export interface Content {
  show(): string;
  /** Whether it may be opened. Throws EACCES. */
  check?(): void;
  /** Take one write(2); undefined where the file cannot be written. */
  store?(text: string): void;
}

export class ProcTextInode extends ProcInode {
  /** Not saved. */
  private ownContent: Content | undefined;

  constructor(fs: ViewFileSystem, permissions: number, content: Content) {
    super(fs, S_IFREG | permissions);
    this.ownContent = content;
  }

  get content(): Content {
    return (this.ownContent ??= this.twinOf(ProcTextInode).content);
  }

  override open(flags: number): File {
    this.content.check?.();
    return new ProcTextFile(this, flags);
  }
}

export class ProcTextFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly isStream = false;
  private readonly source: ProcTextInode;
  private text: Uint8Array | undefined;

  constructor(inode: ProcTextInode, flags: number) {
    super(inode, flags);
    this.source = inode;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    if (offset === 0 || !this.text) this.text = toBytes(this.source.content.show());
    const part = this.text.subarray(offset, offset + buffer.length);
    if (part.length > 0) buffer.copyIn(part, 0);
    return part.length;
  }

  override write(buffer: IoBuffer): number {
    const { content } = this.source;
    if (!content.store) throw fail(EINVAL, 'not writable');
    const bytes = new Uint8Array(Math.min(buffer.length, MAX_WRITE));
    buffer.copyOut(bytes, 0);
    content.store(fromBytes(bytes));
    return bytes.length;
  }
}

/** A file with reads and polls of its own. */
export class ProcSpecialInode extends ProcInode {
  /** Not saved. */
  private openFile: ((inode: Inode, flags: number) => File) | undefined;

  constructor(
    fs: ViewFileSystem,
    permissions: number,
    openFile: (inode: Inode, flags: number) => File,
  ) {
    super(fs, S_IFREG | permissions);
    this.openFile = openFile;
  }

  private get opener(): (inode: Inode, flags: number) => File {
    return (this.openFile ??= this.twinOf(ProcSpecialInode).opener);
  }

  override open(flags: number): File {
    return this.opener(this, flags);
  }
}

/** A link whose target is text, such as `self`. */
export class ProcLinkInode extends ProcInode {
  /** Not saved. */
  private target: (() => string) | undefined;

  constructor(fs: ViewFileSystem, target: () => string) {
    super(fs, S_IFLNK | 0o777);
    this.target = target;
  }

  override readlink(): string {
    return this.target ? this.target() : this.twinOf(ProcLinkInode).readlink();
  }
}

/** A link that leads to the thing itself, whatever its path says: exe, cwd, root, fd/N. */
export class ProcMagicLinkInode extends ProcInode {
  /** Not saved, both. */
  private describeTarget: (() => string) | undefined;
  private place: (() => Dentry) | undefined;

  constructor(
    fs: ViewFileSystem,
    permissions: number,
    describeTarget: () => string,
    place: () => Dentry,
  ) {
    super(fs, S_IFLNK | permissions);
    this.size = 64;
    this.describeTarget = describeTarget;
    this.place = place;
  }

  override readlink(): string {
    return this.describeTarget ? this.describeTarget() : this.twinOf(ProcMagicLinkInode).readlink();
  }

  followLink(): Dentry {
    return this.place ? this.place() : this.twinOf(ProcMagicLinkInode).followLink();
  }
}

/** A directory whose entries are looked up and listed by the subclass. */
export abstract class ProcDirectory extends ProcInode {
  /** Inodes that were handed out, so that a name stays the same object while it exists. */
  private readonly known = new Map<string, ProcInode>();

  constructor(fs: ViewFileSystem, permissions = 0o555) {
    super(fs, S_IFDIR | permissions);
    this.nlink = 2;
  }

  /** The name stands for nothing any more: says whether its inode was handed out. */
  forget(name: string): boolean {
    return this.known.delete(name);
  }

  /** Names that exist now, in listing order, without dot and dot-dot. */
  abstract names(): string[];

  /** A new inode for a name, undefined if it does not exist. */
  abstract make(name: string): ProcInode | undefined;

  /** Whether an inode that was handed out before still stands for the name. */
  isCurrent(_name: string, _inode: ProcInode): boolean {
    return true;
  }

  /** Who owns the entries; undefined for root. */
  protected ownerOf(_name: string): Owner | undefined {
    return undefined;
  }

  override lookup(name: string): ProcInode | undefined {
    let inode = this.known.get(name);
    if (inode && !this.isCurrent(name, inode)) {
      this.known.delete(name);
      inode = undefined;
    }
    if (!inode) {
      inode = this.make(name);
      if (!inode) return undefined;
      inode.handedOut(this, name);
      this.known.set(name, inode);
    }
    const owner = this.ownerOf(name);
    if (owner) inode.setOwner(owner);
    return inode;
  }

  /**
   * Where a name is listed, counted from 0: increasing in the order of names(). Where names come and go, one that stays must stay where it is, or
   * who closes descriptors while it lists them misses some. Linux: proc_readfd_common, proc_pid_readdir.
   */
  protected positionOf(_name: string, index: number): number {
    return index;
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    const type = direntType(this.mode);
    if (from < 1) entries.push({ name: '.', ino: this.ino, type, next: 1 });
    if (from < 2) entries.push({ name: '..', ino: this.ino, type, next: 2 });
    const names = this.names();
    for (let index = 0; index < names.length && entries.length < limit; index++) {
      const name = names[index] as string;
      const at = this.positionOf(name, index) + 2;
      if (at < from) continue;
      const inode = this.lookup(name);
      if (inode) entries.push({ name, ino: inode.ino, type: direntType(inode.mode), next: at + 1 });
    }
    return entries;
  }
}
