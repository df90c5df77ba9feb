/** The blocks of a file as a B+ tree of extents. Linux: fs/ext4/extents.c. */
import { EFBIG, EINVAL, fail } from '../../abi/errno.ts';
import type { BlockCache } from './block-cache.ts';
import { corrupted } from './corruption.ts';
import { areOne, type Extent, ExtentNode, MAX_DEPTH, MAX_UNWRITTEN, part } from './extent-node.ts';
import { lastBlock, shiftExtents } from './extent-shift.ts';
import { hasRoom, keyBehind, mergeNext, type Step, type Way } from './extent-way.ts';
import type { FileMap, MappedInode, Stretch } from './file-map.ts';
import type { Groups } from './groups.ts';
import type { MetadataChecksums } from './metadata-checksums.ts';
import type { Superblock } from './superblock.ts';

/** Blocks of a file are numbered by 32 bits, and the last number is left out. */
const MAX_FILE_BLOCKS = 2 ** 32 - 1;

/** An empty tree in i_block. */
export function initializeExtents(pointers: Uint32Array): void {
  new ExtentNode(rootBytes(pointers), undefined).initialize(0, false);
}

function rootBytes(pointers: Uint32Array): Uint8Array {
  return new Uint8Array(pointers.buffer, pointers.byteOffset, pointers.byteLength);
}

export class ExtentTree implements FileMap {
  readonly maxBytes: number;
  private readonly superblock: Superblock;
  private readonly cache: BlockCache;
  private readonly groups: Groups;
  private readonly checksums: MetadataChecksums;

  constructor(
    superblock: Superblock,
    cache: BlockCache,
    groups: Groups,
    checksums: MetadataChecksums,
  ) {
    this.superblock = superblock;
    this.cache = cache;
    this.groups = groups;
    this.checksums = checksums;
    this.maxBytes = MAX_FILE_BLOCKS * superblock.blockSize;
  }

  root(inode: MappedInode): ExtentNode {
    inode.extentRoot ??= new ExtentNode(rootBytes(inode.pointers), undefined);
    const root = inode.extentRoot;
    root.checkHeader(undefined);
    return root;
  }

  node(inode: MappedInode, number: number, depth: number): ExtentNode {
    const { blockCount, fields } = this.superblock;
    if (number <= fields.s_first_data_block || number >= blockCount)
      throw corrupted('extent index');
    const block = this.cache.read(number);
    const isFirst = block.kind !== 'extents';
    const node = new ExtentNode(block.bytes, block);
    if (isFirst) this.checksums.check(block, 'extents', inode.checksumSeed);
    node.checkHeader(depth);
    if (isFirst) node.checkOrder();
    return node;
  }

  /** From the root to the leaf that block `index` is or would be in. */
  private walk(inode: MappedInode, index: number): Way {
    const root = this.root(inode);
    const way: Way = [{ node: root, at: root.search(index) }];
    for (let depth = root.depth - 1; depth >= 0; depth--) {
      const parent = way[way.length - 1] as Step;
      if (parent.at < 0) parent.at = 0;
      if (parent.node.count === 0) throw corrupted('extent index without entries');
      const node = this.node(inode, parent.node.child(parent.at), depth);
      way.push({ node, at: node.search(index) });
    }
    return way;
  }

  /** The extent that ends the way. Throws EUCLEAN for one outside the file system. */
  private extentAt({ node, at }: Step): Extent {
    const extent = node.extent(at);
    const { fields, blockCount } = this.superblock;
    const isInside =
      extent.length > 0 &&
      extent.start > fields.s_first_data_block &&
      extent.start + extent.length <= blockCount &&
      extent.first + extent.length <= MAX_FILE_BLOCKS + 1 &&
      (at + 1 === node.count || extent.first + extent.length <= node.key(at + 1));
    if (!isInside) throw corrupted('extent');
    return extent;
  }

  /** The extent that block `index` is in. */
  private locate(inode: MappedInode, index: number): Extent | undefined {
    const way = this.walk(inode, index);
    const leaf = way[way.length - 1] as Step;
    if (leaf.at < 0) return undefined;
    const extent = this.extentAt(leaf);
    return index < extent.first + extent.length ? extent : undefined;
  }

