/**
 * Small files and directories inside their inode: inline_data. Linux: fs/ext4/inline.c. The first 60 bytes lie in i_block, the
 * rest is the value of the attribute system.data in the inode. They are read as they are; the first change moves them to blocks.
 *
 *     directory   the parent's number u32, entries up to byte 60, then entries from the start of the attribute on
 */
import { ENOSPC, fail } from '../../abi/errno.ts';
import { toBytes } from '../../lib/bytes.ts';
import { Ext4Attributes, INLINE_DATA_ATTRIBUTE } from './attributes.ts';
import { type EntryContent, entriesOf } from './directory-block.ts';
import { INLINE_DATA_FLAG } from './inode-record.ts';
import type { StoredInode } from './stored-inode.ts';

const PARENT_BYTES = 4;
const DIRECTORY_TYPE = 2;

function overflow(inode: StoredInode): Uint8Array {
  const value = new Ext4Attributes(inode.fs, inode).get(INLINE_DATA_ATTRIBUTE);
  return value ?? new Uint8Array(0);
}

function viewOf(bytes: Uint8Array): { bytes: Uint8Array; view: DataView } {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** All of the file's bytes that are stored. */
export function inlineContent(inode: StoredInode): Uint8Array {
  const head = new Uint8Array(inode.pointers.buffer);
  const tail = overflow(inode);
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all.subarray(0, Math.min(inode.size, all.length));
}

/** "." and ".." first, which are not stored as entries. */
export function inlineEntries(directory: StoredInode): EntryContent[] {
  const head = viewOf(new Uint8Array(directory.pointers.buffer));
  const parent = head.view.getUint32(0, true);
  const tail = viewOf(overflow(directory));
  return [
    { ino: directory.ino, type: DIRECTORY_TYPE, name: toBytes('.') },
    { ino: parent, type: DIRECTORY_TYPE, name: toBytes('..') },
    ...entriesOf(viewOf(head.bytes.subarray(PARENT_BYTES)), head.bytes.length - PARENT_BYTES),
    ...entriesOf(tail, tail.bytes.length),
  ];
}

function leaveInode(inode: StoredInode): void {
  new Ext4Attributes(inode.fs, inode).replace(INLINE_DATA_ATTRIBUTE, undefined);
  inode.flags &= ~INLINE_DATA_FLAG;
  inode.initializeMap();
  inode.isDirty = true;
}

/** The directory is empty, without even a block: the caller has its entries. */
export function moveDirectoryOut(directory: StoredInode): void {
  leaveInode(directory);
  directory.size = 0;
}

/** The file's bytes go to a block, which is written at once. Throws ENOSPC. */
export function moveFileOut(inode: StoredInode): void {
  const { fs } = inode;
  const content = inlineContent(inode);
  const bytes = new Uint8Array(fs.superblock.blockSize);
  bytes.set(content);
  if (content.length > 0 && fs.superblock.freeBlocks <= fs.superblock.withheldBlocks)
    throw fail(ENOSPC, 'blocks');
  leaveInode(inode);
  if (content.length === 0) return;
  const block = Math.abs(inode.map.ensure(inode, 0));
  fs.disk.write(block * fs.superblock.sectorsPerBlock, bytes);
}
