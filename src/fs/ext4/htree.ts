/**
 * The index of a large directory: a tree over the hashes of its names, whose leaves are its blocks of entries. Linux:
 * fs/ext4/namei.c, dx_*.
 *
 *     root   block 0: "." (12 bytes), ".." (the rest), at 24 struct dx_root_info {0 u32, hash_version u8, info_length u8,
 *            indirect_levels u8, flags u8}, at 32 the entries
 *     node   an empty entry of 8 bytes (rec_len: the block), then the entries
 *     entry  hash u32, block u32; the first one's hash is 0 and its place is taken by limit u16, count u16
 *
 * Bit 0 of an entry's hash: names of this very hash are in the leaf in front of it too.
 */
import { ENOSPC, fail } from '../../abi/errno.ts';
import type { CachedBlock } from './block-cache.ts';
import { corrupted } from './corruption.ts';
import {
  type EntryContent,
  entriesOf,
  entryBytes,
  insertEntry,
  packEntries,
  writeEntry,
} from './directory-block.ts';
import { hashName, isKnownHash, type NameHash } from './directory-hash.ts';
import type { Ext4 } from './ext4.ts';
import { INCOMPAT_LARGEDIR } from './features.ts';
import { INDEX_FLAG } from './inode-record.ts';
import type { StoredInode } from './stored-inode.ts';

const INFO_AT = 24;
const ROOT_ENTRIES = 32;
const NODE_ENTRIES = 8;
const ENTRY_BYTES = 8;
/** s_flags: how this file system's hashes take bytes above 127. */
const UNSIGNED_HASH = 2;

/** What htree.ts needs of directory.ts. */
export interface DirectoryBlocks {
  readonly fs: Ext4;
  readonly directory: StoredInode;
  /** Where entries end in a block of them. */
  readonly end: number;
  /** Throws EUCLEAN for a hole. */
  read(index: number): CachedBlock;
  /** A new block behind all others, empty. Throws ENOSPC. */
  append(): { index: number; block: CachedBlock };
}

/** An index block on the way, and the entry that the way goes through. */
interface Step {
  readonly block: CachedBlock;
  readonly base: number;
  at: number;
}

function count({ block, base }: Step): number {
  return block.view.getUint16(base + 2, true);
}

function limit({ block, base }: Step): number {
  return block.view.getUint16(base, true);
}

function hashAt({ block, base }: Step, at: number): number {
  return at === 0 ? 0 : block.view.getUint32(base + at * ENTRY_BYTES, true);
}

function childAt({ block, base }: Step, at: number): number {
  return block.view.getUint32(base + at * ENTRY_BYTES + 4, true) & 0x0fff_ffff;
}

function hashVersion(fs: Ext4, version: number): number {
  const isUnsigned = (fs.superblock.fields.s_flags & UNSIGNED_HASH) !== 0;
  return isUnsigned && version < 3 ? version + 3 : version;
}

export class DirectoryIndex {
  private readonly blocks: DirectoryBlocks;
  private readonly version: number;
  private readonly seed: Uint32Array;

  constructor(blocks: DirectoryBlocks) {
    this.blocks = blocks;
    const { fs } = blocks;
    const root = blocks.read(0);
    const version = root.bytes[INFO_AT + 4] as number;
    const levels = root.bytes[INFO_AT + 6] as number;
    const isSound =
      root.view.getUint32(INFO_AT, true) === 0 &&
      isKnownHash(version) &&
      root.bytes[INFO_AT + 5] === 8 &&
      levels < this.mostLevels &&
      ((root.bytes[INFO_AT + 7] as number) & 1) === 0;
    if (!isSound) throw corrupted('directory index');
    this.version = hashVersion(fs, version);
    this.seed = new Uint32Array(fs.superblock.fields.s_hash_seed.slice().buffer);
  }

  /** Levels of index blocks below the root that the format allows, and one. */
  private get mostLevels(): number {
    return this.blocks.fs.superblock.hasIncompat(INCOMPAT_LARGEDIR) ? 3 : 2;
  }

  hash(name: Uint8Array): NameHash {
    return hashName(name, this.version, this.seed);
  }

