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

/**
 * Where reading has stopped: without it each part of a large directory's would go through all that come before. An iterator of a Map goes on
 * behind what was added and removed since. It is not state of the machine: who reads from elsewhere begins anew.
 */
interface Reader {
  readonly from: number;
  readonly entries: MapIterator<[string, Entry]>;
}
const READERS = new WeakMap<TmpfsDirectory, Reader>();

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
    const entries = this.entriesFrom(from);
    // One that has come to its end would not see what is added.
    READERS.delete(this);
    while (listed.length < limit) {
      const next = entries.next();
      if (next.done) return listed;
      const [name, { inode, position }] = next.value;
      if (position >= from) listed.push(entryOf(name, inode, position + 1));
    }
    READERS.set(this, { from: listed.at(-1)?.next ?? from, entries });
    return listed;
  }

  /** Where the last reader stopped, if that is there; else the first ones may be of before. */
  private entriesFrom(from: number): MapIterator<[string, Entry]> {
    const reader = READERS.get(this);
    return reader?.from === from && from > FIRST_POSITION ? reader.entries : this.entries.entries();
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
