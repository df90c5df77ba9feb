/** The pieces of a file, for FIEMAP. Linux: ext4_iomap_begin_report of fs/ext4/inode.c. */
import type { FileExtent } from '../inode.ts';
import { Ext4Attributes } from './attributes.ts';
import { EXTENTS_FLAG } from './inode-record.ts';
import type { StoredInode } from './stored-inode.ts';

/** Those in bytes [start, end), cut to whole blocks. Throws EUCLEAN, EIO. */
export function extentsOf(inode: StoredInode, start: number, end: number): FileExtent[] {
  const { fs, map, size } = inode;
  const { blockSize } = fs.superblock;
  const isByExtents = (inode.flags & EXTENTS_FLAG) !== 0;
  if (inode.isInline) {
    if (start >= size) return [];
    const physical = fs.inodes.inlinePlace(inode.ino);
    return [{ logical: 0, physical, length: size, kind: 'inline' }];
  }
  const bytes = isByExtents ? Math.min(end, map.maxBytes) : Math.min(end, size);
  const last = Math.ceil(bytes / blockSize);
  const extents: FileExtent[] = [];
  for (let at = Math.floor(start / blockSize); at < last; ) {
    if (!isByExtents) at = map.nextMapped(inode, at, last) ?? last;
    if (at >= last) break;
    const { block, length, unwritten } = map.stretch(inode, at, last - at);
    const place = block || unwritten;
    if (place !== undefined && place !== 0)
      extents.push({
        logical: at * blockSize,
        physical: place * blockSize,
        length: length * blockSize,
        kind: block === 0 ? 'unwritten' : isByExtents ? 'data' : 'merged',
      });
    at += length;
  }
  return extents;
}

/** Where the extended attributes are: behind the fields of the inode, or else in their block. Linux: ext4_iomap_xattr_fiemap. */
export function attributeExtentsOf(inode: StoredInode): FileExtent[] {
  const { fs, ino, attributeBlock } = inode;
  if (Ext4Attributes.isInInode(fs, inode)) {
    const physical = fs.inodes.attributePlace(ino);
    const { length } = fs.inodes.inlineAttributes(ino);
    return [{ logical: 0, physical, length, kind: 'inline' }];
  }
  if (attributeBlock === 0) return [];
  const { blockSize } = fs.superblock;
  return [{ logical: 0, physical: attributeBlock * blockSize, length: blockSize, kind: 'data' }];
}