  private step(index: number): Step {
    const block = this.blocks.read(index);
    const base = index === 0 ? ROOT_ENTRIES : NODE_ENTRIES;
    const step = { block, base, at: 0 };
    const most = Math.floor((block.bytes.length - base) / ENTRY_BYTES);
    const isNode =
      index === 0 ||
      (block.view.getUint32(0, true) === 0 && block.view.getUint16(4, true) === block.bytes.length);
    if (!isNode || limit(step) > most || count(step) > limit(step) || count(step) === 0) {
      throw corrupted('directory index block');
    }
    return step;
  }

  /** From the root to the index block over the leaf that `hash` belongs to. */
  private walk(hash: number): Step[] {
    const root = this.step(0);
    const levels = root.block.bytes[INFO_AT + 6] as number;
    const way = [root];
    for (;;) {
      const step = way[way.length - 1] as Step;
      let low = 1;
      let high = count(step);
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (hashAt(step, middle) <= hash) low = middle + 1;
        else high = middle;
      }
      step.at = low - 1;
      if (way.length > levels) return way;
      const child = childAt(step, step.at);
      if (child === 0) throw corrupted('directory index');
      way.push(this.step(child));
    }
  }

  /** Moves the way to the next leaf; its hash, or undefined behind the last. */
  private advance(way: Step[]): number | undefined {
    let level = way.length - 1;
    while (level >= 0 && (way[level] as Step).at + 1 >= count(way[level] as Step)) level--;
    const step = way[level];
    if (step === undefined) return undefined;
    step.at++;
    const hash = hashAt(step, step.at);
    for (let below = level + 1; below < way.length; below++) {
      const parent = way[below - 1] as Step;
      way[below] = this.step(childAt(parent, parent.at));
    }
    return hash;
  }

  private leafOf(way: Step[]): number {
    const step = way[way.length - 1] as Step;
    const leaf = childAt(step, step.at);
    if (leaf === 0) throw corrupted('directory index');
    return leaf;
  }

  /** The leaves that may hold names of this hash, in order: one, or more when names collide. */
  leaves(hash: number): number[] {
    const way = this.walk(hash);
    const found = [this.leafOf(way)];
    for (;;) {
      const next = this.advance(way);
      if (next === undefined || (next & 1) === 0 || (next & ~1) >>> 0 !== hash) return found;
      found.push(this.leafOf(way));
    }
  }

  /** The leaves from `hash` on with the hash behind them, as long as `take` wants more. Collisions stay together. */
  forEachLeaf(hash: number, take: (leaves: readonly number[]) => boolean): void {
    const way = this.walk(hash);
    let together = [this.leafOf(way)];
    for (;;) {
      const next = this.advance(way);
      if (next === undefined || (next & 1) === 0) {
        if (!take(together) || next === undefined) return;
        together = [];
      }
      together.push(this.leafOf(way));
    }
  }

  /** Enter a name that is not there yet. Throws ENOSPC. */
  add(entry: EntryContent): void {
    const { blocks } = this;
    const { major } = this.hash(entry.name);
    for (;;) {
      const way = this.walk(major);
      const leaf = blocks.read(this.leafOf(way));
      if (insertEntry(leaf, blocks.end, entry)) return;
      const step = way[way.length - 1] as Step;
      if (count(step) < limit(step)) this.splitLeaf(way, leaf);
      else this.splitNodes(way);
    }
  }

  /** The upper half of a full leaf's hashes goes to a new leaf behind it. */
  private splitLeaf(way: Step[], leaf: CachedBlock): void {
    const { blocks } = this;
    const entries = entriesOf(leaf, blocks.end)
      .map((entry) => ({ entry, hash: this.hash(entry.name).major }))
      .sort((a, b) => a.hash - b.hash);
    let bytes = 0;
    let from = entries.length;
    // The middle by size; at least one stays and one goes.
    while (from > 1 && bytes < blocks.end / 2) {
      from--;
      bytes += entryBytes((entries[from] as (typeof entries)[number]).entry.name.length);
    }
    const first = entries[from];
    const before = entries[from - 1];
    if (first === undefined || before === undefined) throw corrupted('full directory block');
    const fresh = blocks.append();
    packEntries(
      fresh.block,
      blocks.end,
      entries.slice(from).map(({ entry }) => entry),
    );
    packEntries(
      leaf,
      blocks.end,
      entries.slice(0, from).map(({ entry }) => entry),
    );
    const isContinued = first.hash === before.hash;
    insertChild(way[way.length - 1] as Step, first.hash + (isContinued ? 1 : 0), fresh.index);
  }

  /** The index block over the leaf is full: make the lowest one that can be split two, or the tree higher. Throws ENOSPC. */
  private splitNodes(way: Step[]): void {
    const { blocks } = this;
    let level = way.length - 1;
    while (level > 0 && count(way[level - 1] as Step) === limit(way[level - 1] as Step)) level--;
    const step = way[level] as Step;
    if (level === 0 && way.length >= this.mostLevels) throw fail(ENOSPC, 'directory index');
    const fresh = blocks.append();
    const target = this.makeNode(fresh.block);
    if (level > 0) {
      const from = count(step) >>> 1;
      const hash = hashAt(step, from);
      moveChildren(step, target, from);
      insertChild(way[level - 1] as Step, hash, fresh.index);
      return;
    }
    moveChildren(step, target, 0);
    step.block.view.setUint16(step.base + 2, 1, true);
    step.block.view.setUint32(step.base + 4, fresh.index, true);
    step.block.bytes[INFO_AT + 6] = way.length;
    step.block.markDirty();
  }

  private makeNode(block: CachedBlock): Step {
    block.bytes.fill(0);
    block.view.setUint16(4, block.bytes.length, true);
    block.markDirty();
    const step = { block, base: NODE_ENTRIES, at: 0 };
    block.view.setUint16(NODE_ENTRIES, entryLimit(this.blocks.fs, NODE_ENTRIES), true);
    return step;
  }
}

