/** Looking names up through the dentry cache, and keeping it true when names change. Linux: fs/dcache.c. */
import { ENAMETOOLONG, ENOENT, fail } from '../abi/errno.ts';
import { type Dentry, NameNode } from './dentry.ts';
import type { Inode } from './inode.ts';
import { setInode, unsetInode } from './name-cache.ts';

/** Bytes of a name, in any file system. */
const NAME_MAX = 255;

/**
 * The child `name` of a directory ("." and ".." are the path walker's), or undefined. File systems that do not declare
 * `cachesNames` (remote ones, views of kernel state) are asked every time; a place stays the same object as long as they
 * answer with the same inode. Throws ENAMETOOLONG, ENOENT where no names can be made.
 */
export function lookup(directory: Dentry, name: string): Dentry | undefined {
  return lookupNode(directory.node, directory.inode, name)?.within(directory.mount);
}

function lookupNode(parent: NameNode, directory: Inode, as: string): NameNode | undefined {
  const name = directory.fs.spelling?.(directory, as) ?? as;
  const cached = parent.children?.get(name);
  if (cached !== undefined) cached.isRecent = true;
  if (cached !== undefined && directory.fs.cachesNames) return cached.inode && cached;
  if (as.length > NAME_MAX) throw fail(ENAMETOOLONG, as);
  if (parent.isDeleted) return undefined;
  const inode = directory.lookup(name);
  if (cached !== undefined) {
    if (cached.inode === inode || cached.isMountPoint) return cached;
    detach(cached);
  }
  if (inode === undefined && !directory.fs.cachesNames) {
    if (directory.fs.newNames === 'absent') throw fail(ENOENT, as);
    return undefined;
  }
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
  parent.cache?.addName();
  const node = new NameNode(parent, name, undefined);
  setInode(node, inode);
  parent.children ??= new Map();
  parent.children.set(name, node);
  return node;
}

function spelled({ inode }: NameNode, name: string): string {
  return inode?.fs.spelling?.(inode, name) ?? name;
}

/** The name was removed, and those below it; the nodes live on for those who hold them. What is mounted below stays. */
export function detach(node: NameNode): void {
  if (node.isDeleted) return;
  for (const child of node.children?.values() ?? []) if (!child.isMountPoint) detach(child);
  node.isDeleted = true;
  unsetInode(node);
  node.cache?.removeName();
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
