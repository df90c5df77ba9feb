/** Who holds an inode: the counts that open files and mappings keep, and freeing when the last one goes. */
import { ETXTBSY, fail } from '../abi/errno.ts';
import { O_ACCMODE, O_RDONLY } from '../abi/fcntl.ts';
import { bestEffort } from './best-effort.ts';
import type { Inode } from './inode.ts';
import { notifyEnd, notifyEvicted } from './notify.ts';

/** An open file or a mapping begins to use the inode. */
export function hold(inode: Inode): void {
  inode.references++;
}

/** It ends; an inode without names is then freed. */
export function drop(inode: Inode): void {
  inode.references--;
  if (inode.references > (inode.watches?.size ?? 0)) return;
  bestEffort(() => {
    if (inode.references === 0) inode.unused?.();
    evictIfUnused(inode);
  });
}

/** Open files, mappings or lasting watches need it: it cannot be forgotten. */
export function isHeld({ references, watches }: Inode): boolean {
  if (references === 0) return false;
  let evictable = 0;
  for (const watch of watches ?? []) if (watch.isEvictable) evictable++;
  return references > evictable;
}

/** In front of the forgetting of an inode that is not held: its watches let go. */
export function evictWatches(inode: Inode): void {
  for (const watch of [...(inode.watches ?? [])]) watch.inodeGone();
}

/** After a name was removed: free the inode if neither name nor user is left. */
export function evictIfUnused(inode: Inode): void {
  if (inode.nlink !== 0) return;
  // Only watches hold it: they end, and the last to let go comes here again.
  if (inode.watches !== undefined && inode.references === inode.watches.size) notifyEnd(inode);
  else if (inode.references === 0) {
    notifyEvicted(inode);
    inode.evict();
  }
}

/** Access mode 3 opens for ioctl(2) alone. */
export function isWritable(flags: number): boolean {
  const mode = flags & O_ACCMODE;
  return mode !== O_RDONLY && mode !== O_ACCMODE;
}

/** An open file description with `flags` begins to use the inode. Throws ETXTBSY for writing to a running program. */
export function holdOpen(inode: Inode, flags: number): void {
  if (isWritable(flags)) {
    if (inode.executing > 0) throw fail(ETXTBSY, 'the file is being executed');
    inode.writers++;
  }
  hold(inode);
}

/** It is released. */
export function dropOpen(inode: Inode, flags: number): void {
  if (isWritable(flags)) inode.writers--;
  drop(inode);
}
