/** The names of a tmpfs directory, with stable positions for getdents64. */
import { direntType } from '../../abi/dirent.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { TmpfsInode } from './tmpfs-inode.ts';

/** Bytes that an entry adds to a directory's st_size: Linux's BOGO_DIRENT_SIZE. */
const ENTRY_BYTES = 20;
/** Positions 0 and 1 are "." and "..". */
const FIRST_POSITION = 2;

interface Entry {
  inode: TmpfsInode;
  /** Grows with each name ever added: a reader that resumes sees no name twice and misses none that stayed. */
  readonly position: number;
}

export class TmpfsDirectory {
  private readonly self: TmpfsInode;
  private parent: TmpfsInode;
  /** In order of position. */
  private readonly entries = new Map<string, Entry>();
  private nextPosition = FIRST_POSITION;

  constructor(self: TmpfsInode) {
    this.self = self;
    this.parent = self;
  }

  setParent(parent: TmpfsInode): void {
    this.parent = parent;
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  find(name: string): TmpfsInode | undefined {
    return this.entries.get(name)?.inode;
  }

  *inodes(): Generator<TmpfsInode> {
    for (const { inode } of this.entries.values()) yield inode;
  }

  add(name: string, inode: TmpfsInode): void {
    this.entries.set(name, { inode, position: this.nextPosition++ });
    this.changed();
  }

  remove(name: string): void {
    this.entries.delete(name);
    this.changed();
  }

  /** RENAME_EXCHANGE: the name stays, and stands for another inode. */
  replace(name: string, inode: TmpfsInode): void {
    const entry = this.entries.get(name);
    if (entry !== undefined) entry.inode = inode;
    this.changed();
  }

  list(from: number, limit: number): DirectoryEntry[] {
    const { self, parent } = this;
    const listed: DirectoryEntry[] = [];
    if (self.nlink === 0) return listed;
    if (from <= 0 && limit > 0) listed.push(entryOf('.', self, 1));
    if (from <= 1 && listed.length < limit) listed.push(entryOf('..', parent, FIRST_POSITION));
    for (const [name, { inode, position }] of this.entries) {
      if (listed.length >= limit) break;
      if (position >= from) listed.push(entryOf(name, inode, position + 1));
    }
    return listed;
  }

  private changed(): void {
    const now = this.self.fs.context.now();
    this.self.mtime = now;
    this.self.ctime = now;
    this.self.size = this.entries.size * ENTRY_BYTES;
  }
}

function entryOf(name: string, inode: TmpfsInode, next: number): DirectoryEntry {
  return { name, ino: inode.ino, type: direntType(inode.mode), next };
}
