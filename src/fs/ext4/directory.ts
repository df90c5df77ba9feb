/** Directories: names in blocks one behind the other, in blocks under an index (htree.ts), or in the inode (inline-data.ts). */
import { toBytes } from '../../lib/bytes.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { CachedBlock } from './block-cache.ts';
import { corrupted } from './corruption.ts';
import {
  type EntryContent,
  type EntryPlace,
  entriesOf,
  entryBytes,
  findPlace,
  insertEntry,
  listed,
  packEntries,
  recordLength,
  removeEntryAt,
  typeCode,
  writeEntry,
} from './directory-block.ts';
import type { NameHash } from './directory-hash.ts';
import type { Ext4 } from './ext4.ts';
import { COMPAT_DIR_INDEX } from './features.ts';
import { type DirectoryBlocks, DirectoryIndex, makeIndex } from './htree.ts';
import { inlineEntries, moveDirectoryOut } from './inline-data.ts';
import { INDEX_FLAG } from './inode-record.ts';
import { LEAF_TAIL_BYTES, writeLeafTail } from './metadata-checksums.ts';
import type { StoredInode } from './stored-inode.ts';

/** Positions in an indexed directory: "." 0, ".." 1, then by hash: 31 bits of the major one over 21 of the minor. */
const FIRST_HASHED = 2;
const MINOR_BITS = 21;

interface Found extends EntryPlace {
  readonly index: number;
  readonly block: CachedBlock;
}

class Blocks implements DirectoryBlocks {
  readonly fs: Ext4;
  readonly directory: StoredInode;
  readonly end: number;

  constructor(fs: Ext4, directory: StoredInode) {
    this.fs = fs;
    this.directory = directory;
    this.end = fs.superblock.blockSize - (fs.checksums.isOn ? LEAF_TAIL_BYTES : 0);
  }

  get isIndexed(): boolean {
    const { fs, directory } = this;
    return (directory.flags & INDEX_FLAG) !== 0 && fs.superblock.hasCompat(COMPAT_DIR_INDEX);
  }

  /** Blocks of a directory are never missing: there are no more than it has on disk. */
  get count(): number {
    const { size, blocks } = this.directory;
    const count = Math.ceil(size / this.fs.superblock.blockSize);
    if (count * this.fs.superblock.sectorsPerBlock > blocks) throw corrupted('size of a directory');
    return count;
  }

  read(index: number): CachedBlock {
    const { fs, directory } = this;
    const number = directory.map.find(directory, index);
    if (number === 0 || index >= this.count) throw corrupted('hole in a directory');
    const block = fs.cache.read(number);
    fs.checksums.check(block, 'directory', directory.checksumSeed);
    return block;
  }

  append(): { index: number; block: CachedBlock } {
    const { fs, directory } = this;
    const { blockSize } = fs.superblock;
    const index = Math.ceil(directory.size / blockSize);
    const number = Math.abs(directory.map.ensure(directory, index));
    const block = fs.cache.create(number, 'directory', directory.checksumSeed);
    directory.size = (index + 1) * blockSize;
    directory.isDirty = true;
    if (fs.checksums.isOn) writeLeafTail(block);
    packEntries(block, this.end, []);
    return { index, block };
  }

  /** Where the entries of block `index` end: those of an index's root hide what is behind them. */
  endOf(index: number): number {
    return index === 0 && this.isIndexed ? this.fs.superblock.blockSize : this.end;
  }

