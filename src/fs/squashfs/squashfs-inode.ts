/** A file of a squashfs. Nothing of it changes. Linux: fs/squashfs/{dir,file,symlink,xattr}.c. */
import { direntType } from '../../abi/dirent.ts';
import { EIO, EROFS, fail } from '../../abi/errno.ts';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../abi/stat.ts';
import { fromBytes } from '../../lib/bytes.ts';
import { BaseInode } from '../base-inode.ts';
import type { File } from '../file.ts';
import type { DirectoryEntry, ExtendedAttributes, Inode } from '../inode.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { openFifo } from '../pipe-file.ts';
import type { DiskInode } from './disk-inode.ts';
import type { Squashfs } from './squashfs.ts';
import { type Cursor, viewOf } from './storage.ts';
import { NONE } from './superblock.ts';

/** The size of a listing counts three bytes more, which stand for "." and "..". */
const IMPLIED_BYTES = 3;
const HEADER_BYTES = 12;
const ENTRY_BYTES = 8;
const MAX_IN_HEADER = 256;
/** By the kind of a directory entry. */
const KINDS = [0, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK];

interface Listed {
  readonly name: string;
  readonly ino: number;
  readonly mode: number;
  readonly block: number;
  readonly offset: number;
}

export class SquashfsInode extends BaseInode implements PageOwner {
  readonly fs: Squashfs;
  readonly isStored = true;
  readonly xattrs?: ExtendedAttributes;
  private readonly disk: DiskInode;
  /** Of a directory, once a name was looked up. */
  private names: Map<string, Listed> | undefined;

  constructor(fs: Squashfs, disk: DiskInode) {
    super(disk.ino, disk.mode);
    this.fs = fs;
    this.disk = disk;
    this.uid = fs.id(disk.user);
    this.gid = fs.id(disk.group);
    this.nlink = disk.links;
    this.size = disk.size;
    this.rdev = disk.rdev ?? 0;
    this.blocks = Math.ceil(disk.size / 512);
    const time = { seconds: disk.modified, nanoseconds: 0 };
    this.atime = time;
    this.mtime = time;
    this.ctime = time;
    if ((disk.mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
    if (disk.xattr !== NONE && fs.attributes !== undefined)
      this.xattrs = fs.attributes.of(disk.xattr);
  }

  private *entries(): Generator<Listed> {
    const { listing } = this.disk;
    if (listing === undefined) return;
    const { storage, superblock } = this.fs;
    const cursor: Cursor = {
      block: superblock.directories + listing.block,
      offset: listing.offset,
    };
    let left = this.size - IMPLIED_BYTES;
    while (left > 0) {
      const head = viewOf(storage.take(cursor, HEADER_BYTES));
      const count = head.getUint32(0, true) + 1;
      const block = head.getUint32(4, true);
      const base = head.getUint32(8, true);
      left -= HEADER_BYTES;
      if (count > MAX_IN_HEADER) throw fail(EIO, 'squashfs: directory');
      for (let i = 0; i < count; i++) {
        const entry = viewOf(storage.take(cursor, ENTRY_BYTES));
        const length = entry.getUint16(6, true) + 1;
        const mode = KINDS[entry.getUint16(4, true)] ?? 0;
        left -= ENTRY_BYTES + length;
        if (length > 256 || mode === 0 || left < 0) throw fail(EIO, 'squashfs: directory entry');
        const name = fromBytes(storage.take(cursor, length), 0, length);
        const ino = base + entry.getInt16(2, true);
        yield { name, ino, mode, block, offset: entry.getUint16(0, true) };
      }
    }
  }

  override lookup(name: string): Inode | undefined {
    if (!this.isDirectory) return super.lookup(name);
    this.names ??= new Map([...this.entries()].map((entry) => [entry.name, entry]));
    const found = this.names.get(name);
    return found && this.fs.inodeAt(found.block, found.offset);
  }

  /** What can be read again. */
  dropNames(): void {
    this.names = undefined;
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const { listing } = this.disk;
    if (listing === undefined) return super.readdir(from, limit);
    const parent = this === this.fs.root ? this.ino : listing.parent;
    const dots = [
      { name: '.', ino: this.ino, mode: S_IFDIR },
      { name: '..', ino: parent, mode: S_IFDIR },
    ];
    const listed: DirectoryEntry[] = [];
    let position = 0;
    const add = ({ name, ino, mode }: { name: string; ino: number; mode: number }): boolean => {
      if (position++ >= from) listed.push({ name, ino, type: direntType(mode), next: position });
      return listed.length < limit;
    };
    for (const entry of dots) if (!add(entry)) return listed;
    for (const entry of this.entries()) if (!add(entry)) return listed;
    return listed;
  }

  override readlink(): string {
    return this.disk.target ?? super.readlink();
  }

  override setAttributes(): void {
    throw fail(EROFS, 'squashfs');
  }

  override open(flags: number): File {
    return (this.mode & S_IFMT) === S_IFIFO
      ? openFifo(this, flags, this.fs.context.frames)
      : super.open(flags);
  }

  uncached(): void {
    if (this.references === 0) this.fs.forget(this);
  }

  unused(): void {
    if ((this.cachedNames ?? 0) === 0) this.fs.forget(this);
  }

  /** The block of the file that has page `index`: its number. */
  private blockOf(index: number): number {
    return Math.floor((index * PAGE_SIZE) / this.fs.superblock.blockBytes);
  }

  isHole(index: number): boolean {
    return this.disk.content?.sizes[this.blockOf(index)] === 0;
  }

  nextStored(index: number): number | undefined {
    const end = Math.ceil(this.size / PAGE_SIZE);
    for (let at = index; at < end; at++) if (!this.isHole(at)) return at;
    return undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    const { blockBytes } = this.fs.superblock;
    const pagesInBlock = blockBytes / PAGE_SIZE;
    for (const [i, frame] of frames.entries()) {
      const index = first + i;
      const within = (index % pagesInBlock) * PAGE_SIZE;
      const left = this.size - index * PAGE_SIZE;
      const content = this.contentOf(this.blockOf(index)).subarray(within, within + PAGE_SIZE);
      this.fs.context.frames.bytes(frame).set(content.subarray(0, Math.min(PAGE_SIZE, left)));
    }
  }

  /** What block `number` holds; of a hole nothing. */
  private contentOf(number: number): Uint8Array {
    const { content } = this.disk;
    const { storage } = this.fs;
    if (content === undefined) throw fail(EIO, 'squashfs: no content');
    const { sizes, fragment, fragmentOffset } = content;
    if (number >= sizes.length) {
      const place = this.fs.fragment(fragment);
      const { blockBytes } = this.fs.superblock;
      const end = fragmentOffset + this.size - number * blockBytes;
      return storage.dataAt(place.start, place.size).subarray(fragmentOffset, end);
    }
    const size = sizes[number] as number;
    return size === 0 ? new Uint8Array() : storage.dataAt(this.placeOf(number), size);
  }

  private placeOf(number: number): number {
    const { content } = this.disk;
    let place = content?.start ?? 0;
    for (let i = 0; i < number; i++) place += (content?.sizes[i] as number) & 0xff_ffff;
    return place;
  }

  reservePage(): void {
    throw fail(EROFS, 'squashfs');
  }

  writePages(): void {
    throw fail(EROFS, 'squashfs');
  }

  dropPages(): void {
    return;
  }

  contentChanged(): void {
    return;
  }
}
