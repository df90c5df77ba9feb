/** Where the blocks of a file are, for FIEMAP: those that follow each other on the disk as one piece. */
import type { FileExtent } from '../inode.ts';
import type { BlockTree } from './block-tree.ts';
import { BLOCK_BYTES, COMPRESSED, SECTOR_BYTES } from './pointer.ts';
import type { Store } from './store.ts';

/** In bytes [start, end), by whole blocks. Throws EIO. */
export function extentsOf(store: Store, tree: BlockTree, start: number, end: number): FileExtent[] {
  const extents: FileExtent[] = [];
  let at = tree.next(Math.floor(start / BLOCK_BYTES));
  for (; at !== undefined && at * BLOCK_BYTES < end; at = tree.next(at + 1)) {
    const pointer = tree.get(at);
    if (pointer === undefined) continue;
    const isCompressed = (pointer.flags & COMPRESSED) !== 0;
    const piece: FileExtent = {
      logical: at * BLOCK_BYTES,
      physical: pointer.sector * SECTOR_BYTES,
      length: BLOCK_BYTES,
      kind: store.isEncrypted ? 'encrypted' : isCompressed ? 'encoded' : 'data',
      isShared: store.isShared(pointer),
    };
    const last = extents.at(-1);
    if (last && isNext(last, piece) && !isCompressed)
      extents[extents.length - 1] = { ...last, length: last.length + BLOCK_BYTES };
    else extents.push(piece);
  }
  return extents;
}

function isNext(one: FileExtent, next: FileExtent): boolean {
  return (
    one.logical + one.length === next.logical &&
    one.physical + one.length === next.physical &&
    one.kind === next.kind &&
    one.isShared === next.isShared
  );
}
