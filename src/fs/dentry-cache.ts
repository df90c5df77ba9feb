/** Looking names up through the dentry cache, and keeping it true when names change. Linux: fs/dcache.c. */
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { type Dentry, NameNode } from './dentry.ts';
import type { Inode } from './inode.ts';

/**
 * After so many new nodes in a file system's tree those that nobody uses are dropped. What one system call walks through
 * is less, so that a trimming spares what it is about: nodes that were looked up since the last trimming stay.
 */
const TRIM_INTERVAL = 16384;

/**
 * The child `name` of a directory ("." and ".." are the path walker's), or undefined. File systems that do not declare
 * `cachesNames` (remote ones, views of kernel state) are asked every time; a place stays the same object as long as they
 * answer with the same inode.
 */
export function lookup(directory: Dentry, name: string): Dentry | undefined {
  return lookupNode(directory.node, directory.inode, name)?.within(directory.mount);
}

function lookupNode(parent: NameNode, directory: Inode, as: string): NameNode | undefined {
  const name = directory.fs.spelling?.(directory, as) ?? as;
  const cached = parent.children?.get(name);
  if (cached !== undefined) cached.isRecent = true;
  if (cached !== undefined && directory.fs.cachesNames) return cached.inode && cached;
  if (parent.isDeleted) return undefined;
  const inode = directory.lookup(name);
  if (cached !== undefined) {
    if (cached.inode === inode || cached.isMountPoint) return cached;
    detach(cached);
  }
  if (inode === undefined && !directory.fs.cachesNames) return undefined;
  const node = attach(parent, name, inode);
  return inode && node;
}

/** Enter a name that came into being (or, without inode, is known to be absent). */
export function attach(parent: NameNode, as: string, inode: Inode | undefined): NameNode {
  const name = spelled(parent, as);
  const negative = parent.children?.get(name);
  if (negative !== undefined && negative.inode === undefined) {
    setInode(negative, inode);
    return negative;
  }
  // Trims now and then, which may take away the parent's map of children.
  countNode(parent);
  const node = new NameNode(parent, name, undefined);
  setInode(node, inode);
  parent.children ??= new Map();
  parent.children.set(name, node);
  return node;
}

function spelled({ inode }: NameNode, name: string): string {
  return inode?.fs.spelling?.(inode, name) ?? name;
}

/** The name was removed; its node lives on for those who hold it. */
export function detach(node: NameNode): void {
  if (node.isDeleted) return;
  node.isDeleted = true;
  unsetInode(node);
  if (node.parent?.children?.get(node.name) === node) node.parent.children.delete(node.name);
}

/** The name of `node` is now `name` in `parent`; what was cached under that name is detached. */
export function move(node: NameNode, parent: NameNode, as: string): void {
  const name = spelled(parent, as);
  const replaced = parent.children?.get(name);
  if (replaced !== undefined && replaced !== node) detach(replaced);
  if (node.parent?.children?.get(node.name) === node) node.parent.children.delete(node.name);
  node.parent = parent;
  node.name = name;
  parent.children ??= new Map();
  parent.children.set(name, node);
}

/** Both names stay, and change what they stand for. */
export function exchange(a: NameNode, b: NameNode): void {
  const { parent, name } = a;
  if (parent === undefined || b.parent === undefined) return;
  a.parent = b.parent;
  a.name = b.name;
  b.parent = parent;
  b.name = name;
  a.parent.children?.set(a.name, a);
  parent.children?.set(name, b);
}

function setInode(node: NameNode, inode: Inode | undefined): void {
  node.inode = inode;
  if (inode !== undefined) inode.cachedNames = (inode.cachedNames ?? 0) + 1;
}

/** `node` is no longer found by looking names up; its inode may have been kept for that only. */
function unsetInode({ inode }: NameNode): void {
  if (inode === undefined) return;
  inode.cachedNames = (inode.cachedNames ?? 1) - 1;
  if (inode.cachedNames === 0) inode.uncached?.();
}

function countNode(parent: NameNode): void {
  let root = parent;
  while (root.parent !== undefined) root = root.parent;
  root.madeBelow++;
  if (root.madeBelow < TRIM_INTERVAL) return;
  root.madeBelow = 0;
  trim(root);
}

/** Drop the nodes below `node` that nobody uses and that were not looked up since the last time. */
export function trim(node: NameNode): void {
  const { children } = node;
  if (children === undefined) return;
  for (const [name, child] of children) {
    trim(child);
    if (!child.isRecent && !isBusy(child)) {
      children.delete(name);
      unsetInode(child);
    }
    child.isRecent = false;
  }
  if (children.size === 0) node.children = undefined;
}

/** Of a tree of names. */
export interface NameCounts {
  all: number;
  /** Could be forgotten; of them those that are known to be absent. */
  unused: number;
  negative: number;
}

/** Add the node, and all below. */
export function countNames(node: NameNode, counts: NameCounts): void {
  counts.all++;
  if (!isBusy(node)) counts.unused++;
  if (node.inode === undefined) counts.negative++;
  for (const child of node.children?.values() ?? []) countNames(child, counts);
}

/** Directories may be somebody's cwd and open inodes somebody's file: only the rest can be forgotten. */
function isBusy(node: NameNode): boolean {
  const { inode } = node;
  if (node.children !== undefined || node.isMountPoint) return true;
  if (inode === undefined) return false;
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  return isDirectory || inode.references > 0 || inode.pipe !== undefined;
}