  locate(name: string): Found | undefined {
    const wanted = toBytes(name);
    if (!this.isIndexed) {
      const { count } = this;
      for (let index = 0; index < count; index++) {
        const found = this.locateIn(index, wanted);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if (name === '.' || name === '..') return this.locateIn(0, wanted);
    const index = new DirectoryIndex(this);
    for (const leaf of index.leaves(index.hash(wanted).major)) {
      const found = this.locateIn(leaf, wanted);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private locateIn(index: number, name: Uint8Array): Found | undefined {
    const block = this.read(index);
    const place = findPlace(block, this.endOf(index), name);
    return place === undefined ? undefined : { index, block, ...place };
  }
}

function isInline(directory: StoredInode): boolean {
  return directory.isInline;
}

/** The inode number under `name`, or 0. */
export function findEntry(fs: Ext4, directory: StoredInode, name: string): number {
  if (isInline(directory)) {
    const entry = inlineEntries(directory).find((each) => listed(each, 0).name === name);
    return entry?.ino ?? 0;
  }
  const found = new Blocks(fs, directory).locate(name);
  return found === undefined ? 0 : found.block.view.getUint32(found.at, true);
}

/** The directory's blocks, to be changed. */
function writable(fs: Ext4, directory: StoredInode): Blocks {
  if (isInline(directory)) {
    const entries = inlineEntries(directory);
    moveDirectoryOut(directory);
    const blocks = new Blocks(fs, directory);
    packEntries(blocks.append().block, blocks.end, entries);
  }
  return new Blocks(fs, directory);
}

/** Enter a name that is not there yet. Throws ENOSPC. */
export function addEntry(
  fs: Ext4,
  directory: StoredInode,
  name: string,
  ino: number,
  mode: number,
): void {
  const blocks = writable(fs, directory);
  const type = fs.superblock.hasFileTypes ? typeCode(mode) : 0;
  const entry = { ino, type, name: toBytes(name) };
  if (blocks.isIndexed) new DirectoryIndex(blocks).add(entry);
  else addUnindexed(blocks, entry);
  changed(fs, directory);
}

function addUnindexed(blocks: Blocks, entry: EntryContent): void {
  const { fs, directory, count } = blocks;
  for (let index = directory.roomHint; index < count; index++) {
    if (!insertEntry(blocks.read(index), blocks.end, entry)) continue;
    directory.roomHint = index;
    return;
  }
  if (count === 1 && fs.superblock.hasCompat(COMPAT_DIR_INDEX)) {
    makeIndex(blocks).add(entry);
    return;
  }
  const { index, block } = blocks.append();
  directory.roomHint = index;
  packEntries(block, blocks.end, [entry]);
}

/** An entry that was found a moment ago: if it is not there now, an index of the directory lies. Throws EUCLEAN. */
function locateAgain(fs: Ext4, directory: StoredInode, name: string): Found {
  const found = writable(fs, directory).locate(name);
  if (found === undefined) throw corrupted(`no entry ${name} in directory ${directory.ino}`);
  return found;
}

/** Take out a name that is there. Throws EUCLEAN. */
export function removeEntry(fs: Ext4, directory: StoredInode, name: string): void {
  const found = locateAgain(fs, directory, name);
  directory.roomHint = Math.min(directory.roomHint, found.index);
  removeEntryAt(found.block, found);
  changed(fs, directory);
}

/** A name that is there now stands for another inode. Throws EUCLEAN. */
export function replaceEntry(
  fs: Ext4,
  directory: StoredInode,
  name: string,
  ino: number,
  mode: number,
): void {
  const { block, at } = locateAgain(fs, directory, name);
  block.view.setUint32(at, ino, true);
  if (fs.superblock.hasFileTypes) block.bytes[at + 7] = typeCode(mode);
  block.markDirty();
  changed(fs, directory);
}

/** The first block of a new directory: "." and "..". Throws ENOSPC. */
export function initializeDirectory(fs: Ext4, directory: StoredInode, parentIno: number): void {
  const blocks = new Blocks(fs, directory);
  const { block } = blocks.append();
  const type = fs.superblock.hasFileTypes ? typeCode(directory.mode) : 0;
  const first = entryBytes(1);
  writeEntry(block, 0, first, { ino: directory.ino, type, name: toBytes('.') });
  writeEntry(block, first, blocks.end - first, { ino: parentIno, type, name: toBytes('..') });
}

export function isEmptyDirectory(fs: Ext4, directory: StoredInode): boolean {
  if (isInline(directory)) return inlineEntries(directory).length <= 2;
  const blocks = new Blocks(fs, directory);
  const { count } = blocks;
  for (let index = 0; index < count; index++) {
    const block = blocks.read(index);
    const end = isIndexNode(blocks, block) ? fs.superblock.blockSize : blocks.endOf(index);
    for (const { name } of entriesOf(block, end)) {
      const isSelf =
        name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
      if (!isSelf) return false;
    }
  }
  return true;
}

/** An index block looks like one empty entry. */
function isIndexNode(blocks: Blocks, { view, bytes }: CachedBlock): boolean {
  return (
    blocks.isIndexed && view.getUint32(0, true) === 0 && view.getUint16(4, true) === bytes.length
  );
}

/**
 * In the order of hashes if there is an index, because names move while it grows; else positions are byte offsets; one that is
 * no longer the start of an entry means the next entry behind it.
 */
export function listEntries(
  fs: Ext4,
  directory: StoredInode,
  from: number,
  limit: number,
): DirectoryEntry[] {
  if (isInline(directory)) {
    const entries = inlineEntries(directory).map((entry, i) => listed(entry, i + 1));
    return entries.slice(from, from + limit);
  }
  const blocks = new Blocks(fs, directory);
  return blocks.isIndexed ? listIndexed(blocks, from, limit) : listBlocks(blocks, from, limit);
}

function listBlocks(blocks: Blocks, from: number, limit: number): DirectoryEntry[] {
  const found: DirectoryEntry[] = [];
  const { count, end } = blocks;
  const { blockSize } = blocks.fs.superblock;
  for (let index = Math.floor(from / blockSize); index < count; index++) {
    const block = blocks.read(index);
    const entries = entriesOf(block, end);
    let next = 0;
    for (let at = 0; at < end && next < entries.length; ) {
      if (found.length >= limit) return found;
      const position = index * blockSize + at;
      const isUsed = block.view.getUint32(at, true) !== 0;
      at += recordLength(block, at, end);
      if (!isUsed) continue;
      const entry = entries[next++] as EntryContent;
      // The last entry of a block is followed by the next block.
      const behind = at >= end ? (index + 1) * blockSize : index * blockSize + at;
      if (position >= from) found.push(listed(entry, behind));
    }
  }
  return found;
}

function positionOf({ major, minor }: NameHash): number {
  const low = minor >>> (32 - MINOR_BITS);
  return FIRST_HASHED + (major / 2) * 2 ** MINOR_BITS + low;
}

function listIndexed(blocks: Blocks, from: number, limit: number): DirectoryEntry[] {
  const selves = entriesOf(blocks.read(0), blocks.fs.superblock.blockSize).slice(0, FIRST_HASHED);
  const found = selves.map((entry, i) => listed(entry, i + 1)).slice(from, from + limit);
  if (found.length === limit) return found;
  const index = new DirectoryIndex(blocks);
  const start = Math.max(0, Math.floor((from - FIRST_HASHED) / 2 ** MINOR_BITS)) * 2;
  index.forEachLeaf(start, (leaves) => {
    leaves
      .flatMap((leaf) => entriesOf(blocks.read(leaf), blocks.end))
      .map((entry) => ({ entry, position: positionOf(index.hash(entry.name)) }))
      .filter(({ position }) => position >= from)
      .sort((a, b) => a.position - b.position)
      .slice(0, limit - found.length)
      .forEach(({ entry, position }) => {
        found.push(listed(entry, position + 1));
      });
    return found.length < limit;
  });
  return found;
}

function changed(fs: Ext4, directory: StoredInode): void {
  const now = fs.context.now();
  // An index is kept by file systems with the feature only.
  if (!fs.superblock.hasCompat(COMPAT_DIR_INDEX)) directory.flags &= ~INDEX_FLAG;
  directory.mtime = now;
  directory.ctime = now;
  directory.isDirty = true;
}
