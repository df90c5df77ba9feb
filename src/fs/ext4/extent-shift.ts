/** Extents that move within their file: for fallocate(2), COLLAPSE_RANGE and INSERT_RANGE. Linux: ext4_ext_shift_extents. */
import type { ExtentNode } from './extent-node.ts';
import type { MappedInode } from './file-map.ts';

/** A tree's nodes. */
interface ExtentNodes {
  root(inode: MappedInode): ExtentNode;
  /** Throws EUCLEAN, EBADMSG, EIO. */
  node(inode: MappedInode, number: number, depth: number): ExtentNode;
  changed(inode: MappedInode, node: ExtentNode): void;
}

/** The last block of the file that has an extent; undefined for a file without any. */
export function lastBlock(nodes: ExtentNodes, inode: MappedInode): number | undefined {
  let node = nodes.root(inode);
  while (node.depth > 0) node = nodes.node(inode, node.child(node.count - 1), node.depth - 1);
  if (node.count === 0) return undefined;
  const { first, length } = node.extent(node.count - 1);
  return first + length - 1;
}

/** All extents from block `from` of the file on move by `delta` blocks; none is in the way of another, and none is across `from`. */
export function shiftExtents(
  nodes: ExtentNodes,
  inode: MappedInode,
  from: number,
  delta: number,
): void {
  shiftIn(nodes, inode, nodes.root(inode), from, delta);
}

function shiftIn(
  nodes: ExtentNodes,
  inode: MappedInode,
  node: ExtentNode,
  from: number,
  delta: number,
): void {
  // Of an inner node the child in front may hold some, too.
  const isLeaf = node.depth === 0;
  const start = Math.max(0, node.search(from - 1) + (isLeaf ? 1 : 0));
  if (start >= node.count) return;
  for (let i = start; i < node.count; i++) {
    if (isLeaf) node.setKey(i, node.key(i) + delta);
    else {
      const child = nodes.node(inode, node.child(i), node.depth - 1);
      shiftIn(nodes, inode, child, from, delta);
      node.setKey(i, child.key(0));
    }
  }
  nodes.changed(inode, node);
}
