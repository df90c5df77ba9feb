/** Making, removing and renaming names of an overlay: whiteouts, opaque directories and redirections. Linux: fs/overlayfs/dir.c. */
import { ENOENT, ENOTEMPTY, EROFS, EXDEV, fail } from '../../abi/errno.ts';
import { RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import { panic } from '../../lib/panic.ts';
import type { Dentry } from '../dentry.ts';
import { lookup } from '../dentry-cache.ts';
import {
  createFile,
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  renameEntry,
} from '../directory-operations.ts';
import { type AccessIdentity, ALL_POWERS, ROOT_IDENTITY } from '../permission.ts';
import type { Workplace } from './copy-up.ts';
import { discard } from './discard.ts';
import { isDirectory } from './layers.ts';
import type { OverlayInode } from './overlay-inode.ts';

/** What a new file is. */
interface NewFile {
  /** S_IF*. */
  readonly type: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Of a symbolic link. */
  readonly target: string;
}

function workplaceOf(directory: OverlayInode): Workplace {
  const { workplace, isReadOnly } = directory.fs;
  if (!workplace || isReadOnly) throw fail(EROFS, 'overlay without an upper layer');
  return workplace;
}

export function make(directory: OverlayInode, name: string, file: NewFile): OverlayInode {
  const made = enter(directory, name, (parent, temporary) => makeReal(parent, temporary, file));
  const { layers } = directory.fs;
  // Nothing of a lower layer shows through a new directory.
  const isCovered =
    file.type === S_IFDIR && (directory.isMerged || layers.isBelow(directory, name));
  if (isCovered) layers.setAttribute(made.inode, 'opaque', 'y');
  return directory.fs.inodeOf({ upper: made, lower: [] }, directory, name);
}

function makeReal(parent: Dentry, name: string, file: NewFile): Dentry {
  const { type, mode, uid, gid, rdev, target } = file;
  const identity: AccessIdentity = { uid, gid, groups: [], powers: ALL_POWERS };
  if (type === S_IFREG) return createFile(parent, name, mode & 0o7777, identity);
  if (type === S_IFDIR) return makeDirectory(parent, name, mode & 0o7777, identity);
  if (type === S_IFLNK) return makeSymlink(parent, name, target, identity);
  return makeNode(parent, name, mode, rdev, identity);
}

/** Let `build` make a file under `name` in the upper directory, in place of a whiteout if there is one. */
function enter(
  directory: OverlayInode,
  name: string,
  build: (parent: Dentry, name: string) => Dentry,
): Dentry {
  const workplace = workplaceOf(directory);
  const upper = directory.ensureUpper();
  const whiteout = lookup(upper, name);
  let made: Dentry;
  if (whiteout === undefined) {
    made = build(upper, name);
  } else {
    const temporary = workplace.newName();
    made = build(workplace.work, temporary);
    exchangeAndRemove(workplace.work, temporary, upper, name);
  }
  directory.nameAdded(name);
  return made;
}

/** What is `temporary` in the workplace takes the place of `name`, and what was there is gone. */
function exchangeAndRemove(work: Dentry, temporary: string, upper: Dentry, name: string): void {
  try {
    renameEntry(work, temporary, upper, name, RENAME_EXCHANGE, ROOT_IDENTITY);
  } finally {
    discard(work, temporary);
  }
}

export function link(directory: OverlayInode, name: string, target: OverlayInode): void {
  workplaceOf(directory);
  const source = target.ensureUpper();
  enter(directory, name, (parent, temporary) => {
    source.inode.isLinkable = target.isLinkable || target.nlink === 0;
    return makeLink(source, parent, temporary, ROOT_IDENTITY);
  });
  target.isRemoved = false;
  target.upper = lookup(directory.ensureUpper(), name);
  target.parent = directory;
  target.name = name;
}

function child(directory: OverlayInode, name: string): OverlayInode {
  const found = directory.lookup(name);
  if (found === undefined) throw fail(ENOENT, name);
  return found as OverlayInode;
}

/** unlink and rmdir: what a lower layer has is hidden by a whiteout. */
export function remove(directory: OverlayInode, name: string): void {
  const workplace = workplaceOf(directory);
  const victim = child(directory, name);
  requireEmpty(victim, name);
  const upper = directory.ensureUpper();
  if (directory.fs.layers.isBelow(directory, name)) whiteOut(workplace, upper, name);
  else discard(upper, name);
  removed(victim, directory, name);
}

function requireEmpty(victim: OverlayInode, name: string): void {
  if (!victim.isDirectory) return;
  // "." and ".." are always there.
  if (victim.readdir(0, 3).length > 2) throw fail(ENOTEMPTY, name);
}

function removed(victim: OverlayInode, directory: OverlayInode, name: string): void {
  directory.nameRemoved(name);
  directory.linked.delete(name);
  if (victim.isDirectory || !victim.upper || victim.upper.inode.nlink === 0)
    victim.isRemoved = true;
}

function whiteOut(workplace: Workplace, upper: Dentry, name: string): void {
  const { work } = workplace;
  if (lookup(upper, name) === undefined) {
    makeNode(upper, name, S_IFCHR, 0, ROOT_IDENTITY);
    return;
  }
  const temporary = workplace.newName();
  makeNode(work, temporary, S_IFCHR, 0, ROOT_IDENTITY);
  exchangeAndRemove(work, temporary, upper, name);
}

/** renameat2(2). EXDEV for a directory that a lower layer has, unless redirections are on. */
export function rename(
  from: OverlayInode,
  oldName: string,
  to: OverlayInode,
  newName: string,
  flags: number,
): void {
  const workplace = workplaceOf(from);
  const moved = child(from, oldName);
  const replaced = to.lookup(newName) as OverlayInode | undefined;
  const isExchange = (flags & RENAME_EXCHANGE) !== 0;
  if (moved === replaced) return;
  requireMovable(moved);
  if (replaced && isExchange) requireMovable(replaced);
  else if (replaced) requireEmpty(replaced, newName);
  const source = moved.ensureUpper();
  const oldUpper = from.ensureUpper();
  const newUpper = to.ensureUpper();
  const { layers } = from.fs;
  const leavesWhiteout = layers.isBelow(from, oldName);
  if (isExchange) {
    const other = replaced ?? panic('exchange with nothing');
    const target = other.ensureUpper();
    cover(moved, source, from, to, newName);
    cover(other, target, to, from, oldName);
    renameEntry(oldUpper, oldName, newUpper, newName, RENAME_EXCHANGE, ROOT_IDENTITY);
    settle(other, from, oldName);
  } else {
    cover(moved, source, from, to, newName);
    const there = lookup(newUpper, newName);
    if (there !== undefined && (isDirectory(there) || isDirectory(source))) {
      // A full directory of whiteouts, or a whiteout where a directory comes: both change places, and it goes.
      renameEntry(oldUpper, oldName, newUpper, newName, RENAME_EXCHANGE, ROOT_IDENTITY);
      discard(oldUpper, oldName);
    } else {
      renameEntry(oldUpper, oldName, newUpper, newName, 0, ROOT_IDENTITY);
    }
    if (leavesWhiteout) whiteOut(workplace, oldUpper, oldName);
    if (replaced) removed(replaced, to, newName);
    from.nameRemoved(oldName);
  }
  to.nameAdded(newName);
  settle(moved, to, newName);
}

function settle(inode: OverlayInode, parent: OverlayInode, name: string): void {
  inode.parent = parent;
  inode.name = name;
}

function requireMovable(inode: OverlayInode): void {
  const hasLower = inode.isDirectory && inode.lower.length > 0;
  if (hasLower && inode.fs.settings.redirects !== 'on') throw fail(EXDEV, 'a lower directory');
}

/** Before a directory moves: what is in it from lower layers stays in it, and nothing else comes in. */
function cover(
  moved: OverlayInode,
  upper: Dentry,
  from: OverlayInode,
  to: OverlayInode,
  newName: string,
): void {
  if (!moved.isDirectory) return;
  const { layers } = moved.fs;
  if (moved.lower.length === 0) {
    const isCovered = to.isMerged || to.lower.length > 0 || layers.isBelow(to, newName);
    if (isCovered) layers.setAttribute(upper.inode, 'opaque', 'y');
    return;
  }
  const known = layers.attribute(upper.inode, 'redirect');
  if (known?.startsWith('/')) return;
  const relative = known ?? moved.name;
  layers.setAttribute(
    upper.inode,
    'redirect',
    from === to ? relative : `${pathWithin(from)}/${relative}`,
  );
}

/** The path of a directory as lower layers know it. */
function pathWithin(directory: OverlayInode): string {
  if (directory.parent === undefined) return '';
  const { layers } = directory.fs;
  const redirect = directory.upper && layers.attribute(directory.upper.inode, 'redirect');
  if (redirect?.startsWith('/')) return redirect;
  return `${pathWithin(directory.parent)}/${redirect ?? directory.name}`;
}
