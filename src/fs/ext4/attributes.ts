/**
 * Extended attributes of ext2: a block of their own (Linux: fs/ext2/xattr.c), and, to be read, those that ext4 puts behind
 * the fields of a large inode.
 *
 *     0x00  h_magic h_refcount h_blocks h_hash           32 bytes, in an inode h_magic alone
 *     0x20  entries, sorted: e_name_len e_name_index e_value_offs e_value_inum e_value_size e_hash name
 *     …     four zeros; then free room; then the values, aligned to 4, up to the end of the block
 */
import { ENOSPC, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { ExtendedAttributes } from '../inode.ts';
import type { Ext4 } from './ext4.ts';
import type { Ext4Inode } from './ext4-inode.ts';
import { COMPAT_EXT_ATTR } from './superblock.ts';

const MAGIC = 0xea02_0000;
const HEADER_BYTES = 32;
const ENTRY_BYTES = 16;
const END_BYTES = 4;
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

/** Throws ENOSPC when they do not fit. */
function encode(attributes: readonly Attribute[], target: Uint8Array): void {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  target.fill(0);
  let at = HEADER_BYTES;
  let end = target.length;
  let blockHash = 0;
  for (const attribute of [...attributes].sort(compare)) {
    const { index, suffix, value } = attribute;
    end -= align(value.length);
    if (at + entryBytes(suffix.length) + END_BYTES > end) throw fail(ENOSPC, 'attributes');
    const hash = hashOf(attribute);
    blockHash = ((blockHash << 16) ^ (blockHash >>> 16) ^ hash) >>> 0;
    view.setUint8(at, suffix.length);
    view.setUint8(at + 1, index);
    view.setUint16(at + 2, value.length === 0 ? 0 : end, true);
    view.setUint32(at + 8, value.length, true);
    view.setUint32(at + 12, hash, true);
    target.set(toBytes(suffix), at + ENTRY_BYTES);
    target.set(value, end);
    at += entryBytes(suffix.length);
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 1, true);
  view.setUint32(12, blockHash, true);
}

export class Ext4Attributes implements ExtendedAttributes {
  private readonly fs: Ext4;
  private readonly inode: Ext4Inode;

  constructor(fs: Ext4, inode: Ext4Inode) {
    this.fs = fs;
    this.inode = inode;
  }

  get(name: string): Uint8Array | undefined {
    return this.all().find((attribute) => fullName(attribute) === name)?.value;
  }

  names(): string[] {
    return this.all().map(fullName);
  }

  /** All go into the block, those of the inode too. */
  set(name: string, value: Uint8Array | undefined): void {
    const kept = this.all().filter((attribute) => fullName(attribute) !== name);
    if (value !== undefined) kept.push(attributeOf(name, value));
    const { fs, inode } = this;
    const bytes = new Uint8Array(fs.superblock.blockSize);
    encode(kept, bytes);
    fs.markInUse();
    const before = inode.attributeBlock;
    let block = 0;
    if (kept.length > 0) {
      block = fs.groups.allocateBlock(inode.goal);
      fs.cache.create(block).bytes.set(bytes);
      fs.superblock.fields.s_feature_compat |= COMPAT_EXT_ATTR;
      inode.blocks += fs.superblock.sectorsPerBlock;
    }
    if (before !== 0) {
      fs.inodes.releaseAttributes(inode);
      inode.blocks -= fs.superblock.sectorsPerBlock;
    }
    fs.inodes.clearInline(inode.ino);
    inode.attributeBlock = block;
    inode.isDirty = true;
  }

  private all(): Attribute[] {
    const { fs, inode } = this;
    const inline = fs.inodes.inlineAttributes(inode.ino);
    const first = magicOf(inline) === MAGIC ? parse(inline, END_BYTES, END_BYTES) : [];
    if (inode.attributeBlock === 0) return first;
    const { bytes } = fs.cache.read(inode.attributeBlock);
    return magicOf(bytes) === MAGIC ? [...first, ...parse(bytes, HEADER_BYTES, 0)] : first;
  }
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