  find(inode: MappedInode, index: number): number {
    const extent = this.locate(inode, index);
    if (extent === undefined || extent.isUnwritten) return 0;
    return extent.start + index - extent.first;
  }

  stretch(inode: MappedInode, index: number, most: number): Stretch {
    const way = this.walk(inode, index);
    const leaf = way[way.length - 1] as Step;
    const extent = leaf.at < 0 ? undefined : this.extentAt(leaf);
    if (extent !== undefined && index < extent.first + extent.length) {
      const length = Math.min(most, extent.first + extent.length - index);
      const block = extent.start + index - extent.first;
      return extent.isUnwritten ? { block: 0, length, unwritten: block } : { block, length };
    }
    const next = keyBehind(way);
    return { block: 0, length: Math.min(most, next - index) };
  }

  nextMapped(inode: MappedInode, index: number, end: number): number | undefined {
    for (let at = index; at < end; ) {
      const { block, length } = this.stretch(inode, at, end - at);
      if (block !== 0) return at;
      at += length;
    }
    return undefined;
  }

  ensure(inode: MappedInode, index: number): number {
    if (index >= MAX_FILE_BLOCKS) throw fail(EFBIG, 'block number');
    const way = this.walk(inode, index);
    const leaf = way[way.length - 1] as Step;
    const extent = leaf.at < 0 ? undefined : this.extentAt(leaf);
    if (extent !== undefined && index < extent.first + extent.length) {
      const block = extent.start + index - extent.first;
      if (!extent.isUnwritten) return block;
      this.replace(inode, way, extent, index, index + 1, false);
      return -block;
    }
    const start = this.groups.allocateBlock(goalOf(inode, extent, index));
    this.enter(inode, way, { first: index, length: 1, start, isUnwritten: false });
    return -start;
  }

  preallocate(inode: MappedInode, first: number, end: number): void {
    if (end > MAX_FILE_BLOCKS) throw fail(EFBIG, 'block number');
    for (let index = first; index < end; ) {
      const way = this.walk(inode, index);
      const leaf = way[way.length - 1] as Step;
      const extent = leaf.at < 0 ? undefined : this.extentAt(leaf);
      if (extent !== undefined && index < extent.first + extent.length) {
        index = extent.first + extent.length;
        continue;
      }
      const most = Math.min(MAX_UNWRITTEN, end - index, keyBehind(way) - index);
      const { start, length } = this.groups.allocateRun(goalOf(inode, extent, index), most);
      this.enter(inode, way, { first: index, length, start, isUnwritten: true });
      index += length;
    }
  }

  /** Blocks that were just allocated become part of the file; they are free again if there is no room for a node. */
  private enter(inode: MappedInode, way: Way, extent: Extent): void {
    try {
      this.insert(inode, way, extent);
    } catch (error) {
      this.groups.freeRun(extent.start, extent.length);
      throw error;
    }
    inode.blocks += extent.length * this.superblock.sectorsPerBlock;
    inode.isDirty = true;
  }

  /** A new extent, behind the end of the way: part of a neighbour if it fits, else an entry of its own. */
  private insert(inode: MappedInode, way: Way, extent: Extent): void {
    const leaf = way[way.length - 1] as Step;
    const { node, at } = leaf;
    if (at >= 0) {
      const left = node.extent(at);
      if (areOne(left, extent)) {
        node.setExtent(at, { ...left, length: left.length + extent.length });
        mergeNext(node, at);
        this.changed(inode, node);
        return;
      }
    }
    if (at + 1 < node.count) {
      const right = node.extent(at + 1);
      if (areOne(extent, right)) {
        node.setExtent(at + 1, { ...extent, length: extent.length + right.length });
        leaf.at = at + 1;
        this.fixKeys(inode, way);
        return;
      }
    }
    const target = node.isFull ? this.makeRoom(inode, way, extent.first, 1) : way;
    const place = target[target.length - 1] as Step;
    place.at++;
    place.node.open(place.at);
    place.node.setExtent(place.at, extent);
    this.fixKeys(inode, target);
  }

