/**
 * Extended attributes: behind the fields of a large inode as many as fit, the others in a block. Linux: fs/ext4/xattr.c.
 *
 *     0x00  h_magic h_refcount h_blocks h_hash h_checksum        32 bytes, in an inode h_magic alone
 *     0x20  entries, sorted: e_name_len e_name_index e_value_offs e_value_inum e_value_size e_hash name
 *     …     four zeros; then free room; then the values, aligned to 4, up to the end of the block
 *
 * e_value_offs counts from the start of the block, in an inode from the first entry; e_hash is 0 in an inode.
 */
import { ENOSPC, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { ExtendedAttributes } from '../inode.ts';
import type { Ext4 } from './ext4.ts';
import { COMPAT_EXT_ATTR } from './features.ts';
import { shownAcl, storedAcl } from './stored-acl.ts';
import type { StoredInode } from './stored-inode.ts';

const MAGIC = 0xea02_0000;
const HEADER_BYTES = 32;
const ENTRY_BYTES = 16;
const END_BYTES = 4;
/** Where inline_data keeps what does not fit into i_block: not shown. */
export const INLINE_DATA_ATTRIBUTE = 'system.data';
/** e_name_index: prefixes that are not stored. */
const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
};

interface Attribute {
  readonly index: number;
  readonly suffix: string;
  readonly value: Uint8Array;
}

function fullName({ index, suffix }: Attribute): string {
  return `${PREFIXES[index] ?? ''}${suffix}`;
}

/** The entries from `start` on; values lie at offsets from `base`. Entries that cannot be are left out. */
function parse(bytes: Uint8Array, start: number, base: number): Attribute[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Attribute[] = [];
  for (let at = start; at + ENTRY_BYTES <= bytes.length && view.getUint32(at, true) !== 0; ) {
    const length = view.getUint8(at);
    const from = base + view.getUint16(at + 2, true);
    const to = from + view.getUint32(at + 8, true);
    const suffix = fromBytes(
      bytes,
      at + ENTRY_BYTES,
      Math.min(at + ENTRY_BYTES + length, bytes.length),
    );
    const isKnown = view.getUint8(at + 1) in PREFIXES && to <= bytes.length;
    if (isKnown) found.push({ index: view.getUint8(at + 1), suffix, value: bytes.slice(from, to) });
    at += entryBytes(length);
  }
  return found;
}

function entryBytes(nameLength: number): number {
  return ENTRY_BYTES + align(nameLength);
}

function align(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** e_hash: over the name and the words of the value. */
function hashOf({ suffix, value }: Attribute): number {
  let hash = 0;
  for (const byte of toBytes(suffix)) hash = ((hash << 5) ^ (hash >>> 27) ^ byte) >>> 0;
  const padded = new Uint8Array(align(value.length));
  padded.set(value);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    hash = ((hash << 16) ^ (hash >>> 16) ^ view.getUint32(at, true)) >>> 0;
  }
  return hash;
}

/** Entries are sorted by index, length of the name, and name. */
function compare(a: Attribute, b: Attribute): number {
  if (a.index !== b.index) return a.index - b.index;
  if (a.suffix.length !== b.suffix.length) return a.suffix.length - b.suffix.length;
  return a.suffix < b.suffix ? -1 : 1;
}

/** What an attribute takes up. */
function bytesOf({ suffix, value }: Attribute): number {
  return entryBytes(suffix.length) + align(value.length);
}

/** Entries from `start` on, values from the end on, with offsets from `base`; returns h_hash. Throws ENOSPC. */
function encode(
  attributes: readonly Attribute[],
  target: Uint8Array,
  start: number,
  base: number,
  isHashed: boolean,
): number {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  target.fill(0);
  let at = start;
  let end = target.length - ((target.length - base) & 3);
  let blockHash = 0;
  for (const attribute of [...attributes].sort(compare)) {
    const { index, suffix, value } = attribute;
    end -= align(value.length);
    if (at + entryBytes(suffix.length) + END_BYTES > end) throw fail(ENOSPC, 'attributes');
    const hash = isHashed ? hashOf(attribute) : 0;
    blockHash = ((blockHash << 16) ^ (blockHash >>> 16) ^ hash) >>> 0;
    view.setUint8(at, suffix.length);
    view.setUint8(at + 1, index);
    view.setUint16(at + 2, value.length === 0 ? 0 : end - base, true);
    view.setUint32(at + 8, value.length, true);
    view.setUint32(at + 12, hash, true);
    target.set(toBytes(suffix), at + ENTRY_BYTES);
    target.set(value, end);
    at += entryBytes(suffix.length);
  }
  return blockHash;
}

