/** Looking names up through the dentry cache, and keeping it true when names change. Linux: fs/dcache.c. */
import { type Dentry, NameNode } from './dentry.ts';
import type { Inode } from './inode.ts';

/** Children kept per directory before those that nobody uses are dropped. */
const MAX_CHILDREN = 4096;

/**
 * The child `name` of a directory ("." and ".." are the path walker's), or undefined. File systems that do not declare
 * `cachesNames` (remote ones, views of kernel state) are asked every time; a place stays the same object as long as they
 * answer with the same inode.
 */
export function lookup(directory: Dentry, name: string): Dentry | undefined {
  return lookupNode(directory.node, directory.inode, name)?.within(directory.mount);
}

function lookupNode(parent: NameNode, directory: Inode, name: string): NameNode | undefined {
  const cached = parent.children?.get(name);
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
export function attach(parent: NameNode, name: string, inode: Inode | undefined): NameNode {
  parent.children ??= new Map();
  const negative = parent.children.get(name);
  if (negative !== undefined && negative.inode === undefined) {
    negative.inode = inode;
    return negative;
  }
  if (parent.children.size >= MAX_CHILDREN) dropUnused(parent.children);
  const node = new NameNode(parent, name, inode);
  parent.children.set(name, node);
  return node;
}

/** The name was removed; its node lives on for those who hold it. */
export function detach(node: NameNode): void {
  if (node.isDeleted) return;
  node.isDeleted = true;
  if (node.parent?.children?.get(node.name) === node) node.parent.children.delete(node.name);
}

/** The name of `node` is now `name` in `parent`; what was cached under that name is detached. */
export function move(node: NameNode, parent: NameNode, name: string): void {
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

/** Directories may be somebody's cwd and open inodes somebody's file: only the rest can be forgotten. */
function dropUnused(children: Map<string, NameNode>): void {
  for (const [name, node] of children) {
    const { inode } = node;
    const isUnused =
      node.children === undefined && (inode === undefined || isIdle(inode)) && !node.isMountPoint;
    if (isUnused) children.delete(name);
  }
}

function isIdle(inode: Inode): boolean {
  return (
    inode.references === 0 && inode.locks === undefined && (inode.mode & 0o170000) !== 0o040000
  );
}