function entryLimit(fs: Ext4, base: number): number {
  const tail = fs.checksums.isOn ? ENTRY_BYTES : 0;
  return Math.floor((fs.superblock.blockSize - base - tail) / ENTRY_BYTES);
}

/** A child behind the one that the way goes through. There must be room. */
function insertChild(step: Step, hash: number, index: number): void {
  const { block, base, at } = step;
  const from = base + (at + 1) * ENTRY_BYTES;
  block.bytes.copyWithin(from + ENTRY_BYTES, from, base + count(step) * ENTRY_BYTES);
  block.view.setUint32(from, hash, true);
  block.view.setUint32(from + 4, index, true);
  block.view.setUint16(base + 2, count(step) + 1, true);
  block.markDirty();
}

/** Children from `from` on go to an empty node. */
function moveChildren(step: Step, target: Step, from: number): void {
  const { block, base } = step;
  const moved = count(step) - from;
  const limitOfTarget = limit(target);
  const bytes = block.bytes.subarray(base + from * ENTRY_BYTES, base + count(step) * ENTRY_BYTES);
  target.block.bytes.set(bytes, target.base);
  target.block.view.setUint16(target.base, limitOfTarget, true);
  target.block.view.setUint16(target.base + 2, moved, true);
  target.block.markDirty();
  block.view.setUint16(base + 2, from, true);
  block.markDirty();
}

/** The directory's one block is full: its names move to a second one, and it becomes the root of an index over that. */
export function makeIndex(blocks: DirectoryBlocks): DirectoryIndex {
  const { fs, directory } = blocks;
  const root = blocks.read(0);
  const [self, parent, ...others] = entriesOf(root, blocks.end);
  if (self === undefined || parent === undefined) throw corrupted('directory without "."');
  const leaf = blocks.append();
  packEntries(leaf.block, blocks.end, others);
  const { bytes, view } = root;
  bytes.fill(0);
  writeEntry(root, 0, entryBytes(1), self);
  writeEntry(root, entryBytes(1), bytes.length - entryBytes(1), parent);
  bytes[INFO_AT + 4] = fs.superblock.fields.s_def_hash_version;
  bytes[INFO_AT + 5] = 8;
  view.setUint16(ROOT_ENTRIES, entryLimit(fs, ROOT_ENTRIES), true);
  view.setUint16(ROOT_ENTRIES + 2, 1, true);
  view.setUint32(ROOT_ENTRIES + 4, leaf.index, true);
  directory.flags |= INDEX_FLAG;
  directory.isDirty = true;
  return new DirectoryIndex(blocks);
}
