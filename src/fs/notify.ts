/** Telling those who watch a file or a directory what happened to it. Linux: fsnotify. Events are IN_* of abi/inotify.ts. */
import {
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';

/** Somebody's interest in one inode, which it holds (references.ts); the kernel's inotify. */
export interface InodeWatch {
  /** `name` is the entry's in a watched directory; `isUnlinked`: that entry is gone, its file is still open. */
  notify(events: number, cookie: number, name: string | undefined, isUnlinked: boolean): void;
  /** The inode goes: give up the hold. */
  inodeGone(): void;
  /** A number that ties the two events of a move together. */
  nextCookie(): number;
}

/** IN_ISDIR for a directory. */
export function kindOf({ mode }: Inode): number {
  return (mode & S_IFMT) === S_IFDIR ? IN_ISDIR : 0;
}

/** Something happened to the inode itself. */
export function notifyInode(inode: Inode, events: number): void {
  const { watches } = inode;
  if (watches === undefined) return;
  const all = events === IN_MOVE_SELF ? events : events | kindOf(inode);
  for (const watch of [...watches]) watch.notify(all, 0, undefined, false);
}

/** Something happened to the entry `name` of a directory, which is (or was) `child`. */
export function notifyName(
  directory: Inode,
  name: string,
  child: Inode,
  events: number,
  cookie = 0,
): void {
  const { watches } = directory;
  if (watches === undefined) return;
  const all = events | kindOf(child);
  for (const watch of [...watches]) watch.notify(all, cookie, name, false);
}

/** `inode` was renamed; told before what it replaced goes. */
export function notifyMove(
  from: Inode,
  oldName: string,
  to: Inode,
  newName: string,
  inode: Inode,
): void {
  const [watch] = from.watches ?? to.watches ?? [];
  if (watch === undefined) return;
  const cookie = watch.nextCookie();
  notifyName(from, oldName, inode, IN_MOVED_FROM, cookie);
  notifyName(to, newName, inode, IN_MOVED_TO, cookie);
}

/** Something happened to an open file: its directory and itself are told. */
export function notifyPlace({ node }: Dentry, events: number): void {
  const { inode } = node;
  if (inode === undefined) return;
  const directory = node.parent?.inode?.watches;
  if (directory === undefined && inode.watches === undefined) return;
  const all = events | kindOf(inode);
  for (const watch of [...(directory ?? [])]) watch.notify(all, 0, node.name, node.isDeleted);
  for (const watch of [...(inode.watches ?? [])]) watch.notify(all, 0, undefined, false);
}

/** The last name and the last user are gone: whoever watches is told, and lets go. */
export function notifyEnd(inode: Inode): void {
  const watches = inode.watches ?? [];
  inode.watches = undefined;
  for (const watch of watches) {
    watch.notify(IN_DELETE_SELF, 0, undefined, false);
    watch.inodeGone();
  }
}
