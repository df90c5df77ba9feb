/**
 * The names in memory of all file systems together, and the inodes that are kept for them: how many there are, who pays for them, and how
 * they become fewer. Linux: the counters and the shrinker of fs/dcache.c, prune_icache_sb of fs/inode.c.
 */
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { NameNode } from './dentry.ts';
import type { Inode } from './inode.ts';
import { evictWatches, isHeld } from './references.ts';

/**
 * After so many new nodes those that nobody uses are dropped. What one system call walks through
 * is less, so that a trimming spares what it is about: nodes that were looked up since the last trimming stay.
 */
const TRIM_INTERVAL = 16384;

/** More objects than this are paid for and not there: some of it is given back. */
const SPARE = 256;

/** Who takes frames for names and inodes: kernel/mm/name-slab.ts. */
export interface NamePayer {
  /** There are more than were paid for, or far fewer. Sets what is paid for. */
  pay(cache: NameCache): void;
}

export class NameCache {
  /** Names, and inodes that go with their last name. */
  names = 0;
  inodes = 0;
  /** As many are paid for. */
  paidNames = Number.POSITIVE_INFINITY;
  paidInodes = Number.POSITIVE_INFINITY;
  private payer: NamePayer | undefined = undefined;
  /** Objects that were looked at to forget some: slabs_scanned; pages of files that went with their inodes: pginodesteal. */
  scanned = 0;
  pagesStolen = 0;
  /** Times that names lost the mark of having been looked up. */
  agings = 0;
  private readonly roots = new Set<NameNode>();
  /** Nodes that were made since the last trimming. */
  private made = 0;

  /** From now on he pays. */
  chargeTo(payer: NamePayer): void {
    this.payer = payer;
    payer.pay(this);
  }

  /** The root of a file system's names. */
  plant(inode: Inode | undefined): NameNode {
    const root = new NameNode(undefined, '/', inode);
    root.cache = this;
    this.roots.add(root);
    this.names++;
    return root;
  }

  /** The file system is gone: nobody looks for its names any more. */
  uproot(root: NameNode): void {
    this.roots.delete(root);
    const inodes = new Set<Inode>();
    this.leave(root, inodes);
    this.inodes -= inodes.size;
    this.settle();
  }

  /** An inode counts once, whatever names it has. */
  private leave(node: NameNode, inodes: Set<Inode>): void {
    for (const child of node.children?.values() ?? []) this.leave(child, inodes);
    this.names--;
    if (node.inode !== undefined && isCounted(node.inode)) inodes.add(node.inode);
    node.cache = undefined;
  }

  /** In front of the making of a node: may forget others, their parents' maps of children included. */
  addName(): void {
    this.names++;
    this.made++;
    if (this.made >= TRIM_INTERVAL) {
      this.made = 0;
      this.prune(Number.POSITIVE_INFINITY, true);
    }
    if (this.names > this.paidNames || this.inodes > this.paidInodes) this.payer?.pay(this);
  }

  removeName(): void {
    this.names--;
    this.settle();
  }

  private settle(): void {
    if (this.names + SPARE < this.paidNames || this.inodes + SPARE < this.paidInodes)
      this.payer?.pay(this);
  }

  /** It has its first name in the cache. */
  addInode(inode: Inode): void {
    if (inode.uncached !== undefined) this.inodes++;
  }

  /** It had its last one. */
  removeInode(inode: Inode): void {
    if (inode.uncached !== undefined) this.inodes--;
  }

  /**
   * Forget up to `count` names that nobody uses, absent ones too, and the inodes behind; returns how many. Those that were looked up since
   * the last aging stay; with `ages` they are spared no more.
   */
  prune(count: number, ages: boolean): number {
    const search = { left: count, ages };
    if (ages) this.agings++;
    for (const root of this.roots) this.pruneBelow(root, search);
    return count === Number.POSITIVE_INFINITY ? 0 : count - search.left;
  }

  private pruneBelow(node: NameNode, search: { left: number; readonly ages: boolean }): void {
    const { children } = node;
    if (children === undefined) return;
    for (const [name, child] of children) {
      if (search.left <= 0) break;
      this.pruneBelow(child, search);
      this.scanned++;
      if (!child.isRecent && !isBusy(child)) {
        children.delete(name);
        this.forget(child);
        search.left--;
      } else if (!child.isRecent && isIdleDirectory(child)) evictWatchesOf(child);
      if (search.ages) child.isRecent = false;
    }
    if (children.size === 0) node.children = undefined;
  }

  private forget(child: NameNode): void {
    this.pagesStolen += child.inode?.pages?.pages.size ?? 0;
    evictWatchesOf(child);
    unsetInode(child);
    this.removeName();
  }

  /** All names, those that could be forgotten, and those that are known to be absent. */
  count(): NameCounts {
    const counts = { all: 0, unused: 0, negative: 0 };
    for (const root of this.roots) countNames(root, counts);
    return counts;
  }
}

export interface NameCounts {
  all: number;
  unused: number;
  negative: number;
}

/** Add the node, and all below. */
function countNames(node: NameNode, counts: NameCounts): void {
  counts.all++;
  if (!isBusy(node)) counts.unused++;
  if (node.inode === undefined) counts.negative++;
  for (const child of node.children?.values() ?? []) countNames(child, counts);
}

function isCounted({ uncached, cachedNames = 0 }: Inode): boolean {
  return uncached !== undefined && cachedNames > 0;
}

/** `node` stands for the inode from here on; undefined: it is known to be absent. */
export function setInode(node: NameNode, inode: Inode | undefined): void {
  node.inode = inode;
  if (inode === undefined) return;
  inode.cachedNames = (inode.cachedNames ?? 0) + 1;
  if (inode.cachedNames === 1) node.cache?.addInode(inode);
}

/** `node` is no longer found by looking names up; its inode may have been kept for that only. */
export function unsetInode({ inode, cache }: NameNode): void {
  if (inode === undefined) return;
  inode.cachedNames = (inode.cachedNames ?? 1) - 1;
  if (inode.cachedNames > 0) return;
  cache?.removeInode(inode);
  inode.uncached?.();
}

/** Directories may be somebody's cwd and open inodes somebody's file, what is dirty must be stored: only the rest can be forgotten. */
function isBusy(node: NameNode): boolean {
  const { inode } = node;
  if (node.children !== undefined || node.isMountPoint) return true;
  if (inode === undefined) return false;
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  return isDirectory || isHeld(inode) || inode.pipe !== undefined || isDirty(inode);
}

/** It stays, as somebody's cwd; what Linux would forget with it goes. */
function isIdleDirectory({ inode, children, isMountPoint }: NameNode): boolean {
  if (inode?.watches === undefined || children !== undefined || isMountPoint) return false;
  return (inode.mode & S_IFMT) === S_IFDIR && !isHeld(inode);
}

/** With the last name of an inode that can be loaded anew. */
function evictWatchesOf({ inode }: NameNode): void {
  if (inode?.uncached !== undefined && inode.cachedNames === 1) evictWatches(inode);
}

function isDirty({ pages }: Inode): boolean {
  return pages?.owner.isStored === true && pages.dirty.size > 0;
}