/** Throws ENOSPC when they do not fit. */
function encodeBlock(attributes: readonly Attribute[], target: Uint8Array): void {
  const hash = encode(attributes, target, HEADER_BYTES, 0, true);
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 1, true);
  view.setUint32(12, hash, true);
}

export class Ext4Attributes implements ExtendedAttributes {
  private readonly fs: Ext4;
  private readonly inode: StoredInode;

  constructor(fs: Ext4, inode: StoredInode) {
    this.fs = fs;
    this.inode = inode;
  }

  /** Whether the inode itself holds some. */
  static isInInode(fs: Ext4, { ino }: StoredInode): boolean {
    return magicOf(fs.inodes.inlineAttributes(ino)) === MAGIC;
  }

  get(name: string): Uint8Array | undefined {
    const all = [...this.inInode(), ...this.inBlock()];
    const value = all.find((each) => fullName(each) === name)?.value;
    return value && isAcl(name) ? shownAcl(value) : value;
  }

  names(): string[] {
    const names = [...this.inInode(), ...this.inBlock()].map(fullName);
    return names.filter((name) => name !== INLINE_DATA_ATTRIBUTE);
  }

  set(name: string, value: Uint8Array | undefined): void {
    this.fs.begin();
    this.replace(name, value);
  }

  /** As set, within an operation. */
  replace(name: string, value: Uint8Array | undefined): void {
    const isOther = (attribute: Attribute): boolean => fullName(attribute) !== name;
    const wanted = [...this.inInode().filter(isOther), ...this.inBlock().filter(isOther)];
    if (value !== undefined) wanted.push(attributeOf(name, isAcl(name) ? storedAcl(value) : value));
    const { fs, inode } = this;
    const room = fs.inodes.inlineAttributes(inode.ino);
    let left = room.length - END_BYTES - END_BYTES;
    const inside: Attribute[] = [];
    const outside: Attribute[] = [];
    for (const attribute of wanted) {
      const fits = left >= bytesOf(attribute);
      if (fits) left -= bytesOf(attribute);
      (fits ? inside : outside).push(attribute);
    }
    this.store(outside);
    this.storeInside(inside);
    // Wherever they are: e2fsprogs looks for none without it.
    if (wanted.length > 0) fs.superblock.fields.s_feature_compat |= COMPAT_EXT_ATTR;
    inode.isDirty = true;
  }

  /** The block of its own, made anew: an old one may be shared. Throws ENOSPC with nothing changed. */
  private store(attributes: readonly Attribute[]): void {
    const { fs, inode } = this;
    const before = inode.attributeBlock;
    let block = 0;
    if (attributes.length > 0) {
      const bytes = new Uint8Array(fs.superblock.blockSize);
      encodeBlock(attributes, bytes);
      block = fs.withRoom(() => fs.groups.allocateBlock(inode.goal));
      fs.cache.create(block, 'attributes').bytes.set(bytes);
      inode.blocks += fs.superblock.sectorsPerBlock;
    }
    if (before !== 0) {
      fs.inodes.releaseAttributes(inode);
      inode.blocks -= fs.superblock.sectorsPerBlock;
    }
    inode.attributeBlock = block;
  }

  private storeInside(attributes: readonly Attribute[]): void {
    const { fs, inode } = this;
    const room = fs.inodes.inlineAttributes(inode.ino);
    if (room.length < END_BYTES) return;
    encode(attributes, room, END_BYTES, END_BYTES, false);
    if (attributes.length > 0) new DataView(room.buffer, room.byteOffset).setUint32(0, MAGIC, true);
    fs.inodes.markRecordDirty(inode.ino);
  }

  private inInode(): Attribute[] {
    const bytes = this.fs.inodes.inlineAttributes(this.inode.ino);
    return magicOf(bytes) === MAGIC ? parse(bytes, END_BYTES, END_BYTES) : [];
  }

  private inBlock(): Attribute[] {
    const { fs, inode } = this;
    if (inode.attributeBlock === 0) return [];
    const block = fs.cache.read(inode.attributeBlock);
    fs.checksums.check(block, 'attributes', 0);
    return magicOf(block.bytes) === MAGIC ? parse(block.bytes, HEADER_BYTES, 0) : [];
  }
}

function isAcl(name: string): boolean {
  return name === PREFIXES[2] || name === PREFIXES[3];
}

function magicOf(bytes: Uint8Array): number {
  if (bytes.length < END_BYTES) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function attributeOf(name: string, value: Uint8Array): Attribute {
  // A whole name (an ACL's) goes before a prefix of it.
  const [index, prefix] = Object.entries(PREFIXES)
    .filter(([, candidate]) => name.startsWith(candidate))
    .sort(([, a], [, b]) => b.length - a.length)[0] ?? [0, ''];
  return { index: Number(index), suffix: name.slice(prefix.length), value };
}
