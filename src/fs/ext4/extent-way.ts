/** The way from the root of a tree of extents to a place in a leaf. Linux: struct ext4_ext_path. */
import { areOne, type ExtentNode } from './extent-node.ts';

/** A node on the way from the root, and the entry that the way goes through; -1 in a leaf: in front of all. */
export interface Step {
  readonly node: ExtentNode;
  at: number;
}

export type Way = Step[];

/** The key of the entry behind the end of the way. */
export function keyBehind(way: Way): number {
  for (let level = way.length - 1; level >= 0; level--) {
    const { node, at } = way[level] as Step;
    if (at + 1 < node.count) return node.key(at + 1);
  }
  return Number.POSITIVE_INFINITY;
}

/** The entry at `at` and the one behind it become one if they can. */
export function mergeNext(node: ExtentNode, at: number): void {
  if (at + 1 >= node.count) return;
  const left = node.extent(at);
  const right = node.extent(at + 1);
  if (!areOne(left, right)) return;
  node.setExtent(at, { ...left, length: left.length + right.length });
  node.remove(at + 1);
}

/** So many entries more fit into the leaf. */
export function hasRoom(way: Way, needed: number): boolean {
  const { node } = way[way.length - 1] as Step;
  return node.count + needed <= node.max;
}
