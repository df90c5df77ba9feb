/** Applying an AttributeChange to an inode's fields: the part of setattr that is the same for all file systems. */
import { S_IFMT } from '../abi/stat.ts';
import type { AttributeChange, Inode } from './inode.ts';

/** Everything but the size, which the file system has seen to before; the type bits of a mode stay. ctime becomes `now`. */
export function applyAttributes(
  inode: Inode,
  change: AttributeChange,
  now: { seconds: number; nanoseconds: number },
): void {
  if (change.mode !== undefined) inode.mode = (inode.mode & S_IFMT) | (change.mode & 0o7777);
  if (change.fileFlags !== undefined) inode.fileFlags = change.fileFlags;
  if (change.uid !== undefined) inode.uid = change.uid;
  if (change.gid !== undefined) inode.gid = change.gid;
  if (change.atime !== undefined) inode.atime = change.atime;
  if (change.mtime !== undefined) inode.mtime = change.mtime;
  else if (change.size !== undefined) inode.mtime = now;
  inode.ctime = change.ctime ?? now;
}