  changed(inode: MappedInode, node: ExtentNode): void {
    if (node.block === undefined) inode.isDirty = true;
    else node.block.markDirty();
  }

  /** After a change at the end of the way: each node's key in its parent is that of its first entry. */
  private fixKeys(inode: MappedInode, way: Way): void {
    for (let level = way.length - 1; level >= 0; level--) {
      const { node } = way[level] as Step;
      this.changed(inode, node);
      const parent = way[level - 1];
      if (parent === undefined || parent.node.key(parent.at) === node.key(0)) return;
      parent.node.setKey(parent.at, node.key(0));
    }
  }

  /**
   * The leaf has no room for so many entries more: split a node, the lowest whose parent has room, or make the tree higher, as
   * often as it takes; returns the way to the place of `key`. Throws ENOSPC with the tree as sound as before.
   */
  private makeRoom(inode: MappedInode, way: Way, key: number, needed: number): Way {
    let level = way.length - 2;
    while (level >= 0 && (way[level] as Step).node.isFull) level--;
    if (level < 0) this.grow(inode);
    else this.split(inode, way, level + 1);
    const next = this.walk(inode, key);
    return hasRoom(next, needed) ? next : this.makeRoom(inode, next, key, needed);
  }

  private newNode(inode: MappedInode, goal: number, depth: number): ExtentNode {
    const number = this.groups.allocateBlock(goal);
    const block = this.cache.create(number, 'extents', inode.checksumSeed);
    const node = new ExtentNode(block.bytes, block);
    node.initialize(depth, this.checksums.isOn);
    inode.blocks += this.superblock.sectorsPerBlock;
    inode.isDirty = true;
    return node;
  }

  /** The root's entries move to a new node below it. */
  private grow(inode: MappedInode): void {
    const root = this.root(inode);
    if (root.depth === MAX_DEPTH) throw fail(EFBIG, 'extents');
    const node = this.newNode(inode, inode.goal, root.depth);
    const key = root.key(0);
    root.moveTo(node, 0);
    root.depth++;
    root.open(0);
    root.setChild(0, key, node.block?.number ?? 0);
  }

  /** Half of the node at `level`, whose parent has room, goes to a new node; of the last, its last entry: files grow there. */
  private split(inode: MappedInode, way: Way, level: number): void {
    const { node, at } = way[level] as Step;
    const parent = way[level - 1] as Step;
    const fresh = this.newNode(inode, (node.block?.number ?? 0) + 1, node.depth);
    const isLast = at === node.count - 1 && keyBehind(way) === Number.POSITIVE_INFINITY;
    node.moveTo(fresh, isLast ? node.count - 1 : node.count >>> 1);
    parent.node.open(parent.at + 1);
    parent.node.setChild(parent.at + 1, fresh.key(0), fresh.block?.number ?? 0);
    this.changed(inode, node);
    this.changed(inode, parent.node);
  }

  /** Blocks [first, end) within the extent that ends the way become written or unwritten; its other parts stay. */
  private replace(
    inode: MappedInode,
    way: Way,
    extent: Extent,
    first: number,
    end: number,
    isUnwritten: boolean,
  ): void {
    const target = hasRoom(way, 2) ? way : this.makeRoom(inode, way, extent.first, 2);
    const { node, at } = target[target.length - 1] as Step;
    const pieces = [
      part(extent, extent.first, first),
      { ...part(extent, first, end), isUnwritten },
      part(extent, end, extent.first + extent.length),
    ].filter(({ length }) => length > 0);
    const left = at > 0 ? node.extent(at - 1) : undefined;
    const [head, ...others] = pieces as [Extent, ...Extent[]];
    if (left !== undefined && areOne(left, head)) {
      const [rest, ...more] = others;
      node.setExtent(at - 1, { ...left, length: left.length + head.length });
      if (rest === undefined) node.remove(at);
      else node.setExtent(at, rest);
      if (rest === undefined) mergeNext(node, at - 1);
      this.changed(inode, node);
      for (const piece of more) this.insert(inode, this.walk(inode, piece.first), piece);
      return;
    }
    node.setExtent(at, head);
    this.changed(inode, node);
    for (const piece of others) this.insert(inode, this.walk(inode, piece.first), piece);
  }

