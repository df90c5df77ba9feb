/**
 * Inodes that a crash must not leak: without a name but in use, or being truncated. On disk a list: s_last_orphan is the number
 * of the first, i_dtime of each that of the next. Kept with a journal only. Linux: fs/ext4/orphan.c.
 */
import { corrupted } from './corruption.ts';
import type { Ext4 } from './ext4.ts';
import type { StoredInode } from './stored-inode.ts';

/** The inodes on both sides in the list. */
export interface OrphanLinks {
  /** Nearer to the head; undefined for the first. */
  previous: StoredInode | undefined;
  next: StoredInode | undefined;
}

export class OrphanList {
  private readonly fs: Ext4;
  private head: StoredInode | undefined;

  constructor(fs: Ext4) {
    this.fs = fs;
  }

  add(inode: StoredInode): void {
    if (!this.fs.isJournaled || inode.orphan !== undefined) return;
    const next = this.head;
    inode.orphan = { previous: undefined, next };
    if (next?.orphan !== undefined) next.orphan.previous = inode;
    this.setHead(inode);
    inode.deletionTime = next?.ino ?? 0;
    inode.isDirty = true;
  }

  remove(inode: StoredInode): void {
    const { orphan } = inode;
    if (orphan === undefined) return;
    const { previous, next } = orphan;
    inode.orphan = undefined;
    inode.deletionTime = 0;
    inode.isDirty = true;
    if (next?.orphan !== undefined) next.orphan.previous = previous;
    if (previous?.orphan === undefined) {
      this.setHead(next);
      return;
    }
    previous.orphan.next = next;
    previous.deletionTime = next?.ino ?? 0;
    previous.isDirty = true;
  }

  private setHead(inode: StoredInode | undefined): void {
    this.head = inode;
    this.fs.superblock.fields.s_last_orphan = inode?.ino ?? 0;
    this.fs.superblockStore.isDirty = true;
  }

  /** After a crash: free those without a name, cut the others to their size. Throws EUCLEAN for a list that cannot be. */
  clean(): void {
    const { superblock, inodes } = this.fs;
    const found: StoredInode[] = [];
    const seen = new Set<number>();
    for (let ino = superblock.fields.s_last_orphan; ino !== 0; ) {
      if (seen.has(ino)) throw corrupted('orphan list');
      seen.add(ino);
      const inode = inodes.getOrphan(ino);
      found.push(inode);
      ino = inode.deletionTime;
    }
    for (const inode of found.toReversed()) this.add(inode);
    for (const inode of found) {
      if (inode.nlink === 0) inode.evict();
      else inode.releaseBehindEnd();
    }
  }
}
