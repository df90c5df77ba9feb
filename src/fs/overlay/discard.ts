/** Removing a file of the upper layer or the workplace with all that is in it: of a directory that looks empty, its whiteouts. */
import type { Dentry } from '../dentry.ts';
import { lookup } from '../dentry-cache.ts';
import { removeDirectory, removeFile } from '../directory-operations.ts';
import { ROOT_IDENTITY } from '../permission.ts';
import { isDirectory } from './layers.ts';

export function discard(parent: Dentry, name: string): void {
  const victim = lookup(parent, name);
  if (victim === undefined) return;
  if (!isDirectory(victim)) {
    removeFile(parent, name, ROOT_IDENTITY);
    return;
  }
  for (const entry of victim.inode.readdir(0, Number.MAX_SAFE_INTEGER)) {
    if (entry.name !== '.' && entry.name !== '..') discard(victim, entry.name);
  }
  removeDirectory(parent, name, ROOT_IDENTITY);
}