  release(inode: MappedInode, first: number, end: number, pause: () => void): void {
    const last = Math.min(end, MAX_FILE_BLOCKS);
    for (;;) {
      const way = this.walk(inode, last - 1);
      const leaf = way[way.length - 1] as Step;
      if (leaf.at < 0) return;
      const extent = this.extentAt(leaf);
      const extentEnd = extent.first + extent.length;
      if (extentEnd <= first) return;
      const from = Math.max(first, extent.first);
      const to = Math.min(last, extentEnd);
      this.cut(inode, way, extent, from, to);
      this.free(inode, extent.start + from - extent.first, to - from);
      pause();
    }
  }

  collapse(inode: MappedInode, first: number, end: number, pause: () => void): void {
    this.release(inode, first, end, pause);
    shiftExtents(this, inode, end, first - end);
    // What lay in front of the gap and what lay behind it may be one now.
    if (first === 0) return;
    const { node, at } = this.walk(inode, first - 1).at(-1) as Step;
    if (at < 0) return;
    mergeNext(node, at);
    this.changed(inode, node);
  }

  insertGap(inode: MappedInode, first: number, count: number): void {
    const last = lastBlock(this, inode);
    if (last === undefined || last < first) return;
    if (last + count >= MAX_FILE_BLOCKS) throw fail(EINVAL, 'block number');
    const way = this.walk(inode, first);
    const leaf = way[way.length - 1] as Step;
    const extent = leaf.at < 0 ? undefined : this.extentAt(leaf);
    const isSplit =
      extent !== undefined && extent.first < first && first < extent.first + extent.length;
    if (!isSplit) {
      shiftExtents(this, inode, first, count);
      return;
    }
    const target = hasRoom(way, 1) ? way : this.makeRoom(inode, way, first, 1);
    const { node, at } = target[target.length - 1] as Step;
    node.setExtent(at, part(extent, extent.first, first));
    this.changed(inode, node);
    shiftExtents(this, inode, first, count);
    const tail = part(extent, first, extent.first + extent.length);
    this.insert(inode, this.walk(inode, first + count), { ...tail, first: first + count });
  }

  private free(inode: MappedInode, start: number, length: number): void {
    if (inode.hasJournaledBlocks) {
      for (let block = start; block < start + length; block++) this.cache.forget(block);
    }
    this.groups.freeRun(start, length);
    inode.blocks -= length * this.superblock.sectorsPerBlock;
    inode.isDirty = true;
  }

  /** Blocks [from, to) are no longer part of the extent that ends the way. */
  private cut(inode: MappedInode, way: Way, extent: Extent, from: number, to: number): void {
    const head = part(extent, extent.first, from);
    const tail = part(extent, to, extent.first + extent.length);
    if (head.length === 0 && tail.length === 0) {
      this.removeEntry(inode, way);
      return;
    }
    const isSplit = head.length > 0 && tail.length > 0;
    const target = isSplit && !hasRoom(way, 1) ? this.makeRoom(inode, way, extent.first, 1) : way;
    const { node, at } = target[target.length - 1] as Step;
    node.setExtent(at, head.length > 0 ? head : tail);
    this.fixKeys(inode, target);
    if (isSplit) {
      this.insert(inode, this.walk(inode, tail.first), tail);
    }
  }

  /** The entry that ends the way goes, and nodes that become empty. */
  private removeEntry(inode: MappedInode, way: Way): void {
    for (let level = way.length - 1; level >= 0; level--) {
      const { node, at } = way[level] as Step;
      node.remove(at);
      if (node.count > 0 || level === 0) {
        if (node.count === 0) node.depth = 0;
        this.fixKeys(inode, way.slice(0, level + 1));
        return;
      }
      const number = node.block?.number ?? 0;
      this.cache.forget(number);
      this.groups.freeRun(number, 1);
      inode.blocks -= this.superblock.sectorsPerBlock;
    }
  }
}

/** Behind the block in front of it, as far as that is known. */
function goalOf(inode: MappedInode, left: Extent | undefined, index: number): number {
  return left === undefined ? inode.goal : left.start + index - left.first;
}
