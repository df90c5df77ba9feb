/** Directories: blocks of linked entries. Poirier, section 4.3. An entry: ino u32, rec_len u16, name_len u8, type u8, name. */
import { EIO, fail } from '../../abi/errno.ts';
import { S_IFMT } from '../../abi/stat.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { panic } from '../../lib/panic.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { CachedBlock } from './block-cache.ts';
import type { Ext4 } from './ext4.ts';
import type { Ext4Inode } from './ext4-inode.ts';
import { INDEX_FLAG } from './inode-record.ts';

const HEADER_BYTES = 8;

/** File type codes of directory entries by S_IF* >> 12, and DT_* by file type code. */
const TYPE_OF_MODE: readonly number[] = [0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6];
const DT_OF_TYPE: readonly number[] = [0, 8, 4, 2, 6, 1, 12, 10];

/** An entry's place in a block; `previous` is the entry in front of it there, or -1. */
interface Found {
  readonly index: number;
  readonly block: CachedBlock;
  readonly at: number;
  readonly previous: number;
}

export function entryBytes(nameLength: number): number {
  return (HEADER_BYTES + nameLength + 3) & ~3;
}

/** rec_len of the entry at `at`, checked: a corrupt directory gives EIO, not an endless loop. */
function recordLength(block: CachedBlock, at: number): number {
  const length = block.view.getUint16(at + 4, true);
  const isValid = length >= HEADER_BYTES && (length & 3) === 0 && at + length <= block.bytes.length;
  const needed = entryBytes(block.bytes[at + 6] as number);
  if (!isValid || (block.view.getUint32(at, true) !== 0 && needed > length)) {
    throw fail(EIO, 'directory entry');
  }
  return length;
}

/** Block `index` of a directory; undefined for a hole, which a corrupt one may have. */
function readBlock(fs: Ext4, directory: Ext4Inode, index: number): CachedBlock | undefined {
  const block = fs.map.find(directory, index);
  return block === 0 ? undefined : fs.cache.read(block);
}

function blockCount(fs: Ext4, directory: Ext4Inode): number {
  return Math.ceil(directory.size / fs.superblock.blockSize);
}

function locate(fs: Ext4, directory: Ext4Inode, name: string): Found | undefined {
  const wanted = toBytes(name);
  const count = blockCount(fs, directory);
  for (let index = 0; index < count; index++) {
    const block = readBlock(fs, directory, index);
    if (block === undefined) continue;
    let previous = -1;
    for (let at = 0; at < block.bytes.length; ) {
      const length = recordLength(block, at);
      if (isNamed(block, at, wanted)) return { index, block, at, previous };
      previous = at;
      at += length;
    }
  }
  return undefined;
}

function isNamed(block: CachedBlock, at: number, name: Uint8Array): boolean {
  const { bytes, view } = block;
  if (bytes[at + 6] !== name.length || view.getUint32(at, true) === 0) return false;
  for (let i = 0; i < name.length; i++) {
    if (bytes[at + HEADER_BYTES + i] !== name[i]) return false;
  }
  return true;
}

/** The inode number under `name`, or 0. */
export function findEntry(fs: Ext4, directory: Ext4Inode, name: string): number {
  const found = locate(fs, directory, name);
  return found === undefined ? 0 : found.block.view.getUint32(found.at, true);
}

/** Enter a name that is not there yet. Throws ENOSPC. */
export function addEntry(
  fs: Ext4,
  directory: Ext4Inode,
  name: string,
  ino: number,
  mode: number,
): void {
  const needed = entryBytes(name.length);
  const count = blockCount(fs, directory);
  for (let index = directory.roomHint; index < count; index++) {
    const block = readBlock(fs, directory, index);
    if (block === undefined) continue;
    for (let at = 0; at < block.bytes.length; ) {
      const length = recordLength(block, at);
      const isFree = block.view.getUint32(at, true) === 0;
      const used = isFree ? 0 : entryBytes(block.bytes[at + 6] as number);
      if (length - used >= needed) {
        if (!isFree) block.view.setUint16(at + 4, used, true);
        writeEntry(fs, block, at + used, length - used, name, ino, mode);
        directory.roomHint = index;
        changed(fs, directory);
        return;
      }
      at += length;
    }
  }
  const block = appendBlock(fs, directory, count);
  directory.roomHint = count;
  writeEntry(fs, block, 0, block.bytes.length, name, ino, mode);
  changed(fs, directory);
}

