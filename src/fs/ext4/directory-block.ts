/** A directory block of linked entries: ino u32, rec_len u16, name_len u8, type u8, name. Poirier, section 4.3. */
import { S_IFMT } from '../../abi/stat.ts';
import { fromBytes } from '../../lib/bytes.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { CachedBlock } from './block-cache.ts';
import { corrupted } from './corruption.ts';

const HEADER_BYTES = 8;

/** File type codes of directory entries by S_IF* >> 12, and DT_* by file type code. */
const TYPE_OF_MODE: readonly number[] = [0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6];
const DT_OF_TYPE: readonly number[] = [0, 8, 4, 2, 6, 1, 12, 10];

/** What an entry says, but for its length in the block. */
export interface EntryContent {
  readonly ino: number;
  /** Code of its type; 0 where entries have none. */
  readonly type: number;
  readonly name: Uint8Array;
}

/** The memory of a block, or of the part of an inode, that holds entries. */
type EntryRoom = Pick<CachedBlock, 'view' | 'bytes'>;

/** An entry's place in a block; `previous` is the entry in front of it there, or -1. */
export interface EntryPlace {
  readonly at: number;
  readonly previous: number;
}

export function typeCode(mode: number): number {
  return TYPE_OF_MODE[(mode & S_IFMT) >>> 12] ?? 0;
}

export function entryBytes(nameLength: number): number {
  return (HEADER_BYTES + nameLength + 3) & ~3;
}

/** rec_len of the entry at `at`, checked: a corrupt directory gives EUCLEAN, not an endless loop. `end`: of all entries. */
export function recordLength(block: EntryRoom, at: number, end: number): number {
  const length = block.view.getUint16(at + 4, true);
  const isValid = length >= HEADER_BYTES && (length & 3) === 0 && at + length <= end;
  const needed = entryBytes(block.bytes[at + 6] as number);
  if (!isValid || (block.view.getUint32(at, true) !== 0 && needed > length)) {
    throw corrupted('directory entry');
  }
  return length;
}

/** Where `name` is in the block. */
export function findPlace(
  block: CachedBlock,
  end: number,
  name: Uint8Array,
): EntryPlace | undefined {
  let previous = -1;
  for (let at = 0; at < end; ) {
    const length = recordLength(block, at, end);
    if (isNamed(block, at, name)) return { at, previous };
    previous = at;
    at += length;
  }
  return undefined;
}

function isNamed({ bytes, view }: EntryRoom, at: number, name: Uint8Array): boolean {
  if (bytes[at + 6] !== name.length || view.getUint32(at, true) === 0) return false;
  for (let i = 0; i < name.length; i++) {
    if (bytes[at + HEADER_BYTES + i] !== name[i]) return false;
  }
  return true;
}

/** Enter a name where there is room; false if there is none. */
export function insertEntry(block: CachedBlock, end: number, entry: EntryContent): boolean {
  const needed = entryBytes(entry.name.length);
  for (let at = 0; at < end; ) {
    const length = recordLength(block, at, end);
    const isFree = block.view.getUint32(at, true) === 0;
    const used = isFree ? 0 : entryBytes(block.bytes[at + 6] as number);
    if (length - used >= needed) {
      if (!isFree) block.view.setUint16(at + 4, used, true);
      writeEntry(block, at + used, length - used, entry);
      return true;
    }
    at += length;
  }
  return false;
}

export function writeEntry(
  block: CachedBlock,
  at: number,
  length: number,
  { ino, type, name }: EntryContent,
): void {
  block.view.setUint32(at, ino, true);
  block.view.setUint16(at + 4, length, true);
  block.bytes[at + 6] = name.length;
  block.bytes[at + 7] = type;
  block.bytes.set(name, at + HEADER_BYTES);
  block.markDirty();
}

/** Its room joins that of the entry in front of it. */
export function removeEntryAt(block: CachedBlock, { at, previous }: EntryPlace): void {
  const { view } = block;
  if (previous < 0) view.setUint32(at, 0, true);
  else
    view.setUint16(
      previous + 4,
      view.getUint16(previous + 4, true) + view.getUint16(at + 4, true),
      true,
    );
  block.markDirty();
}

/** The entries in use, in the order of the block. The names are copies. */
export function entriesOf(block: EntryRoom, end: number): EntryContent[] {
  const found: EntryContent[] = [];
  for (let at = 0; at < end; ) {
    const length = recordLength(block, at, end);
    if (block.view.getUint32(at, true) !== 0) found.push(entryAt(block, at));
    at += length;
  }
  return found;
}

function entryAt({ view, bytes }: EntryRoom, at: number): EntryContent {
  const name = bytes.slice(at + HEADER_BYTES, at + HEADER_BYTES + (bytes[at + 6] as number));
  return { ino: view.getUint32(at, true), type: bytes[at + 7] as number, name };
}

/** Nothing but these entries; the last one's length reaches to the end. They must fit. */
export function packEntries(
  block: CachedBlock,
  end: number,
  entries: readonly EntryContent[],
): void {
  block.bytes.fill(0, 0, end);
  block.view.setUint16(4, end, true);
  block.markDirty();
  let at = 0;
  entries.forEach((entry, i) => {
    const length = i === entries.length - 1 ? end - at : entryBytes(entry.name.length);
    writeEntry(block, at, length, entry);
    at += length;
  });
}

export function listed(entry: EntryContent, next: number): DirectoryEntry {
  const { ino, type, name } = entry;
  return { name: fromBytes(name, 0, name.length), ino, type: DT_OF_TYPE[type] ?? 0, next };
}
