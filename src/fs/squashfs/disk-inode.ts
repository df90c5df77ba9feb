/** Inodes of squashfs: seven kinds, each in a basic and an extended form. Linux: fs/squashfs/inode.c. */
import { EIO, fail } from '../../abi/errno.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../../abi/stat.ts';
import { fromBytes } from '../../lib/bytes.ts';
import { type Cursor, type Storage, viewOf } from './storage.ts';
import { NONE } from './superblock.ts';

/** By type - 1; the extended ones are 7 further. */
const KINDS = [S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK];
const EXTENDED = 7;
const MAX_TARGET = 4096;

export interface FileContent {
  /** Where its first block is. */
  readonly start: number;
  /** Sizes of the blocks, as they are stored; 0 for a hole. */
  readonly sizes: Uint32Array;
  /** Index of the block of fragments that has its end, or NONE, and the offset in it. */
  readonly fragment: number;
  readonly fragmentOffset: number;
}

export interface DiskInode {
  readonly ino: number;
  readonly mode: number;
  /** Indexes of the table of ids. */
  readonly user: number;
  readonly group: number;
  readonly modified: number;
  readonly links: number;
  readonly size: number;
  /** Index of the table of attributes, or NONE. */
  readonly xattr: number;
  readonly rdev?: number;
  readonly target?: string;
  /** Of a directory: its first metadata block from the start of the directories, the offset in it, and where ".." leads. */
  readonly listing?: { readonly block: number; readonly offset: number; readonly parent: number };
  readonly content?: FileContent;
}

type Specific = Omit<DiskInode, 'ino' | 'mode' | 'user' | 'group' | 'modified'>;

class Reader {
  private readonly storage: Storage;
  private readonly cursor: Cursor;

  constructor(storage: Storage, cursor: Cursor) {
    this.storage = storage;
    this.cursor = cursor;
  }

  /** Words of 32 bits. */
  words(count: number): number[] {
    const view = viewOf(this.storage.take(this.cursor, count * 4));
    return Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
  }

  halves(count: number): number[] {
    const view = viewOf(this.storage.take(this.cursor, count * 2));
    return Array.from({ length: count }, (_, i) => view.getUint16(i * 2, true));
  }

  text(length: number): string {
    return fromBytes(this.storage.take(this.cursor, length), 0, length);
  }

  sizes(count: number): Uint32Array {
    const view = viewOf(this.storage.take(this.cursor, count * 4));
    return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
  }
}

/** `blockBytes`: of the file system; `mostBytes`: what all of its block lists can take. Errors: EIO. */
export function readDiskInode(
  storage: Storage,
  place: Cursor,
  blockBytes: number,
  mostBytes: number,
): DiskInode {
  const reader = new Reader(storage, { ...place });
  const [type = 0, permissions = 0, user = 0, group = 0] = reader.halves(4);
  const [modified = 0, ino = 0] = reader.words(2);
  const isExtended = type > EXTENDED;
  const kind = KINDS[isExtended ? type - EXTENDED - 1 : type - 1];
  if (kind === undefined || permissions > 0o7777)
    throw fail(EIO, `squashfs: inode of type ${type}`);
  const common = { ino, mode: kind | permissions, user, group, modified };
  switch (kind) {
    case S_IFDIR:
      return { ...common, ...(isExtended ? extendedDirectory(reader) : directory(reader)) };
    case S_IFREG:
      return { ...common, ...file(reader, isExtended, blockBytes, mostBytes) };
    default:
      return { ...common, ...special(reader, kind, isExtended) };
  }
}

function directory(reader: Reader): Specific {
  const [block = 0, links = 0] = reader.words(2);
  const [size = 0, offset = 0] = reader.halves(2);
  const [parent = 0] = reader.words(1);
  return { links, size, xattr: NONE, listing: { block, offset, parent } };
}

function extendedDirectory(reader: Reader): Specific {
  const [links = 0, size = 0, block = 0, parent = 0] = reader.words(4);
  const [, offset = 0] = reader.halves(2);
  const [xattr = NONE] = reader.words(1);
  return { links, size, xattr, listing: { block, offset, parent } };
}

function file(
  reader: Reader,
  isExtended: boolean,
  blockBytes: number,
  mostBytes: number,
): Specific {
  let [start = 0, fragment = 0, fragmentOffset = 0, size = 0] = [0, 0, 0, 0];
  let links = 1;
  let xattr = NONE;
  if (isExtended) {
    const words = reader.words(10);
    const [startLow = 0, startHigh = 0, sizeLow = 0, sizeHigh = 0] = words;
    start = startHigh * 2 ** 32 + startLow;
    size = sizeHigh * 2 ** 32 + sizeLow;
    [links = 0, fragment = 0, fragmentOffset = 0, xattr = NONE] = words.slice(6);
  } else {
    [start = 0, fragment = 0, fragmentOffset = 0, size = 0] = reader.words(4);
  }
  const count = fragment === NONE ? Math.ceil(size / blockBytes) : Math.floor(size / blockBytes);
  // Compressed, a list takes at least a thousandth of its length.
  if (count * 4 > mostBytes * 1024) throw fail(EIO, 'squashfs: size of a file');
  const content = { start, sizes: reader.sizes(count), fragment, fragmentOffset };
  return { links, size, xattr, content };
}

function special(reader: Reader, kind: number, isExtended: boolean): Specific {
  const [links = 0] = reader.words(1);
  const hasAttributes = (): number => (isExtended ? (reader.words(1)[0] ?? NONE) : NONE);
  if (kind === S_IFLNK) {
    const [size = 0] = reader.words(1);
    if (size > MAX_TARGET) throw fail(EIO, 'squashfs: symbolic link');
    const target = reader.text(size);
    return { links, size, target, xattr: hasAttributes() };
  }
  const rdev = kind === S_IFBLK || kind === S_IFCHR ? reader.words(1)[0] : undefined;
  return { links, size: 0, ...(rdev === undefined ? {} : { rdev }), xattr: hasAttributes() };
}