function appendBlock(fs: Ext4, directory: Ext4Inode, index: number): CachedBlock {
  const block = fs.cache.create(Math.abs(fs.map.ensure(directory, index)));
  directory.size = (index + 1) * fs.superblock.blockSize;
  return block;
}

function writeEntry(
  fs: Ext4,
  block: CachedBlock,
  at: number,
  length: number,
  name: string,
  ino: number,
  mode: number,
): void {
  block.view.setUint32(at, ino, true);
  block.view.setUint16(at + 4, length, true);
  block.bytes[at + 6] = name.length;
  block.bytes[at + 7] = fs.superblock.hasFileTypes ? typeCode(mode) : 0;
  block.bytes.set(toBytes(name), at + HEADER_BYTES);
  block.isDirty = true;
}

function typeCode(mode: number): number {
  return TYPE_OF_MODE[(mode & S_IFMT) >>> 12] ?? 0;
}

/** Take out a name that is there. */
export function removeEntry(fs: Ext4, directory: Ext4Inode, name: string): void {
  const found = locate(fs, directory, name) ?? panic(`no entry ${name}`);
  const { index, block, at, previous } = found;
  directory.roomHint = Math.min(directory.roomHint, index);
  if (previous < 0) {
    block.view.setUint32(at, 0, true);
  } else {
    const length = block.view.getUint16(previous + 4, true) + block.view.getUint16(at + 4, true);
    block.view.setUint16(previous + 4, length, true);
  }
  block.isDirty = true;
  changed(fs, directory);
}

/** A name that is there now stands for another inode. */
export function replaceEntry(
  fs: Ext4,
  directory: Ext4Inode,
  name: string,
  ino: number,
  mode: number,
): void {
  const { block, at } = locate(fs, directory, name) ?? panic(`no entry ${name}`);
  block.view.setUint32(at, ino, true);
  if (fs.superblock.hasFileTypes) block.bytes[at + 7] = typeCode(mode);
  block.isDirty = true;
  changed(fs, directory);
}

/** The first block of a new directory: "." and "..". Throws ENOSPC. */
export function initializeDirectory(fs: Ext4, directory: Ext4Inode, parentIno: number): void {
  const block = appendBlock(fs, directory, 0);
  const first = entryBytes(1);
  writeEntry(fs, block, 0, first, '.', directory.ino, directory.mode);
  writeEntry(fs, block, first, block.bytes.length - first, '..', parentIno, directory.mode);
}

export function isEmptyDirectory(fs: Ext4, directory: Ext4Inode): boolean {
  return listEntries(fs, directory, 0, 3).every(({ name }) => name === '.' || name === '..');
}

/** Positions are byte offsets; one that is no longer the start of an entry means the next entry behind it. */
export function listEntries(
  fs: Ext4,
  directory: Ext4Inode,
  from: number,
  limit: number,
): DirectoryEntry[] {
  const listed: DirectoryEntry[] = [];
  const { blockSize } = fs.superblock;
  const count = blockCount(fs, directory);
  for (let index = Math.floor(from / blockSize); index < count; index++) {
    const block = readBlock(fs, directory, index);
    if (block === undefined) continue;
    for (let at = 0; at < blockSize; ) {
      if (listed.length >= limit) return listed;
      const position = index * blockSize + at;
      const next = at + recordLength(block, at);
      const ino = block.view.getUint32(at, true);
      if (ino !== 0 && position >= from) {
        const end = at + HEADER_BYTES + (block.bytes[at + 6] as number);
        const name = fromBytes(block.bytes, at + HEADER_BYTES, end);
        const type = DT_OF_TYPE[block.bytes[at + 7] as number] ?? 0;
        listed.push({ name, ino, type, next: index * blockSize + next });
      }
      at = next;
    }
  }
  return listed;
}

/** An index that other systems may have built over the entries no longer fits them. */
function changed(fs: Ext4, directory: Ext4Inode): void {
  const now = fs.context.now();
  directory.flags &= ~INDEX_FLAG;
  directory.mtime = now;
  directory.ctime = now;
  directory.isDirty = true;
}
