/** The names of a directory of an overlay, of all layers, with stable positions for getdents64. Linux: fs/overlayfs/readdir.c. */
import { direntType } from '../../abi/dirent.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import type { Dentry } from '../dentry.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { OverlayInode } from './overlay-inode.ts';

/** Positions 0 and 1 are "." and "..". */
const FIRST_POSITION = 2;
const ENTRIES_AT_A_TIME = 256;

export class MergedNames {
  private readonly directory: OverlayInode;
  /** Grows with each name ever added: a reader that resumes sees no name twice and misses none that stayed. */
  private readonly positions = new Map<string, number>();
  private nextPosition = FIRST_POSITION;

  constructor(directory: OverlayInode) {
    this.directory = directory;
    const { upper, lower } = directory;
    if (upper) this.collect(upper);
    for (const { place } of lower) this.collect(place);
  }

  private collect({ inode }: Dentry): void {
    for (let from = 0; ; ) {
      const entries = inode.readdir(from, ENTRIES_AT_A_TIME);
      for (const { name, next } of entries) {
        from = next;
        if (name !== '.' && name !== '..') this.add(name);
      }
      if (entries.length === 0) return;
    }
  }

  add(name: string): void {
    if (!this.positions.has(name)) this.positions.set(name, this.nextPosition++);
  }

  remove(name: string): void {
    this.positions.delete(name);
  }

  list(from: number, limit: number): DirectoryEntry[] {
    const { directory } = this;
    const listed: DirectoryEntry[] = [];
    const type = direntType(S_IFDIR);
    if (from <= 0 && limit > 0) listed.push({ name: '.', ino: directory.ino, type, next: 1 });
    if (from <= 1 && listed.length < limit) {
      const { ino } = directory.parent ?? directory;
      listed.push({ name: '..', ino, type, next: FIRST_POSITION });
    }
    for (const [name, position] of this.positions) {
      if (listed.length >= limit) break;
      if (position < from) continue;
      // Whiteouts, and what they hide, are no names.
      const stack = directory.fs.layers.find(directory, name);
      if (stack === undefined) continue;
      const { ino, mode } = directory.fs.glance(stack);
      listed.push({ name, ino, type: direntType(mode), next: position + 1 });
    }
    return listed;
  }
}
