/** A name in a directory, resolved: the nodes of the dentry cache. Linux: struct dentry with its vfsmount. */
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';

/** A place in the tree: immutable but for renames. The root of a mount has no parent of its own. */
export interface Dentry {
  readonly mount: Mount;
  /** Within the mount; undefined for the mount's root. Renames change it. */
  parent: Dentry | undefined;
  name: string;
  readonly inode: Inode;
  /** The name was removed: paths show " (deleted)". */
  isDeleted: boolean;
}
