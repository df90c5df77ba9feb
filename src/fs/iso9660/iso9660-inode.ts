/** A file of an ISO 9660 volume. Nothing of it changes. Linux: fs/isofs/{inode,dir,rock}.c. */
import { direntType } from '../../abi/dirent.ts';
import { EIO, EROFS, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { BaseInode } from '../base-inode.ts';
import type { File } from '../file.ts';
import type { DirectoryEntry, Inode, Timestamp } from '../inode.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { openFifo } from '../pipe-file.ts';
import type { Iso9660 } from './iso9660.ts';
import { readBytes } from './volume.ts';

/** A run of blocks that holds a part of a file. */
export interface Section {
  readonly extent: number;
  readonly size: number;
}

/** What a directory says of a file. */
export interface Iso9660File {
  readonly ino: number;
  readonly name: string;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly target: string | undefined;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
  readonly sections: readonly Section[];
}

export class Iso9660Inode extends BaseInode implements PageOwner {
  readonly fs: Iso9660;
  readonly isStored = true;
  readonly sections: readonly Section[];
  private readonly target: string | undefined;
  /** Of a directory, once a name was looked up. */
  private names: Map<string, Iso9660File> | undefined;

  constructor(fs: Iso9660, file: Iso9660File) {
    super(file.ino, file.mode);
    this.fs = fs;
    this.sections = file.sections;
    this.target = file.target;
    this.uid = file.uid;
    this.gid = file.gid;
    this.nlink = file.links;
    this.rdev = file.rdev;
    this.atime = file.atime;
    this.mtime = file.mtime;
    this.ctime = file.ctime;
    const bytes = file.sections.reduce((sum, { size }) => sum + size, 0);
    this.size = file.target?.length ?? bytes;
    this.blocks = Math.ceil(bytes / 512);
    if ((file.mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
  }

  override lookup(name: string): Inode | undefined {
    if (!this.isDirectory) return super.lookup(name);
    if (this.names === undefined) {
      this.names = new Map();
      for (const file of this.fs.filesIn(this.sections)) {
        if (file.name !== '.' && file.name !== '..') this.names.set(file.name, file);
      }
    }
    const found = this.names.get(name);
    return found && this.fs.inodeOf(found);
  }

  /** What can be read again. */
  dropNames(): void {
    this.names = undefined;
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    if (!this.isDirectory) return super.readdir(from, limit);
    const listed: DirectoryEntry[] = [];
    let position = 0;
    for (const { name, ino, mode } of this.fs.filesIn(this.sections)) {
      if (listed.length >= limit) break;
      if (position++ < from) continue;
      const type = direntType(name === '..' ? S_IFDIR : mode);
      listed.push({ name, ino: name === '.' ? this.ino : ino, type, next: position });
    }
    return listed;
  }

  override readlink(): string {
    return this.target ?? super.readlink();
  }

  override setAttributes(): void {
    throw fail(EROFS, 'iso9660');
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

  isHole(): boolean {
    return false;
  }

  nextStored(index: number): number | undefined {
    return index * PAGE_SIZE < this.size ? index : undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    const { frames: source } = this.fs.context;
    const start = first * PAGE_SIZE;
    const end = Math.min(this.size, start + frames.length * PAGE_SIZE);
    let at = 0;
    for (const { extent, size } of this.sections) {
      const from = Math.max(start, at);
      const to = Math.min(end, at + size);
      if (from < to) {
        const bytes = readBytes(this.fs.disk, extent * this.fs.blockBytes + from - at, to - from);
        for (let done = 0; done < bytes.length; ) {
          const position = from + done - start;
          const within = position % PAGE_SIZE;
          const frame = frames[(position - within) / PAGE_SIZE];
          if (frame === undefined) throw fail(EIO, 'iso9660: page beyond the request');
          const part = bytes.subarray(done, done + PAGE_SIZE - within);
          source.bytes(frame).set(part, within);
          done += part.length;
        }
      }
      at += size;
    }
  }

  reservePage(): void {
    throw fail(EROFS, 'iso9660');
  }

  writePages(): void {
    throw fail(EROFS, 'iso9660');
  }

  dropPages(): void {
    return;
  }

  contentChanged(): void {
    return;
  }
}
