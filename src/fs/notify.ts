/** Telling those who watch a file, a directory, a mount or a file system what happened. Linux: fsnotify. Events are IN_* of abi/inotify.ts. */
import {
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Dentry } from './dentry.ts';
import type { File } from './file.ts';
import type { Inode } from './inode.ts';

/** What an event is about: one object for all whom it is told. */
export interface Happening {
  readonly inode: Inode;
  /** Where it was opened, if that is known. */
  readonly dentry?: Dentry;
  /** The directory that the name is in, or was. */
  readonly directory?: Inode;
  readonly name?: string;
  /** It is the directory's entry that changed. */
  readonly isEntry: boolean;
  /** One object for both halves of a move. */
  readonly move?: Move;
}

export interface Move {
  readonly from: Place;
  readonly to: Place;
}

interface Place {
  readonly directory: Inode;
  readonly name: string;
}

/** Somebody's interest in one inode, which it holds (references.ts); the kernel's inotify and fanotify. */
export interface InodeWatch {
  /** `name` is the entry's in a watched directory; `isUnlinked`: that entry is gone, its file is still open. */
  notify(
    events: number,
    cookie: number,
    name: string | undefined,
    isUnlinked: boolean,
    about: Happening,
  ): void;
  /** It does not keep the inode when memory is short (FAN_MARK_EVICTABLE). */
  readonly isEvictable?: boolean;
  /** The inode goes: give up the hold. */
  inodeGone(): void;
  /** A number that ties the two events of a move together. */
  nextCookie(): number;
}

/** __FMODE_NONOTIFY, among a file's flags: what is done with it is told nobody. */
export const SILENT = 0x400_0000;

/** IN_ISDIR for a directory. */
export function kindOf({ mode }: Inode): number {
  return (mode & S_IFMT) === S_IFDIR ? IN_ISDIR : 0;
}

/** Something happened to the inode itself. */
export function notifyInode(inode: Inode, events: number): void {
  const { watches, fs } = inode;
  if (watches === undefined && fs.watches === undefined) return;
  const all = events === IN_MOVE_SELF ? events : events | kindOf(inode);
  const about = { inode, isEntry: false };
  for (const watch of [...(watches ?? []), ...(fs.watches ?? [])])
    watch.notify(all, 0, undefined, false, about);
}

/** Something happened to the entry `name` of a directory, which is (or was) `child`. */
export function notifyName(
  directory: Inode,
  name: string,
  child: Inode,
  events: number,
  cookie = 0,
  move?: Move,
): void {
  const { watches, fs } = directory;
  if (watches === undefined && fs.watches === undefined) return;
  const all = events | kindOf(child);
  const about = { inode: child, directory, name, isEntry: true, ...(move && { move }) };
  for (const watch of [...(watches ?? []), ...(fs.watches ?? [])])
    watch.notify(all, cookie, name, false, about);
}

/** `inode` was renamed; told before what it replaced goes. */
export function notifyMove(
  from: Inode,
  oldName: string,
  to: Inode,
  newName: string,
  inode: Inode,
): void {
  const [watch] = from.watches ?? to.watches ?? from.fs.watches ?? [];
  if (watch === undefined) return;
  const cookie = watch.nextCookie();
  const move = {
    from: { directory: from, name: oldName },
    to: { directory: to, name: newName },
  };
  notifyName(from, oldName, inode, IN_MOVED_FROM, cookie, move);
  notifyName(to, newName, inode, IN_MOVED_TO, cookie, move);
}

/** As notifyPlace, of an open file, unless that is to stay unnoticed. */
export function notifyFile(file: File, events: number): void {
  const { dentry } = file;
  if (dentry && isWatched(dentry) && (file.flags & SILENT) === 0) notifyPlace(dentry, events);
}

function isWatched({ node, mount }: Dentry): boolean {
  return (
    node.inode?.watches !== undefined ||
    mount.watches !== undefined ||
    node.parent?.inode?.watches !== undefined
  );
}

/** Something happened to an open file: its directory, itself and its mount are told. */
export function notifyPlace(dentry: Dentry, events: number): void {
  const { node, mount } = dentry;
  const { inode } = node;
  if (inode === undefined || !isWatched(dentry)) return;
  const parent = node.parent?.inode;
  const all = events | kindOf(inode);
  const about: Happening = {
    inode,
    dentry,
    isEntry: false,
    ...(parent && { directory: parent, name: node.name }),
  };
  for (const watch of [...(parent?.watches ?? [])])
    watch.notify(all, 0, node.name, node.isDeleted, about);
  for (const watch of [...(inode.watches ?? [])]) watch.notify(all, 0, undefined, false, about);
  for (const watch of [...(mount.watches ?? [])]) watch.notify(all, 0, undefined, false, about);
}

/** The inode is about to be freed: those who watch its file system are told. */
export function notifyEvicted(inode: Inode): void {
  const { watches } = inode.fs;
  if (watches === undefined) return;
  const about = { inode, isEntry: false };
  for (const watch of [...watches]) watch.notify(IN_DELETE_SELF, 0, undefined, false, about);
}

/** The last name and the last user are gone: whoever watches is told, and lets go. */
export function notifyEnd(inode: Inode): void {
  const watches = inode.watches ?? [];
  inode.watches = undefined;
  const about = { inode, isEntry: false };
  for (const watch of watches) {
    watch.notify(IN_DELETE_SELF, 0, undefined, false, about);
    watch.inodeGone();
  }
}
